/** Which chat somebody means by the `to` of a job. Pure, but for asking which chats are known. */
import { CHANNEL_IDS, formatSessionKey, parseSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import type { Destination } from "../../protocol/tasks.ts";

const KINDS = ["direct", "group", "channel"] as const;

/** Where "here" is: in a chat it is that one. The sessions of jobs show nobody anything. */
export function hereOf(session: SessionKey | null): Destination {
  if (session === null) return "owner";
  const parsed = parseSessionKey(session);
  return parsed.ok && parsed.value.channel !== "job" ? session : "owner";
}

/**
 * The known chat that is meant by a session key or by `<channel>:<chat id>`, a person's before a group's; null: none.
 */
export async function findPlace(
  agent: string,
  text: string,
  isKnown: (session: SessionKey) => Promise<boolean>,
): Promise<SessionKey | null> {
  for (const candidate of candidatesOf(agent, text)) {
    if (await isKnown(candidate)) return candidate;
  }
  return null;
}

function candidatesOf(agent: string, text: string): readonly SessionKey[] {
  const parsed = parseSessionKey(text);
  if (parsed.ok) {
    const isOurs = parsed.value.agent === agent && parsed.value.channel !== "job";
    return isOurs ? [formatSessionKey(parsed.value)] : [];
  }
  const [name, chatId = ""] = text.split(/:(.*)/s);
  const channel = CHANNEL_IDS.find((known) => known === name);
  if (channel === undefined || chatId === "") return [];
  try {
    return KINDS.map((chatKind) => formatSessionKey({ agent, channel, chatKind, chatId }));
  } catch {
    return []; // an id that is too long, or half a character
  }
}

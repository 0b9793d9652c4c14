/** What the owner reads about answers that were given up: where, why, and how to send them again. Pure. */
import type { DeadLetter } from "../../protocol/dead-letter.ts";
import { parseSessionKey, type SessionKey } from "../../protocol/session-key.ts";

/** The Markdown of a notice about at least one dead letter; `more` counts answers that are not named. */
export function renderDeadLetters(deadLetters: readonly DeadLetter[], more: number): string {
  const total = deadLetters.length + more;
  const same = Map.groupBy(deadLetters.map(renderLine), (line) => line);
  const lines = [...same].map(([line, { length }]) => `- ${line}${length > 1 ? `, ${length} times` : ""}`);
  const body =
    total === 1
      ? `📭 I could not deliver ${[...same.keys()].join()}.`
      : [`📭 I could not deliver ${total} answers:`, "", ...lines, ...(more > 0 ? [`- and ${more} more`] : [])].join(
          "\n",
        );
  return `${body}\n\nNothing is lost: \`npm run claw -- ledger --dead\` lists what can be sent again, and how.`;
}

function renderLine(letter: DeadLetter): string {
  return `${renderPart(letter)} ${renderPlace(letter.session)}: ${renderWhy(letter)}`;
}

function renderPart({ part, parts }: DeadLetter): string {
  return parts === 1 ? "an answer" : `part ${part} of ${parts} of an answer`;
}

function renderPlace(session: SessionKey): string {
  const ref = parseSessionKey(session);
  if (!ref.ok) return `in \`${session}\``;
  const { channel, chatKind, chatId, thread } = ref.value;
  const chat = chatKind === "direct" ? `to \`${chatId}\`` : `in the ${chatKind} \`${chatId}\``;
  return `${chat}${thread ? `, ${thread.kind} \`${thread.id}\`,` : ""} on ${CHANNEL_NAMES[channel]}`;
}

const CHANNEL_NAMES = {
  telegram: "Telegram",
  discord: "Discord",
  slack: "Slack",
  whatsapp: "WhatsApp",
  web: "the web",
} as const;

function renderWhy({ reason }: DeadLetter): string {
  return `${REASONS[reason] ?? "it was given up"} (\`${reason}\`)`;
}

const IN_DOUBT = "twice nothing told whether it arrived";
const REASONS: Readonly<Record<string, string>> = {
  channel_refused: "the platform refuses it; perhaps I am blocked or was removed there",
  channel_unreachable: "the platform could not be reached, however often I tried",
  channel_outcome_unknown: IN_DOUBT,
  interrupted: IN_DOUBT,
};

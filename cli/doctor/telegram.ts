/** The Telegram bot of a running assistant: how its messages come, and what it sees in groups. */
import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import type { Address } from "../address.ts";
import { askAdmin } from "../admin-api.ts";
import { botText, countText, errorText, telegramState, type TelegramState, waitText } from "../telegram-state.ts";
import type { Finding } from "./finding.ts";

/** Where the bot is asked from. */
type Place = Pick<Address, "polls" | "isLocal">;

/** So many waiting updates are worth a word; fewer come and go. */
const WAITING_NOTED = 10;
/** They are counted again after this, to see whether they become more. */
const COUNT_AGAIN_MS = 2_000;
/** An error of a webhook that is older has nothing to do with what waits: Telegram tries again all the time. */
const ERROR_FRESH_MS = 3_600_000;
/** One that is older than what Telegram keeps is history ("Getting updates": 24 hours). */
const ERROR_FORGOTTEN_MS = 86_400_000;

const SET_WEBHOOK = "npm run claw -- telegram webhook set";
const DELETE_WEBHOOK = "npm run claw -- telegram webhook delete";

export async function examineTelegram(address: Address): Promise<readonly Finding[]> {
  const first = await readState(address);
  if ("detail" in first) return [first];
  const { pending } = first.webhook;
  if (pending < WAITING_NOTED) return describeTelegram(first, null, address, Date.now());
  await pause(COUNT_AGAIN_MS);
  const second = await readState(address);
  return "detail" in second ? [second] : describeTelegram(second, pending, address, Date.now());
}

async function readState(address: Address): Promise<TelegramState | Finding> {
  const answer = await askAdmin(address, "/admin/api/telegram");
  const parsed = v.safeParse(telegramState, answer.ok ? answer.value : null);
  if (parsed.success) return parsed.output;
  const detail = answer.ok ? "the assistant is of another release and says it in its own way" : answer.error.message;
  return { what: "telegram bot", state: answer.ok ? "note" : "wrong", detail };
}

/** `pendingBefore`: how many updates waited a moment ago, if that was looked at. Pure. */
export function describeTelegram(
  state: TelegramState,
  pendingBefore: number | null,
  place: Place,
  now: number,
): readonly Finding[] {
  return [
    { what: "telegram bot", state: "ok", detail: botText(state.bot) },
    describeSource(state, place),
    ...describeErrors(state, now),
    ...describeWaiting(state, pendingBefore),
    ...describeKinds(state),
    ...describeGroups(state),
  ];
}

/** How messages come. */
function describeSource({ webhook: { url, isOurs } }: TelegramState, { polls, isLocal }: Place): Finding {
  const what = "telegram messages";
  if (url === null && polls) return { what, state: "ok", detail: "npm start fetches them (polling)" };
  if (url === null && isLocal) {
    const advice = `set TELEGRAM_POLLING=on, or PUBLIC_URL to a public https address and then: ${SET_WEBHOOK}`;
    return { what, state: "wrong", detail: `none come: there is no webhook, and npm start does not poll; ${advice}` };
  }
  if (url === null) return { what, state: "wrong", detail: `none come: there is no webhook; ${SET_WEBHOOK}` };
  if (isOurs === false) {
    const advice = polls ? `to have them here: ${DELETE_WEBHOOK}` : `to have them here: ${SET_WEBHOOK}`;
    return { what, state: "wrong", detail: `they go to ${url}, which is not this assistant; ${advice}` };
  }
  if (isOurs === null) {
    const doubt = "whether that leads here cannot be told, because PUBLIC_URL is no public address";
    return { what, state: "note", detail: `webhook ${url}; ${doubt}` };
  }
  return { what, state: "ok", detail: `webhook ${url}` };
}

function describeErrors({ webhook: { lastError, pending, url } }: TelegramState, now: number): readonly Finding[] {
  if (url === null || lastError === null) return [];
  const ageMs = now - lastError.at;
  if (ageMs >= ERROR_FORGOTTEN_MS) return [];
  const isLasting = pending > 0 && ageMs < ERROR_FRESH_MS;
  const over = pending > 0 ? "" : " (nothing waits any more)";
  const detail = `last error ${errorText(lastError, now)}${over}`;
  return [{ what: "telegram webhook", state: isLasting ? "wrong" : "note", detail }];
}

function describeWaiting({ webhook: { pending } }: TelegramState, pendingBefore: number | null): readonly Finding[] {
  if (pending < WAITING_NOTED) return [];
  const what = "telegram waiting";
  const wait = `${waitText(pending)} at Telegram`;
  if (pendingBefore !== null && pending > pendingBefore) {
    return [{ what, state: "wrong", detail: `${wait}, and they become more: nobody takes them, or too slowly` }];
  }
  return [{ what, state: "note", detail: `${wait}; look again in a minute, they should become fewer` }];
}

function describeKinds({ webhook: { url, missingUpdates } }: TelegramState): readonly Finding[] {
  if (url === null || missingUpdates.length === 0) return [];
  const detail = `it does not bring ${missingUpdates.join(", ")}; set it again: ${SET_WEBHOOK}`;
  return [{ what: "telegram webhook", state: "note", detail }];
}

function describeGroups({ bot, groups }: TelegramState): readonly Finding[] {
  const what = "telegram groups";
  if (groups.policy === "disabled") return [{ what, state: "off", detail: "the policy for groups is disabled" }];
  if (groups.policy === "allowlist" && groups.allowed === 0) return [{ what, state: "off", detail: NO_GROUP }];
  const letIn = groups.policy === "open" ? "every group is let in" : `${countText(groups.allowed, "group")} let in`;
  return [
    { what, state: "ok", detail: letIn },
    ...(bot.canJoinGroups ? [] : [{ what, state: "note", detail: NO_JOINING } as const]),
    ...(bot.canReadAllGroupMessages ? [] : [{ what, state: "note", detail: PRIVACY_MODE } as const]),
    { what, state: "note", detail: REACTIONS },
  ];
}

const NO_GROUP =
  "none is let in; when you, the owner, add the bot to a group, it says there what belongs in " +
  "access.groupAllowFrom; the id is also in npm run claw -- logs (message_ignored, ...:group:<id>)";
const NO_JOINING = "nobody can add the bot to a group; @BotFather: /setjoingroups";
const PRIVACY_MODE =
  "privacy mode is on: the bot sees commands, replies to it and @mentions only, so it knows nothing of what was said " +
  "before, does not hear its name, and /activation always has no effect; @BotFather: /setprivacy, then take the bot " +
  "out of the group and add it again (or make it an administrator there)";
const REACTIONS = "reactions reach the bot only where it is an administrator";

/** What an assistant says of its bot at `/admin/api/telegram`, and in what words people read it. */
import * as v from "valibot";
import { printableLine } from "../local/terminal-text.ts";

const webhook = v.object({
  url: v.nullable(v.string()),
  isOurs: v.nullable(v.boolean()),
  pending: v.number(),
  lastError: v.nullable(v.object({ at: v.number(), message: v.string() })),
  maxConnections: v.nullable(v.number()),
  allowedUpdates: v.nullable(v.array(v.string())),
  missingUpdates: v.array(v.string()),
});

export const telegramState = v.object({
  bot: v.object({
    id: v.number(),
    username: v.nullable(v.string()),
    name: v.string(),
    canJoinGroups: v.boolean(),
    canReadAllGroupMessages: v.boolean(),
  }),
  webhook,
  groups: v.object({ policy: v.picklist(["allowlist", "open", "disabled"]), allowed: v.number() }),
});

export type TelegramState = v.InferOutput<typeof telegramState>;
export type TelegramWebhook = TelegramState["webhook"];

/** `@claw_bot (Claw)`. */
export function botText({ username, name, id }: TelegramState["bot"]): string {
  return printableLine(username === null ? `${name} (${id})` : `@${username} (${name})`);
}

/** The last failure of a webhook: when, what Telegram said, and what to do about it if that is known. Pure. */
export function errorText({ at, message }: NonNullable<TelegramWebhook["lastError"]>, now: number): string {
  const advice = adviceOn(message);
  return `${ageText(now - at)}: ${printableLine(message) || "no reason given"}${advice === null ? "" : `; ${advice}`}`;
}

const SET_AGAIN = "npm run claw -- telegram webhook set";

/** Telegram's words for what goes wrong at webhooks, as far as somebody can do something about it. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/\b401\b/, `the webhook was set with another secret; set it again: ${SET_AGAIN}`],
  [/\b404\b/, `nothing of us is at that address; set it to the right one: ${SET_AGAIN} --to <address>`],
  [/\b403\b/, "something in front of the assistant turns Telegram away, a firewall or a login page; let it through"],
  [
    /\b30[1278]\b/,
    `the address leads elsewhere, and Telegram does not follow; set the last one: ${SET_AGAIN} --to <address>`,
  ],
  [/\b429\b/, "something in front of the assistant counts Telegram's requests; let them through"],
  [/\b50[024]\b|\b5[23]\d\b/, "the tunnel or proxy has no assistant behind it; start it, or look at its address"],
  [/\b503\b/, "the assistant could not store it, or its settings are wrong; see its log (npm run claw -- logs)"],
  [/ssl|certificate/i, "Telegram wants a certificate of a public authority, with its whole chain, for that very name"],
  [/timed? ?out|timeout/i, "the assistant answers too late, or a firewall drops Telegram; look whether it runs"],
  [/refused|unreachable|reset/i, "nobody listens at that address; start the assistant or its tunnel"],
  [/resolve|name or service/i, `that name does not exist; set the right address: ${SET_AGAIN} --to <address>`],
  [/reserved|private|loopback/i, `the name leads to a private address; set a public one: ${SET_AGAIN} --to <address>`],
];

function adviceOn(message: string): string | null {
  return ADVICE.find(([pattern]) => pattern.test(message))?.[1] ?? null;
}

const UNITS = [
  { name: "day", ms: 86_400_000 },
  { name: "hour", ms: 3_600_000 },
  { name: "minute", ms: 60_000 },
] as const;

/** How long ago something was, in whole words: `2 hours ago`. Pure. */
export function ageText(ms: number): string {
  for (const { name, ms: unit } of UNITS) {
    const count = Math.floor(ms / unit);
    if (count >= 1) return `${countText(count, name)} ago`;
  }
  return "just now";
}

/** `1 update waits`, `2 updates wait`. */
export function waitText(updates: number): string {
  return `${countText(updates, "update")} ${updates === 1 ? "waits" : "wait"}`;
}

/** `1 update`, `2 updates`. */
export function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

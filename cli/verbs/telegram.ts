/** `claw telegram`: the bot as Telegram knows it, its webhook, and its menus of commands. */
import { InvalidArgumentError } from "commander";
import * as v from "valibot";
import { printable, printableLine } from "../../local/terminal-text.ts";
import type { Address } from "../address.ts";
import type { Change } from "../admin-api.ts";
import { describe, table } from "../table.ts";
import { botText, countText, errorText, telegramState, type TelegramState, waitText } from "../telegram-state.ts";
import { carryOut } from "./ask.ts";
import type { Verb, VerbGroup, VerbOptions } from "./verb.ts";

type SetOptions = VerbOptions & { readonly to?: string };

const PATH = "/admin/api/telegram";
const READ = { path: PATH } as const;

const info: Verb = {
  name: "info",
  summary: "who the bot is, what it sees in groups, and how its messages come",
  run: (options) =>
    carryOut("telegram info", READ, options, (answer, address) => describeBot(answer, address, Date.now())),
};

const commands: Verb = {
  name: "commands",
  summary: "sets the menus of commands that people see in Telegram",
  run: (options) =>
    carryOut("telegram commands", { path: `${PATH}/commands`, change: { method: "POST" } }, options, () => [
      "the menus are set",
    ]),
};

const webhookInfo: Verb = {
  name: "info",
  summary: "where Telegram sends messages, how many wait, and what went wrong last",
  run: (options) =>
    carryOut("telegram webhook info", READ, options, (answer, address) => describeWebhook(answer, address, Date.now())),
};

const webhookSet: Verb<SetOptions> = {
  name: "set",
  summary: "has Telegram send messages to the assistant's public address",
  declare: (command) =>
    command.option(
      "--to <address>",
      "the public https address of the assistant (default: its PUBLIC_URL)",
      readAddress,
    ),
  run: ({ to, ...options }) => {
    const change: Change = { method: "PUT", body: { ...(to !== undefined && { url: to }) } };
    return carryOut("telegram webhook set", { path: `${PATH}/webhook`, change }, options, describeSet);
  },
};

const webhookDelete: Verb = {
  name: "delete",
  summary: "has Telegram keep messages until somebody fetches them; none is lost",
  run: (options) =>
    carryOut(
      "telegram webhook delete",
      { path: `${PATH}/webhook`, change: { method: "DELETE" } },
      options,
      describeDeleted,
    ),
};

export const telegramVerbs: VerbGroup = {
  name: "telegram",
  summary: "the Telegram bot: who it is, its webhook, its menus of commands",
  verbs: [
    info,
    { name: "webhook", summary: "how Telegram's messages come", verbs: [webhookSet, webhookInfo, webhookDelete] },
    commands,
  ],
};

/** Returns `text`. Throws what commander turns into a wrong usage; whether Telegram reaches it is for the assistant to say. */
function readAddress(text: string): string {
  if (URL.canParse(text)) return text;
  throw new InvalidArgumentError("It must be an address such as https://claw.example.com");
}

/** All that Telegram says of the bot. What another release answers in its own form is shown as it is. Pure. */
export function describeBot(answer: unknown, { polls }: Pick<Address, "polls">, now: number): readonly string[] {
  const parsed = v.safeParse(telegramState, answer);
  if (!parsed.success) return describe(answer);
  const { bot } = parsed.output;
  const sees = bot.canReadAllGroupMessages
    ? "it sees all messages (privacy mode is off)"
    : "it sees commands, replies to it and @mentions only (privacy mode is on)";
  return table([
    ["bot", `${botText(bot)}, id ${bot.id}`],
    ["groups", bot.canJoinGroups ? sees : "it cannot be added to groups; @BotFather: /setjoingroups"],
    ...webhookRows(parsed.output, polls, now),
  ]);
}

/** The webhook. Pure. */
export function describeWebhook(answer: unknown, { polls }: Pick<Address, "polls">, now: number): readonly string[] {
  const parsed = v.safeParse(telegramState, answer);
  return parsed.success ? table(webhookRows(parsed.output, polls, now)) : describe(answer);
}

function webhookRows({ webhook }: TelegramState, polls: boolean, now: number): readonly (readonly string[])[] {
  const waiting = ["waiting", webhook.pending === 0 ? "nothing" : countText(webhook.pending, "update")];
  if (webhook.url === null)
    return [
      ["webhook", polls ? "none; npm start fetches the messages, within ten seconds of its end" : "none"],
      waiting,
    ];
  const kinds = webhook.allowedUpdates?.join(", ") ?? "all but reactions and members";
  return [
    ["webhook", `${webhook.url}${whose(webhook.isOurs)}`],
    waiting,
    ["kinds", kinds],
    ["at once", webhook.maxConnections === null ? "-" : String(webhook.maxConnections)],
    ["last error", webhook.lastError === null ? "none" : errorText(webhook.lastError, now)],
  ];
}

function whose(isOurs: boolean | null): string {
  if (isOurs === null) return "";
  return isOurs ? " (this assistant's)" : " (not this assistant's)";
}

const WEBHOOK_INFO = "npm run claw -- telegram webhook info";

const wasSet = v.object({ url: v.string(), commandsProblem: v.nullable(v.string()) });

/** What happens now that a webhook is set. Pure. */
export function describeSet(answer: unknown, { polls }: Pick<Address, "polls">): readonly string[] {
  const parsed = v.safeParse(wasSet, answer);
  if (!parsed.success) return describe(answer);
  const { url, commandsProblem } = parsed.output;
  return [
    `Telegram sends messages to ${printable(url)} from now on.`,
    `It does not tell whether anybody answers there; after the next message this does: ${WEBHOOK_INFO}`,
    ...(polls ? ["npm start stops fetching them by itself."] : []),
    commandsProblem === null
      ? "The menus of commands are set."
      : `The menus of commands are not set (${printableLine(commandsProblem)}); again with: npm run claw -- telegram commands`,
  ];
}

const wasDeleted = v.object({ pending: v.number() });

/** What happens now that there is no webhook. Pure. */
export function describeDeleted(
  answer: unknown,
  { polls, isLocal }: Pick<Address, "polls" | "isLocal">,
): readonly string[] {
  const parsed = v.safeParse(wasDeleted, answer);
  if (!parsed.success) return describe(answer);
  const { pending } = parsed.output;
  const local = polls
    ? "npm start begins to fetch them within ten seconds."
    : "Nobody fetches them: start with TELEGRAM_POLLING=on, or set a webhook again.";
  return [
    `The webhook is gone; ${pending === 0 ? "nothing waits" : waitText(pending)} at Telegram.`,
    isLocal ? local : "Nobody fetches messages until a webhook is set again; Telegram keeps them for 24 hours.",
  ];
}

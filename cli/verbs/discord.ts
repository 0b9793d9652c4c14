/** `claw discord`: the application as Discord knows it, and the next step to a bot that works. */
import * as v from "valibot";
import { printableLine } from "../../local/terminal-text.ts";
import { changesText, hasChanges } from "../discord-commands.ts";
import { gatewayRows } from "../discord-gateway.ts";
import { botText, type DiscordState, discordState } from "../discord-state.ts";
import { describeDiscord } from "../doctor/discord.ts";
import { describe, table } from "../table.ts";
import { carryOut } from "./ask.ts";
import { endpointVerbs } from "./discord-endpoint.ts";
import { gatewayVerbs } from "./discord-gateway.ts";
import { registerVerb } from "./discord-register.ts";
import type { Verb, VerbGroup } from "./verb.ts";

const READ = { path: "/admin/api/discord" } as const;

const info: Verb = {
  name: "info",
  isDefault: true,
  summary: "who the bot is, how messages and commands come, and the next step",
  run: (options) => carryOut("discord info", READ, options, (answer) => describeInfo(answer, Date.now())),
};

const invite: Verb = {
  name: "invite",
  summary: "the links that bring the bot into a server, or to your own account",
  run: (options) => carryOut("discord invite", READ, options, describeInvite),
};

export const discordVerbs: VerbGroup = {
  name: "discord",
  summary: "the Discord bot: what there is and the next step, commands, endpoint, Gateway, links that install it",
  verbs: [info, registerVerb, endpointVerbs, gatewayVerbs, invite],
};

/** All that Discord says of the application. What another release answers in its own form is shown as it is. Pure. */
export function describeInfo(answer: unknown, now: number): readonly string[] {
  const parsed = v.safeParse(discordState, answer);
  if (!parsed.success) return describe(answer);
  const state = parsed.output;
  const { changes, problem } = state.commands;
  return table([
    ["bot", `${botText(state)}, application ${state.application.id}`],
    ...gatewayRows(state.gateway, now).slice(0, 1),
    ["endpoint", endpointText(state)],
    ["reads", readsText(state)],
    ["commands", changes === null ? (problem ?? "-") : hasChanges(changes) ? changesText(changes) : "registered"],
    ["next", nextStep(state, now)],
  ]);
}

function endpointText({ endpoint: { url, isOurs }, gateway: { mode } }: DiscordState): string {
  if (url === null) return mode === "on" ? "none; slash commands come over the Gateway" : "none";
  if (isOurs === null) return url;
  return `${url}${isOurs ? " (this assistant's)" : " (not this assistant's)"}`;
}

function readsText({ intents: { messageContent }, gateway: { mode } }: DiscordState): string {
  const { isAsked, isAllowed } = messageContent;
  if (mode === "off") return "what slash commands hand it";
  if (isAsked) return isAllowed ? "all messages" : "it asks for all messages, which Discord does not allow";
  return "direct messages, mentions and what slash commands hand it";
}

/** What is wrong comes first, then what is good to know; if all is well, what is done in Discord. */
function nextStep(state: DiscordState, now: number): string {
  const findings = describeDiscord(state, now);
  const first = findings.find((one) => one.state === "wrong") ?? findings.find((one) => one.state === "note");
  if (first) return first.detail;
  return "if it is in no server yet: npm run claw -- discord invite; then type /ask in Discord";
}

const invited = v.object({ installLink: v.string(), application: v.object({ id: v.string() }) });

/** Where to click. Pure. */
export function describeInvite(answer: unknown): readonly string[] {
  const parsed = v.safeParse(invited, answer);
  if (!parsed.success) return describe(answer);
  const { installLink, application } = parsed.output;
  return [
    "Into a server that you manage:",
    `  ${printableLine(installLink)}`,
    "To your own account, for its commands in all your chats and a direct chat with it:",
    `  ${personalLink(application.id)}`,
  ];
}

/** "Application Integration Types": USER_INSTALL. */
const USER_INSTALL = "1";

function personalLink(applicationId: string): string {
  const query = { client_id: applicationId, integration_type: USER_INSTALL, scope: "applications.commands" };
  return `https://discord.com/oauth2/authorize?${new URLSearchParams(query).toString()}`;
}

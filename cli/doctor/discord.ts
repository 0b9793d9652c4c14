/** The Discord bot of a running assistant: whether its settings fit, how messages come, and what it sees in servers. */
import * as v from "valibot";
import { printable } from "../../local/terminal-text.ts";
import type { Address } from "../address.ts";
import { askAdmin } from "../admin-api.ts";
import { changesText, hasChanges } from "../discord-commands.ts";
import { missedText, ONLY_COMMANDS, phaseText, stoppedText } from "../discord-gateway.ts";
import { botText, type DiscordState, discordState, type GatewayState } from "../discord-state.ts";
import { countText } from "../telegram-state.ts";
import type { Finding } from "./finding.ts";

/** So many events that no chat has taken are worth a word; fewer come and go. */
const WAITING_NOTED = 10;
/** Of the IDENTIFYs of a day, the part from which on it is told that they become few. */
const IDENTIFIES_NOTED = 0.8;

const GENERAL = "Developer Portal, page General Information";
const REGISTER = "npm run claw -- discord register";
const SET_ENDPOINT = "npm run claw -- discord endpoint set";
const RESTART_GATEWAY = "npm run claw -- discord gateway restart";
const CLEAR_ENDPOINT = "npm run claw -- discord endpoint clear";

/** Asks a running assistant whose channel is on. */
export async function examineDiscord(address: Address): Promise<readonly Finding[]> {
  const answer = await askAdmin(address, "/admin/api/discord");
  const parsed = v.safeParse(discordState, answer.ok ? answer.value : null);
  if (parsed.success) return describeDiscord(parsed.output, Date.now());
  const detail = answer.ok ? "the assistant is of another release and says it in its own way" : answer.error.message;
  return [{ what: "discord bot", state: answer.ok ? "note" : "wrong", detail }];
}

/** Pure. */
export function describeDiscord(state: DiscordState, now: number): readonly Finding[] {
  return [
    describeApplication(state),
    ...describeKey(state),
    describeEndpoint(state),
    ...describeGateway(state, now),
    ...describeContent(state),
    describeCommands(state),
    ...describeServers(state),
  ];
}

function describeApplication(state: DiscordState): Finding {
  const what = "discord bot";
  const { isOurs, id } = state.application;
  if (isOurs) return { what, state: "ok", detail: botText(state) };
  const detail =
    `DISCORD_BOT_TOKEN is of the application ${id}, ${botText(state)}, and DISCORD_APPLICATION_ID names another one; ` +
    "take both from the same application, and start (or deploy) again";
  return { what, state: "wrong", detail };
}

function describeKey({ application: { isOurs, hasOurKey } }: DiscordState): readonly Finding[] {
  if (!isOurs || hasOurKey !== false) return [];
  const detail =
    "DISCORD_PUBLIC_KEY is not the application's, so nothing is let in through an endpoint, and none can be set; " +
    `copy it again: ${GENERAL}, Public Key`;
  return [{ what: "discord public key", state: "wrong", detail }];
}

/** Where slash commands and presses of buttons come in. */
function describeEndpoint({ endpoint: { url, isOurs, problem }, gateway: { mode, status } }: DiscordState): Finding {
  const what = "discord endpoint";
  if (url === null && status?.phase === "stopped") {
    return { what, state: "note", detail: "none, and the Gateway has stopped: nothing comes in" };
  }
  if (url === null && mode === "on") return { what, state: "ok", detail: "none: slash commands come over the Gateway" };
  if (url === null) {
    const address = problem === null ? "" : "set PUBLIC_URL to a public https address and then: ";
    const detail = `nothing comes in: there is no endpoint, and the Gateway is off; set DISCORD_GATEWAY=on, or ${address}${SET_ENDPOINT}`;
    return { what, state: "wrong", detail };
  }
  if (isOurs === false) {
    const instead = mode === "on" ? `; or have them come over the Gateway: ${CLEAR_ENDPOINT}` : "";
    const detail = `slash commands go to ${url}, which is not this assistant; to have them here: ${SET_ENDPOINT}${instead}`;
    return { what, state: "wrong", detail };
  }
  if (isOurs === null) {
    const doubt = "whether that leads here cannot be told, because PUBLIC_URL is no public address";
    return { what, state: "note", detail: `${url}; ${doubt}` };
  }
  return { what, state: "ok", detail: url };
}

function describeGateway({ gateway, intents }: DiscordState, now: number): readonly Finding[] {
  const { mode, status } = gateway;
  const what = "discord gateway";
  if (mode === "off") {
    return [{ what, state: "off", detail: `${ONLY_COMMANDS}; to have them: DISCORD_GATEWAY=on` }];
  }
  if (status === null) return [{ what, state: "note", detail: "it does not say how it is; see npm run claw -- logs" }];
  const { phase, stopped, identifies, identifiesMax, waiting, missed } = status;
  const isWrong = phase === "stopped";
  const connection: Finding = {
    what,
    state: isWrong ? "wrong" : phase === "ready" ? "ok" : "note",
    detail: `${phaseText(status, now)}${stopped === null ? "" : `; ${hindrance(stopped, intents)}`}`,
  };
  const notes = [
    ...(identifies >= identifiesMax * IDENTIFIES_NOTED
      ? [`${identifies} of ${identifiesMax} new sessions of a day are used; something ends them all the time`]
      : []),
    ...(waiting >= WAITING_NOTED ? [`${countText(waiting, "event")} wait that no chat has taken yet`] : []),
    ...(missed > 0 ? [`not read: ${missedText(missed)}; whoever waits there should write again`] : []),
  ];
  return [connection, ...notes.map((detail): Finding => ({ what, state: "note", detail }))];
}

/** Why it has stopped and what to do; what was put right since wants one step only. */
function hindrance(stopped: NonNullable<GatewayState["stopped"]>, { messageContent }: DiscordState["intents"]): string {
  return stopped.reason === "disallowed_intents" && messageContent.isAllowed
    ? `Message Content Intent was not allowed, and is now: ${RESTART_GATEWAY}`
    : stoppedText(stopped);
}

/** It is about messages, so it is no question where none come. */
function describeContent({ intents: { messageContent }, gateway: { mode } }: DiscordState): readonly Finding[] {
  const what = "discord message content";
  const { isAsked, isAllowed } = messageContent;
  if (mode === "off") return [];
  if (isAsked && !isAllowed) return [{ what, state: "wrong", detail: NOT_ALLOWED }];
  if (isAsked) return [{ what, state: "ok", detail: "it can read all messages of the channels that it is in" }];
  return [{ what, state: "off", detail: ONLY_MEANT }];
}

const NOT_ALLOWED =
  "it is asked for (DISCORD_MESSAGE_CONTENT) and Discord does not allow it, so the Gateway is refused (4014); " +
  "Developer Portal, page Bot, Privileged Gateway Intents: switch on Message Content Intent and save";
const ONLY_MEANT =
  "it can read direct messages, mentions of it and what slash commands hand it; of other messages it knows no text, so " +
  "neither what was said before nor its name without @; to have it: Message Content Intent on the page Bot of the " +
  "Developer Portal, and DISCORD_MESSAGE_CONTENT=on";

function describeCommands({ commands: { changes, problem } }: DiscordState): Finding {
  const what = "discord commands";
  if (changes === null) {
    return { what, state: "note", detail: `they cannot be looked at (${printable(problem ?? "no reason given")})` };
  }
  if (!hasChanges(changes)) return { what, state: "ok", detail: "registered as this release has them" };
  return { what, state: "note", detail: `not as this release has them (${changesText(changes)}); ${REGISTER}` };
}

function describeServers({ groups }: DiscordState): readonly Finding[] {
  const what = "discord servers";
  switch (groups.policy) {
    case "disabled":
      return [{ what, state: "off", detail: "the policy for groups is disabled" }];
    case "open":
      return [{ what, state: "ok", detail: "every server is let in" }];
    case "allowlist":
      if (groups.allowed === 0) return [{ what, state: "off", detail: NO_SERVER }];
      return [{ what, state: "ok", detail: `${countText(groups.allowed, "server or channel")} let in` }];
  }
}

const NO_SERVER =
  "none is let in; put discord:<server id> or discord:<channel id> into access.groupAllowFrom (in Discord: Settings, " +
  "Advanced, Developer Mode; then Copy Server ID or Copy Channel ID in the menu of the server or channel)";

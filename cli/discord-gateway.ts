/** In what words people read how Discord's Gateway is, and what they can do about it. Pure. */
import { assertNever } from "../protocol/assert.ts";
import { GATEWAY_STOPS, type GatewayStop } from "../protocol/owner-news.ts";
import type { GatewayAnswer, GatewayState } from "./discord-state.ts";
import { localTime } from "./table.ts";
import { ageText, countText } from "./telegram-state.ts";

const PORTAL = "https://discord.com/developers/applications, your application";
const RESTART = "npm run claw -- discord gateway restart";

/** What ends the Gateway for good ("Gateway Close Event Codes"), and what somebody can do about it. */
const ADVICE: Readonly<Record<GatewayStop, string>> = {
  authentication: `Discord does not take DISCORD_BOT_TOKEN; ${PORTAL}, page Bot, Reset Token: set the new one, and start (or deploy) again`,
  shard: "the bot is in more servers than one connection can serve (2,500); take it out of some, then " + RESTART,
  api_version: "Discord does not speak the version of its interface any more that this release uses; update it",
  invalid_intents: "Discord does not know the intents that this release asks for; update it",
  disallowed_intents:
    `Message Content Intent is asked for and not allowed; ${PORTAL}, page Bot, Privileged Gateway Intents: switch it on ` +
    `and save, then ${RESTART}; or set DISCORD_MESSAGE_CONTENT=off, and start (or deploy) again`,
};

/** Why there will be no further connection, and what to do. `code`: of Discord's close; without one it said it by HTTP. */
export function stoppedText({ reason, code }: NonNullable<GatewayState["stopped"]>): string {
  const known = GATEWAY_STOPS.find((stop) => stop === reason);
  const advice = known ? ADVICE[known] : `Discord refuses it (${reason}); to try again: ${RESTART}`;
  return code === null ? advice : `code ${code}: ${advice}`;
}

/** How it is, in a few words. */
export function phaseText({ phase, since }: GatewayState, now: number): string {
  switch (phase) {
    case "off":
      return "off";
    case "waiting":
      return `away since ${whenText(since, now)}, connects again by itself`;
    case "connecting":
      return `connecting since ${whenText(since, now)}`;
    case "ready":
      return `connected since ${whenText(since, now)}`;
    case "stopped":
      return `stopped by Discord since ${whenText(since, now)}`;
    default:
      return assertNever(phase);
  }
}

/** Everything that is known of it, in rows of a name and a text. */
export function gatewayRows({ mode, status }: GatewayAnswer, now: number): readonly (readonly string[])[] {
  if (mode === "off") return [["gateway", `off (DISCORD_GATEWAY); ${ONLY_COMMANDS}`]];
  if (status === null) return [["gateway", "on, but it does not say how it is; see npm run claw -- logs"]];
  const { lastEventAt, identifies, identifiesMax, resumes, zombies, waiting, unread, missed } = status;
  return [
    ["gateway", phaseText(status, now)],
    ...(status.stopped === null ? [] : [["stopped", stoppedText(status.stopped)]]),
    ["last event", lastEventAt === null ? "none yet" : whenText(lastEventAt, now)],
    [
      "session",
      status.hasSession ? "kept by Discord: what comes while it is away for a short time is sent later" : "none",
    ],
    [
      "identifies",
      `${identifies} of ${identifiesMax} in 24 hours; resumed ${timesText(resumes)}, silent ${timesText(zombies)}`,
    ],
    ["waiting", waiting === 0 ? "nothing" : `${countText(waiting, "event")} that no chat has taken yet`],
    ...(unread === 0 ? [] : [["unread", `${countText(unread, "channel")} to be read for what was missed`]]),
    ["missed", missedText(missed)],
  ];
}

export const ONLY_COMMANDS =
  "slash commands and buttons come through an endpoint; direct messages, mentions, replies, threads and reactions do not come";

/** What was written while it was away for too long. */
export function missedText(missed: number): string {
  return missed === 0 ? "nothing" : `at least ${countText(missed, "message")}, while it was away for too long`;
}

function whenText(at: number, now: number): string {
  return `${localTime(at)} (${ageText(now - at)})`;
}

function timesText(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

/** `claw discord gateway`: how the socket to Discord is, and a new start of it. */
import * as v from "valibot";
import { gatewayRows } from "../discord-gateway.ts";
import { gatewayAnswer } from "../discord-state.ts";
import { describe, table } from "../table.ts";
import { carryOut } from "./ask.ts";
import type { Verb, VerbGroup } from "./verb.ts";

const PATH = "/admin/api/discord/gateway";
/** It ends the connection and begins a new one, and does not wait for that. */
const LOOK = "how it is now: npm run claw -- discord gateway";

const status: Verb = {
  name: "status",
  isDefault: true,
  summary: "since when it is connected, what it was told last, what was missed, and why it has stopped",
  run: (options) =>
    carryOut("discord gateway", { path: PATH }, options, (answer) => describeGateway(answer, Date.now())),
};

const restart: Verb = {
  name: "restart",
  summary: "begins a new session: after Discord has stopped it, and what was wrong is put right",
  run: (options) =>
    carryOut(
      "discord gateway restart",
      { path: `${PATH}/restart`, change: { method: "POST" } },
      options,
      describeRestart,
    ),
};

export const gatewayVerbs: VerbGroup = {
  name: "gateway",
  summary: "the socket that brings direct messages, mentions, replies, threads and reactions",
  verbs: [status, restart],
};

/** Pure. */
export function describeGateway(answer: unknown, now: number): readonly string[] {
  const parsed = v.safeParse(gatewayAnswer, answer);
  return parsed.success ? table(gatewayRows(parsed.output, now)) : describe(answer);
}

/** Pure. */
export function describeRestart(answer: unknown): readonly string[] {
  const parsed = v.safeParse(gatewayAnswer, answer);
  if (!parsed.success) return describe(answer);
  if (parsed.output.mode === "off") {
    return ["There is none: DISCORD_GATEWAY is off. Set it to on, and start (or deploy) again."];
  }
  return [`It begins a new session; ${LOOK}`];
}

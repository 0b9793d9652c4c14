/** The commands that the edge carries out itself, without the model: what somebody has asked for. Pure. */
import { assertNever } from "../../protocol/assert.ts";
import { type Amount, microUsdOf } from "../../protocol/budget.ts";
import { type AgentCommand, commandNamed } from "../../protocol/commands.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { readCode } from "../../protocol/pairing.ts";
import type { SettingName } from "../../protocol/texts/texts.ts";
import { type ConfigRequest, readConfigRequest } from "./command-config-request.ts";
import { type HeartbeatRequest, readHeartbeatRequest } from "./command-heartbeat-request.ts";
import { type CronRequest, readCronRequest } from "./command-cron-request.ts";

/**
 * What `answerAtOnce` can do by the session's own rows, and what reaches beyond them and runs after the commit
 * (`CommandRunner`): the second kind is `status`, `stop`, `new`, `name`, `pair`, `link`, `config`, `cron` and `heartbeat`. `agent` is a turn of
 * its own.
 */
export type EdgeCommand =
  | { readonly kind: "start" | "help" | "commands" | "whoami" | "status" }
  /** `pick` is empty if somebody only asks. */
  | { readonly kind: "model"; readonly pick: string }
  /** `to` is empty if somebody only asks. */
  | { readonly kind: "setting"; readonly setting: SettingName; readonly to: string }
  | { readonly kind: "stop" }
  /** `rest` is the first prompt of the new conversation; empty: none. */
  | { readonly kind: "new"; readonly rest: string }
  /** `to` is empty if somebody only asks. */
  | { readonly kind: "name"; readonly to: string }
  /** What it is about is in the transcript, so the agent carries it out. */
  | ({ readonly kind: "agent" } & AgentRequest)
  | ({ readonly kind: "pair" } & PairRequest)
  | ({ readonly kind: "link" } & LinkRequest)
  | ({ readonly kind: "budget" } & BudgetRequest)
  | { readonly kind: "config"; readonly request: ConfigRequest }
  | { readonly kind: "cron"; readonly request: CronRequest }
  | { readonly kind: "heartbeat"; readonly request: HeartbeatRequest };

export type BudgetRequest =
  /** `own`: what anybody may ask for. */
  | { readonly what: "own" | "report" | "wait" | "malformed" }
  | { readonly what: "take"; readonly offer: string }
  | ({ readonly what: "allow" } & Amount);

export type AgentRequest = { readonly name: AgentCommand; readonly rest: string };

export type PairRequest =
  | { readonly what: "list" | "malformed" }
  | { readonly what: "approve" | "dismiss"; readonly code: string };

export type LinkRequest = { readonly what: "ask" | "malformed" } | { readonly what: "take"; readonly code: string };

/** The command of a message, or null when its text is for the agent (other slash words included). */
export function edgeCommandOf({ command }: Pick<Inbound, "command">): EdgeCommand | null {
  if (!command) return null;
  const name = commandNamed(command.name);
  const rest = command.rest.trim();
  switch (name) {
    case null:
      return null;
    case "compact":
    case "context":
    case "checklist":
      return { kind: "agent", name, rest };
    case "name":
      return { kind: "name", to: rest };
    case "start":
    case "help":
    case "commands":
    case "whoami":
    case "status":
    case "stop":
      return { kind: name };
    case "new":
      return { kind: "new", rest };
    case "model":
      return { kind: "model", pick: rest };
    case "think":
      return { kind: "setting", setting: "thinking", to: rest.toLowerCase() };
    case "usage":
      if (rest.toLowerCase() === "cost") return { kind: "budget", what: "own" };
      return { kind: "setting", setting: name, to: rest.toLowerCase() };
    case "budget":
      return { kind: "budget", ...readBudgetRequest(rest) };
    case "queue":
    case "activation":
      return { kind: "setting", setting: name, to: rest.toLowerCase() };
    case "pair":
      return { kind: "pair", ...readPairRequest(rest) };
    case "link":
      return { kind: "link", ...readLinkRequest(rest) };
    case "config":
      return { kind: "config", request: readConfigRequest(rest) };
    case "heartbeat":
      return { kind: "heartbeat", request: readHeartbeatRequest(rest) };
    case "cron":
      return { kind: "cron", request: readCronRequest(rest) };
    default:
      return assertNever(name);
  }
}

/** What the agent is to carry out for a message; null: it is no command of the agent's. */
export function agentCommandOf(inbound: Pick<Inbound, "command">): AgentRequest | null {
  const command = edgeCommandOf(inbound);
  return command?.kind === "agent" ? { name: command.name, rest: command.rest } : null;
}

/** Whether what a message asks for is done without a model: the agent only looks something up, or notes it. */
export function needsNoModel(inbound: Pick<Inbound, "command">): boolean {
  const command = agentCommandOf(inbound);
  return command !== null && command.name !== "compact";
}

/** An amount of dollars or tokens, or the name of an offer, which a button brings. */
function readBudgetRequest(rest: string): BudgetRequest {
  if (rest === "") return { what: "report" };
  if (rest.toLowerCase() === "wait") return { what: "wait" };
  const [, offer, dollars, tokens] = ALLOW.exec(rest) ?? [];
  if (offer !== undefined) return { what: "take", offer };
  const microUsd = dollars === undefined ? 0 : microUsdOf(Number(dollars.replace(",", ".")));
  const amount = { microUsd, tokens: Number(tokens ?? 0) };
  return amount.microUsd + amount.tokens > 0 ? { what: "allow", ...amount } : { what: "malformed" };
}

const ALLOW = /^allow\s+(?:([0-9a-f]{8}-[0-9a-f]{4})|\$?(\d{1,7}(?:[.,]\d{1,6})?)|(\d{1,12})\s*tokens?)$/i;

function readPairRequest(rest: string): PairRequest {
  const [, verb = "", after = ""] = /^(?:(approve|dismiss)\s+)?(.*)$/is.exec(rest) ?? [];
  if (verb === "" && (after === "" || after.toLowerCase() === "list")) return { what: "list" };
  const code = readCode(after);
  if (code === null) return { what: "malformed" };
  return { what: verb.toLowerCase() === "dismiss" ? "dismiss" : "approve", code };
}

function readLinkRequest(rest: string): LinkRequest {
  if (rest === "") return { what: "ask" };
  const code = readCode(rest);
  return code === null ? { what: "malformed" } : { what: "take", code };
}

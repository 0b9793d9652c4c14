/**
 * What the environment says of the agent's configuration. A document in the directory counts over it, setting by setting
 * (`overDefaults` in protocol/agent-config.ts).
 */
import { activeHoursProblem } from "../protocol/active-hours.ts";
import {
  type AgentConfig,
  NO_BUDGET,
  DM_CHANNELS,
  DM_POLICIES,
  type DmChannel,
  type DmPolicy,
  GROUP_POLICIES,
} from "../protocol/agent-config.ts";
import { CONFIG_BOUNDS } from "../protocol/bounds.ts";
import { MENTION_PATTERN_PROBLEM, mentionPattern } from "../protocol/mention-pattern.ts";
import { modelProblem, peerProblem, reactionProblem, timezoneProblem } from "../protocol/setting-checks.ts";
import { CHANNEL_IDS } from "../protocol/session-key.ts";
import type { VariableReader } from "./variables.ts";

/** Reads all that a configuration document could say too. */
export function readAgentDefaults(reader: VariableReader): AgentConfig {
  return {
    access: readAccess(reader),
    models: readModels(reader),
    messages: {
      mentionPatterns: readMentionPatterns(reader),
      ackReaction: readAckReaction(reader),
      language: "auto",
      usage: "off",
      queue: "steer",
    },
    conversations: { dailyReset: null, idleResetMinutes: null },
    heartbeat: { activeHours: readHours(reader), model: null },
    hooks: { mappings: {} },
    budget: { ...NO_BUDGET, dailyUsd: readDailyBudget(reader) },
    timezone: readTimezone(reader),
  };
}

function readAccess(reader: VariableReader): AgentConfig["access"] {
  return {
    dmPolicy: reader.choice("DM_POLICY", DM_POLICIES, "pairing"),
    dm: readChannelPolicies(reader),
    allowFrom: readPeers(reader, "ALLOW_FROM", "person"),
    groupPolicy: reader.choice("GROUP_POLICY", GROUP_POLICIES, "allowlist"),
    groupAllowFrom: readPeers(reader, "GROUP_ALLOW_FROM", "group"),
    groups: {},
  };
}

function readChannelPolicies(reader: VariableReader): Readonly<Partial<Record<DmChannel, DmPolicy>>> {
  const policies: Partial<Record<DmChannel, DmPolicy>> = {};
  for (const channel of DM_CHANNELS) {
    const variable = `${channel.toUpperCase()}_DM_POLICY`;
    if (reader.optional(variable) !== null) policies[channel] = reader.choice(variable, DM_POLICIES, "pairing");
  }
  return policies;
}

function readPeers(reader: VariableReader, name: string, kind: "person" | "group"): readonly string[] {
  const peers = reader.list(name);
  const problem = peers.map((peer) => peerProblem(peer, kind, CHANNEL_IDS)).find((found) => found !== null);
  if (problem !== undefined) reader.reject(name, `${problem}; put commas between them`);
  return peers;
}

/** A model that no key reaches would fail every turn. Bedrock uses the AWS credentials, which are required anyway. */
function readModels(reader: VariableReader): AgentConfig["models"] {
  const model = reader.optional("AGENT_MODEL");
  const fallbacks = reader.list("AGENT_MODEL_FALLBACKS");
  const problem = model === null ? null : modelProblem(model);
  if (problem !== null) reader.reject("AGENT_MODEL", problem);
  if (!fallbacks.every((name) => modelProblem(name) === null)) {
    reader.reject("AGENT_MODEL_FALLBACKS", "must be a comma list of provider/model");
  }
  const [provider = ""] = model?.split("/") ?? [];
  const variable = { anthropic: "ANTHROPIC_API_KEY", openai: "OPENAI_API_KEY" }[provider];
  // In a deployment the keys are in the one secret, which is read when a turn needs them.
  const isInSecret = reader.optional("AGENT_SECRET_ARN") !== null;
  if (variable !== undefined && !isInSecret && reader.optional(variable) === null) {
    reader.reject(variable, `is missing; AGENT_MODEL=${provider}/... needs it`);
  }
  return { default: model, fallbacks, choices: [], aliases: {}, thinking: "off" };
}

/** Names by which a text can call us; `off` means none at all. */
function readMentionPatterns(reader: VariableReader): readonly string[] | null {
  const names = reader.list("MENTION_PATTERNS");
  if (names.length === 0) return null;
  const on = names.filter(isOn);
  if (on.some((name) => mentionPattern(name) === null)) {
    reader.reject("MENTION_PATTERNS", `${MENTION_PATTERN_PROBLEM}; put commas between them`);
  }
  return on;
}

function readAckReaction(reader: VariableReader): string | null {
  const reaction = reader.text("ACK_REACTION", "👀");
  if (!isOn(reaction)) return null;
  const problem = reactionProblem(reaction);
  if (problem !== null) reader.reject("ACK_REACTION", `${problem}, or off`);
  return reaction;
}

function isOn(text: string): boolean {
  return text !== "off";
}

function readHours(reader: VariableReader): string | null {
  const hours = reader.optional("HEARTBEAT_ACTIVE_HOURS");
  const problem = hours === null ? null : activeHoursProblem(hours);
  if (problem !== null) reader.reject("HEARTBEAT_ACTIVE_HOURS", problem);
  return hours;
}

/** In the one form that the machine knows it by. */
function readTimezone(reader: VariableReader): string {
  const timezone = reader.text("AGENT_TIMEZONE", "UTC");
  const problem = timezoneProblem(timezone);
  if (problem === null) return new Intl.DateTimeFormat("en", { timeZone: timezone }).resolvedOptions().timeZone;
  reader.reject("AGENT_TIMEZONE", problem);
  return "UTC";
}

function readDailyBudget(reader: VariableReader): number | null {
  const written = reader.optional("DAILY_BUDGET_USD");
  if (written === null) return null;
  const dollars = /^\d+(?:\.\d+)?$/.test(written) ? Number(written) : Number.NaN;
  if (dollars >= 0 && dollars <= CONFIG_BOUNDS.budgetMaxUsd) return dollars;
  const most = String(CONFIG_BOUNDS.budgetMaxUsd);
  reader.reject(
    "DAILY_BUDGET_USD",
    `must be an amount of dollars such as 5 or 2.50, ${most} at most; leave it out for no limit`,
  );
  return null;
}

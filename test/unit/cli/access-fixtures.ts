/** Configurations as an assistant answers them: nothing set, and all as a fresh environment says. */
import type { AccessSettings, ConfigurationAnswer } from "../../../cli/access-answers.ts";

const ACCESS: AccessSettings = {
  dmPolicy: "pairing",
  dm: {},
  allowFrom: [],
  groupPolicy: "allowlist",
  groupAllowFrom: [],
};

/** Who may speak, but for what is said here. */
export function accessOf(access: Partial<AccessSettings> = {}): AccessSettings {
  return { ...ACCESS, ...access };
}

type Changes = {
  readonly version?: number;
  readonly document?: Record<string, unknown>;
  readonly access?: AccessSettings;
  readonly model?: string;
};

/** A whole answer, but for what is said here. */
export function configurationOf({ version = 0, document = {}, access = ACCESS, model }: Changes): ConfigurationAnswer {
  const models = { default: model ?? null, fallbacks: [], choices: [], aliases: {}, thinking: "off" };
  const messages = { mentionPatterns: null, ackReaction: "👀", language: "auto", usage: "off", queue: "collect" };
  const conversations = { dailyReset: null, idleResetMinutes: null };
  return {
    version,
    document,
    effective: { access: { ...access, groups: {} }, models, messages, conversations, timezone: "UTC" },
  };
}

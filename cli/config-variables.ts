/** Which variable of the environment each setting of the configuration document has its default from. Pure. */
import { valueAt } from "../protocol/config-path.ts";

/** By variable: the setting that it is the default of. */
const PATH_OF = {
  DM_POLICY: "access.dmPolicy",
  TELEGRAM_DM_POLICY: "access.dm.telegram",
  DISCORD_DM_POLICY: "access.dm.discord",
  SLACK_DM_POLICY: "access.dm.slack",
  WHATSAPP_DM_POLICY: "access.dm.whatsapp",
  ALLOW_FROM: "access.allowFrom",
  GROUP_POLICY: "access.groupPolicy",
  GROUP_ALLOW_FROM: "access.groupAllowFrom",
  AGENT_MODEL: "models.default",
  AGENT_MODEL_FALLBACKS: "models.fallbacks",
  MENTION_PATTERNS: "messages.mentionPatterns",
  ACK_REACTION: "messages.ackReaction",
  AGENT_TIMEZONE: "timezone",
  DAILY_BUDGET_USD: "budget.dailyUsd",
} as const;

const VARIABLE_OF = new Map<string, string>(Object.entries(PATH_OF).map(([variable, path]) => [path, variable]));

/** The variable that a setting has its default from; null: it has none. */
export function variableOf(path: string): string | null {
  return VARIABLE_OF.get(path) ?? null;
}

/** A variable that is set and does nothing, because the document has the setting. */
export type Overridden = { readonly variable: string; readonly path: string };

/** The variables that a document takes the place of. */
export function overriddenVariables(
  document: Readonly<Record<string, unknown>>,
  variables: Readonly<Record<string, string>>,
): readonly Overridden[] {
  return Object.entries(PATH_OF).flatMap(([variable, path]) => {
    if (variables[variable] === undefined) return [];
    // A policy for all channels that is set counts for each of them.
    const paths = path.startsWith("access.dm.") ? [path, "access.dmPolicy"] : [path];
    const found = paths.find((one) => valueAt(document, one.split(".")) !== undefined);
    return found === undefined ? [] : [{ variable, path: found }];
  });
}

/** What can be chosen when the stack is made, read from the CDK context (`CDK_CONTEXT_JSON` or `cdk -c`). */
import { DEPLOYMENT_NAME, DEPLOYMENT_NAME_DEFAULT } from "../protocol/deployment.ts";

export type InfraSettings = {
  /** The deployment's: the stack's name, and the beginning of the names of its parts. */
  readonly name: string;
  readonly artifact: "zip" | "image";
  /** V2 starts a session from a snapshot of the started process, V1 starts a process for each. */
  readonly platform: "V1" | "V2";
  readonly idleSeconds: number;
  readonly maxLifetimeSeconds: number;
  readonly logRetentionDays: number;
  /** How long the events of a conversation stay in AgentCore Memory; what was learned of them stays. */
  readonly eventExpiryDays: number;
  /** The built agent, when it is not in `agent-container/dist`. */
  readonly agentFolder: string | undefined;
};

/** AgentCore's limits of a session's life (LifecycleConfiguration), in seconds. */
const LIFE_SECONDS = { min: 60, max: 28_800 } as const;
/** AgentCore's limits of EventExpiryDuration, in days. */
const EVENT_DAYS = { min: 7, max: 365 } as const;
/** The periods that CloudWatch Logs knows, up to two years (PutRetentionPolicy), in days. */
const LOG_DAYS: readonly number[] = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731];

/** A microVM that waits costs memory; two minutes are enough for the next message of a conversation that goes on. */
const IDLE_SECONDS_DEFAULT = 120;
const LOG_DAYS_DEFAULT = 30;
const EVENT_DAYS_DEFAULT = 90;

/** Where a setting's value is looked up; `undefined`: not set. */
export type ContextSource = (name: string) => unknown;

export type SettingsResult =
  | { readonly ok: true; readonly settings: InfraSettings }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads all settings, and tells everything that is wrong with them at once. */
export function readSettings(context: ContextSource): SettingsResult {
  const problems: string[] = [];

  const text = (name: string): string | undefined => {
    const value = context(name);
    if (value === undefined || value === "") return undefined;
    if (typeof value === "string") return value;
    problems.push(`${name}: must be a text`);
    return undefined;
  };
  const choice = <T extends string>(name: string, choices: readonly [T, ...T[]]): T => {
    const value = text(name);
    const known = choices.find((one) => one === value);
    if (value !== undefined && known === undefined) problems.push(`${name}: must be ${choices.join(" or ")}`);
    return known ?? choices[0];
  };
  const whole = (name: string, otherwise: number, isAllowed: (value: number) => boolean, allowed: string): number => {
    const value = context(name);
    if (value === undefined || value === "") return otherwise;
    const number = typeof value === "string" ? Number(value) : value;
    if (typeof number === "number" && Number.isInteger(number) && isAllowed(number)) return number;
    problems.push(`${name}: must be ${allowed}`);
    return otherwise;
  };
  const within = ({ min, max }: { readonly min: number; readonly max: number }) => {
    return (value: number): boolean => value >= min && value <= max;
  };

  const name = text("name") ?? DEPLOYMENT_NAME_DEFAULT;
  if (!DEPLOYMENT_NAME.test(name)) {
    problems.push("name: must be 2 to 30 lower-case letters, digits and single hyphens, and begin with a letter");
  }
  const lifeAllowed = `a number of seconds from ${LIFE_SECONDS.min} to ${LIFE_SECONDS.max}`;
  const settings: InfraSettings = {
    name,
    artifact: choice("artifact", ["zip", "image"]),
    platform: choice("platform", ["V2", "V1"]),
    idleSeconds: whole("idleSeconds", IDLE_SECONDS_DEFAULT, within(LIFE_SECONDS), lifeAllowed),
    maxLifetimeSeconds: whole("maxLifetimeSeconds", LIFE_SECONDS.max, within(LIFE_SECONDS), lifeAllowed),
    logRetentionDays: whole(
      "logRetentionDays",
      LOG_DAYS_DEFAULT,
      (days) => LOG_DAYS.includes(days),
      `one of ${LOG_DAYS.join(", ")} (days)`,
    ),
    eventExpiryDays: whole(
      "eventExpiryDays",
      EVENT_DAYS_DEFAULT,
      within(EVENT_DAYS),
      `a number of days from ${EVENT_DAYS.min} to ${EVENT_DAYS.max}`,
    ),
    agentFolder: text("agentFolder"),
  };
  if (settings.idleSeconds > settings.maxLifetimeSeconds) {
    problems.push("idleSeconds: must not be more than maxLifetimeSeconds");
  }
  return problems.length === 0 ? { ok: true, settings } : { ok: false, problems };
}

/** The settings of this shell and folder: what is wrong with them, as `npm start` finds it, and what they turn on. */
import { errorText } from "../../local/log.ts";
import type { SettingsRead } from "../../local/settings.ts";
import { askWorkerForProblems } from "../../local/settings-check.ts";
import type { Variables } from "../../local/variables.ts";
import { valueAt } from "../../protocol/config-path.ts";
import type { ConfigurationAnswer } from "../access-answers.ts";
import { type AssistantStatus, modelInUse, OFFLINE } from "../assistant-status.ts";
import { discordDifferences, plannedDiscord } from "./discord-settings.ts";
import type { Finding } from "./finding.ts";

/** Every problem of `npm start`'s own settings and, asked of the Worker itself, of the Worker's. */
export async function examineSettings(
  root: string,
  variables: Variables,
  { settings, problems }: SettingsRead,
): Promise<readonly Finding[]> {
  const own = problems.map(({ variable, problem }): Finding => ({ what: variable, state: "wrong", detail: problem }));
  try {
    const workers = splitProblems(await askWorkerForProblems(root, variables, settings));
    const all = [...own, ...workers];
    return all.length > 0 ? all : [{ what: "settings", state: "ok", detail: "npm start takes them" }];
  } catch (error) {
    return [...own, { what: "settings", state: "wrong", detail: `they cannot be checked: ${errorText(error)}` }];
  }
}

/** The Worker's one line, `NAME: problem; NAME: problem`, a finding each. Pure. */
export function splitProblems(line: string | null): readonly Finding[] {
  if (line === null) return [];
  return line.split(/; (?=[A-Z][A-Z0-9_]*: )/).map((problem) => {
    const [, what = "settings", detail = problem] = /^([A-Z][A-Z0-9_]*): (.*)$/s.exec(problem) ?? [];
    return { what, state: "wrong", detail };
  });
}

/** What the next start with these settings would have. Pure. */
export function planned(variables: Variables): readonly Finding[] {
  const model = modelInUse(plannedModel(variables));
  const bot = hasBot(variables);
  return [
    { what: "telegram", state: bot ? "ok" : "off", detail: bot ? "configured" : NO_BOT },
    plannedDiscord(variables),
    plannedHooks(variables),
    { what: "model", state: model === null ? "off" : "ok", detail: model ?? OFFLINE },
  ];
}

function plannedHooks(variables: Variables): Finding {
  const isOn = variables["HOOKS_TOKEN"] !== undefined;
  return { what: "hooks", state: isOn ? "ok" : "off", detail: isOn ? "on" : "HOOKS_TOKEN is not set" };
}

/**
 * Where a running assistant has something else than the next start with these settings would have. A model that was
 * set by its configuration stays. Pure.
 */
export function differences(
  variables: Variables,
  running: AssistantStatus,
  configuration: ConfigurationAnswer | null,
): readonly Finding[] {
  const next = (what: string, detail: string): Finding => ({
    what,
    state: "note",
    detail: `from the next start with the settings here: ${detail}`,
  });
  const bot = hasBot(variables);
  const model = modelInUse(plannedModel(variables));
  const runs = running.channels["telegram"] === "on";
  const hasModel = configuration !== null && valueAt(configuration.document, ["models", "default"]) !== undefined;
  return [
    ...(bot && !runs ? [next("telegram", "on")] : []),
    ...(runs && !bot ? [{ what: "telegram", state: "note", detail: TOKEN_ELSEWHERE } as const] : []),
    ...discordDifferences(variables, running.channels["discord"] === "on"),
    ...(variables["HOOKS_TOKEN"] !== undefined && running.hooks?.startsWith("off") === true
      ? [next("hooks", "on")]
      : []),
    ...(hasModel || model === modelInUse(running) ? [] : [next("model", model ?? OFFLINE)]),
  ];
}

const TOKEN_ELSEWHERE =
  "npm start was given a TELEGRAM_BOT_TOKEN that is neither in this shell nor in .dev.vars; give it again at the next " +
  "start, or write it into .dev.vars, or there is no bot";
const NO_BOT = "TELEGRAM_BOT_TOKEN is not set; get one from @BotFather";
const hasBot = (variables: Variables) => variables["TELEGRAM_BOT_TOKEN"] !== undefined;

function plannedModel(variables: Variables): Pick<AssistantStatus, "model" | "modelKeys"> {
  const providers = ["anthropic", "openai"];
  const modelKeys = providers.filter((provider) => variables[`${provider.toUpperCase()}_API_KEY`] !== undefined);
  return { model: variables["AGENT_MODEL"] ?? null, modelKeys };
}

/** `claw doctor`: looks at everything that has to be right, and says of each thing what it is or what to do. No secrets. */
import { statSync } from "node:fs";
import { totalmem } from "node:os";
import { resolve } from "node:path";
import { readSettings, type Settings } from "../../local/settings.ts";
import { loadVariables, type Variables } from "../../local/variables.ts";
import { type Address, findAddress } from "../address.ts";
import { askAdmin } from "../admin-api.ts";
import { EXIT } from "../exit-code.ts";
import { table } from "../table.ts";
import type { Verb, VerbOptions } from "./verb.ts";

type Finding = {
  readonly what: string;
  /** `off` is a choice, `wrong` needs somebody. */
  readonly state: "ok" | "off" | "wrong";
  readonly detail: string;
};

/** The project's programs are TypeScript that Node runs as it is. */
const NODE_MIN = [22, 18] as const;

export const doctorVerb: Verb = {
  name: "doctor",
  summary: "checks this machine, the settings and the running assistant",
  async run(options) {
    const findings = await examine(options);
    const lines = options.json
      ? [JSON.stringify({ findings })]
      : table(findings.map(({ state, what, detail }) => [state, what, detail]));
    for (const line of lines) console.log(line);
    return findings.some(({ state }) => state === "wrong") ? EXIT.failed : EXIT.done;
  },
};

async function examine(options: VerbOptions): Promise<readonly Finding[]> {
  const root = resolve(import.meta.dirname, "../..");
  const variables = loadVariables(root);
  const { settings, problems } = readSettings(variables, { root, memoryBytes: totalmem() });
  const local: readonly Finding[] = [
    examineNode(process.versions.node),
    ...problems.map(({ variable, problem }): Finding => ({ what: variable, state: "wrong", detail: problem })),
    examineTelegram(variables, settings),
    examineModel(variables),
    examineStateDir(settings.stateDir),
  ];
  return [...(options.url === undefined ? local : []), ...(await examineAssistant(options))];
}

function examineNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isNew = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  const advice = `; needs ${NODE_MIN.join(".")} or later: use npm run, which brings its own`;
  return { what: "node", state: isNew ? "ok" : "wrong", detail: `${version}${isNew ? "" : advice}` };
}

function examineTelegram(variables: Variables, settings: Settings): Finding {
  const what = "telegram";
  if (variables["TELEGRAM_BOT_TOKEN"] === undefined) {
    return { what, state: "off", detail: "TELEGRAM_BOT_TOKEN is not set; get one from @BotFather" };
  }
  return { what, state: "ok", detail: `configured, polling ${settings.polling}` };
}

function examineModel(variables: Variables): Finding {
  const named = variables["AGENT_MODEL"];
  const keys = ["ANTHROPIC_API_KEY", "OPENAI_API_KEY"].filter((name) => variables[name] !== undefined);
  if (named !== undefined) return { what: "model", state: "ok", detail: named };
  if (keys.length > 0) return { what: "model", state: "ok", detail: `the default one for ${keys.join(" or ")}` };
  return { what: "model", state: "off", detail: "no key is set, so the offline model answers" };
}

function examineStateDir(path: string): Finding {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return { what: "state", state: "off", detail: `${path} does not exist yet; npm start makes it` };
  const isPrivate = (found.mode & 0o077) === 0;
  const detail = isPrivate ? path : `others can read ${path}: chmod 700 it`;
  return { what: "state", state: isPrivate ? "ok" : "wrong", detail };
}

async function examineAssistant(options: VerbOptions): Promise<readonly Finding[]> {
  const address = findAddress(options);
  if (!address.ok) return [{ what: "assistant", state: "wrong", detail: address.error }];
  const health = await examineHealth(address.value);
  if (health.state !== "ok") return [health];
  const status = await askAdmin(address.value, "/admin/api/status");
  const detail = status.ok ? "answers" : status.error.message;
  return [health, { what: "admin api", state: status.ok ? "ok" : "wrong", detail }];
}

const HEALTH_MAX_MS = 5_000;

async function examineHealth({ url }: Address): Promise<Finding> {
  const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(HEALTH_MAX_MS) }).catch(() => null);
  if (response?.ok) return { what: "assistant", state: "ok", detail: url };
  const why = response ? `answers ${response.status}` : "does not answer";
  return { what: "assistant", state: "wrong", detail: `${url} ${why}; start it with: npm start` };
}

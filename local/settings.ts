/**
 * What `npm start` itself must know, read from the variables with every problem at once. The settings of channels,
 * access and models belong to the Worker, which is asked for its own problems (`worker-problems.ts`).
 */
import { resolve } from "node:path";
import type { ConfigProblem } from "../protocol/errors.ts";
import type { Variables } from "./variables.ts";

const POLLING_MODES = ["auto", "on", "off"] as const;
export type PollingMode = (typeof POLLING_MODES)[number];

export type Settings = {
  /** 0: any free port. */
  readonly port: number;
  readonly publicUrl: string | null;
  /** Absolute path of the folder of all laptop state. */
  readonly stateDir: string;
  readonly polling: PollingMode;
  /** Most agent processes that the local runtime keeps. */
  readonly processMax: number;
  /** True: the runtime, or the stores, are not the laptop's. */
  readonly remote: { readonly runtime: boolean; readonly stores: boolean };
};

export type SettingsRead = { readonly settings: Settings; readonly problems: readonly ConfigProblem[] };

/** What the defaults depend on: the folder that relative paths start from, and the machine's memory. */
export type Surroundings = { readonly root: string; readonly memoryBytes: number };

const PORT_DEFAULT = 8787;
const PORT_MAX = 65_535;
/** docs/architecture.md, "Bounds": one agent process for each 256 MB, at most 64. */
const PROCESS_BYTES = 268_435_456;
const PROCESS_DEFAULT_MAX = 64;
const PROCESS_MAX = 1_000;

/** Reads the settings; a bad value becomes a problem and its default, so that all problems are found. Never throws. */
export function readSettings(variables: Variables, surroundings: Surroundings): SettingsRead {
  const problems: ConfigProblem[] = [];
  const reject = (variable: string, problem: string) => void problems.push({ variable, problem });
  const processDefault = Math.min(PROCESS_DEFAULT_MAX, Math.floor(surroundings.memoryBytes / PROCESS_BYTES));
  const settings: Settings = {
    port: readNumber(variables, "PORT", { min: 0, max: PORT_MAX, fallback: PORT_DEFAULT }, reject),
    publicUrl: readUrl(variables, "PUBLIC_URL", reject),
    stateDir: resolve(surroundings.root, variables["AGENT_CLAW_STATE_DIR"] ?? ".agent-claw"),
    polling: readPolling(variables, reject),
    processMax: readNumber(
      variables,
      "AGENT_PROCESS_MAX",
      { min: 1, max: PROCESS_MAX, fallback: Math.max(1, processDefault) },
      reject,
    ),
    remote: readRemote(variables, reject),
  };
  return { settings, problems };
}

type Reject = (variable: string, problem: string) => void;
type Range = { readonly min: number; readonly max: number; readonly fallback: number };

function readNumber(variables: Variables, name: string, range: Range, reject: Reject): number {
  const text = variables[name];
  if (text === undefined) return range.fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (value >= range.min && value <= range.max) return value;
  reject(name, `must be a whole number from ${range.min} to ${range.max}`);
  return range.fallback;
}

function readUrl(variables: Variables, name: string, reject: Reject): string | null {
  const text = variables[name];
  if (text === undefined) return null;
  const url = URL.parse(text);
  if (url && (url.protocol === "http:" || url.protocol === "https:")) return text.replace(/\/+$/, "");
  reject(name, "must be an http(s) URL");
  return null;
}

function readPolling(variables: Variables, reject: Reject): PollingMode {
  const text = variables["TELEGRAM_POLLING"] ?? "auto";
  const mode = POLLING_MODES.find((candidate) => candidate === text);
  if (mode === undefined) reject("TELEGRAM_POLLING", `must be one of ${POLLING_MODES.join(", ")}`);
  if (mode === "on" && variables["TELEGRAM_BOT_TOKEN"] === undefined) {
    reject("TELEGRAM_BOT_TOKEN", "is missing, and TELEGRAM_POLLING is on; get a token from @BotFather");
  }
  return mode ?? "auto";
}

/** Another runtime or other stores are the ones whose name was given; credentials come as a pair or not at all. */
function readRemote(variables: Variables, reject: Reject): Settings["remote"] {
  const keyId = variables["AWS_ACCESS_KEY_ID"] !== undefined;
  const secret = variables["AWS_SECRET_ACCESS_KEY"] !== undefined;
  const remote = {
    runtime: variables["AGENTCORE_RUNTIME_ARN"] !== undefined || variables["AGENTCORE_ENDPOINT"] !== undefined,
    stores: variables["AGENT_BUCKET"] !== undefined,
  };
  const needed = remote.stores || (remote.runtime && variables["AGENTCORE_ENDPOINT"] === undefined);
  const why = needed ? "an AWS account is named" : "the other half of the key is set";
  if (!keyId && (secret || needed)) reject("AWS_ACCESS_KEY_ID", `is missing, and ${why}`);
  if (!secret && (keyId || needed)) reject("AWS_SECRET_ACCESS_KEY", `is missing, and ${why}`);
  return remote;
}

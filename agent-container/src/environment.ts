/** The process's own settings, and the end of everything else in its environment that could be a right to something. */
import { readFileSync } from "node:fs";
import { AGENT_TOKEN } from "../../protocol/agent-token.ts";
import { isProviderName, PROVIDER_NAMES, type ProviderName } from "./agent/models/catalog.ts";

export type Environment = {
  /** 0: any free port, reported on standard output. */
  readonly port: number;
  /** The platform calls from outside; a port of a laptop's choosing is for that laptop alone. */
  readonly host: "0.0.0.0" | "127.0.0.1";
  /** Where the session stores are; absent on a runtime that has another kind of store. */
  readonly stateDir: string | undefined;
  /** Scratch space for working copies. */
  readonly workDir: string;
  /** Whose clients are imported before the process is healthy; any other is imported when a turn asks for it. */
  readonly providers: readonly ProviderName[];
  /** What each invocation must bring; absent where only the runtime can reach the process. */
  readonly token: string | undefined;
};

const DEFAULT_PORT = 8080;
const STANDARD_INPUT = 0;
const DEFAULT_WORK_DIR = "/tmp/agent-claw";

/** Names that libraries look for to find keys, profiles or roles of their own. Keys come only with a turn. */
const AMBIENT_AUTHORITY = /^(?:AWS_|ANTHROPIC_|OPENAI_|PI_)/;

/** Reads the settings. Throws one clear line for a setting that cannot be used. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const port = Number(env["PORT"] ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error("PORT is not a port number");
  return {
    port,
    host: port === 0 ? "127.0.0.1" : "0.0.0.0",
    stateDir: env["AGENT_STATE_DIR"] || undefined,
    workDir: env["AGENT_WORK_DIR"] || DEFAULT_WORK_DIR,
    providers: env["AGENT_PROVIDERS"]?.split(",").filter(isProviderName) ?? PROVIDER_NAMES,
    token: env[AGENT_TOKEN.expectedVariable] ? readToken() : undefined,
  };
}

/** Waits for the end of the standard input: whoever set the variable writes at once, and its own end ends the wait. */
function readToken(): string {
  const token = readFileSync(STANDARD_INPUT, "utf8");
  if (token.length >= AGENT_TOKEN.lengthMin) return token;
  throw new Error(`${AGENT_TOKEN.expectedVariable}: no token came on the standard input`);
}

/** Removes what a library could take for credentials, so that only the keys of a turn can ever be used. */
export function dropAmbientAuthority(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (AMBIENT_AUTHORITY.test(name)) delete env[name];
}

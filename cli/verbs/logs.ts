/** `claw logs`: what the assistant of this machine has logged, and with `--follow` what it logs from then on. */
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { LOG_LEVELS, type LogLevel } from "../../local/log.ts";
import { LogReader } from "../../local/log-reader.ts";
import { readSettings } from "../../local/settings.ts";
import { loadDeployVariables, loadVariables } from "../../local/variables.ts";
import { DEPLOYMENT_NAME_DEFAULT } from "../../protocol/deployment.ts";
import { err, ok, type Result } from "../../protocol/result.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { type LogFilter, LogSelection, parseSince, showEntry } from "../log-lines.ts";
import { complain, type Verb, type VerbOptions } from "./verb.ts";

type LogsOptions = VerbOptions & {
  readonly follow?: true;
  readonly session?: string;
  readonly level?: string;
  readonly since?: string;
  readonly lines?: string;
};

const ROOT = resolve(import.meta.dirname, "../..");

/** Lines that are shown when neither their number nor a time is given. */
const LINES_DEFAULT = 100;
/** Most lines of one look back; more than that are in the files themselves. */
const LINES_MAX = 100_000;
/** How often the files are looked at for new lines. */
const FOLLOW_EVERY_MS = 250;

/** The clouds keep a deployment's log, and open it to their own logins only. */
function whereElse(deployed: VerbOptions["deployed"]): string {
  const ofSettings = () => loadDeployVariables(ROOT)["DEPLOY_NAME"] ?? DEPLOYMENT_NAME_DEFAULT;
  const name = typeof deployed === "string" ? deployed : deployed === true ? ofSettings() : "<its name>";
  return (
    `Cloudflare keeps a deployment's log: follow it with: npx wrangler tail ${name} (--search finds an id); ` +
    "older lines are in its dashboard, Workers, Logs; the agent's are in CloudWatch: " +
    "aws logs tail <group> --follow; find the group with: " +
    `aws logs describe-log-groups --log-group-name-prefix "/aws/bedrock-agentcore/runtimes/${name.replaceAll("-", "_")}-"`
  );
}

type Wish = { readonly filter: LogFilter; readonly linesMax: number; readonly follows: boolean };

export const logsVerb: Verb<LogsOptions> = {
  name: "logs",
  summary: "what the assistant of this machine has logged: the newest lines, oldest first",
  declare: (command: Command) =>
    command
      .option("--follow", "go on with new lines until Ctrl-C")
      .option("--session <key>", "only lines of this session and of its turns")
      .option("--level <level>", "only this level and worse: info, warn, error")
      .option("--since <when>", "only lines since then: 90s, 10m, 2h, 1d or a date")
      .option("--lines <n>", `at most so many (default: ${LINES_DEFAULT}, with --since all)`),
  async run(options) {
    if (options.url !== undefined || options.deployed !== undefined) {
      return complain("logs", EXIT.unusable, whereElse(options.deployed));
    }
    const wish = readWish(options, Date.now());
    if (!wish.ok) return complain("logs", EXIT.unusable, wish.error);
    const { settings } = readSettings(loadVariables(ROOT), { root: ROOT, memoryBytes: 0 });
    return await showLog(new LogReader(settings.stateDir), wish.value, options);
  },
};

async function showLog(
  reader: LogReader,
  { filter, linesMax, follows }: Wish,
  options: LogsOptions,
): Promise<ExitCode> {
  const stopped = endOfUse();
  const selection = new LogSelection(filter);
  const shown = (line: string): readonly string[] => {
    const entry = selection.select(line);
    if (entry === null) return [];
    return [options.json ? line : showEntry(entry)];
  };
  const found = lastOf(reader.read(), shown, linesMax);
  for (const line of found) console.log(line);
  if (!follows && found.length === 0) return sayNothingFound(reader.hasFound, filter);
  while (follows && !stopped.aborted) {
    await sleep(FOLLOW_EVERY_MS, null, { signal: stopped }).catch(() => null);
    for (const line of reader.read()) for (const text of shown(line)) console.log(text);
  }
  return EXIT.done;
}

/** That there is no warning is good to know; that there is nothing of a session is not what was asked for. */
function sayNothingFound(hasLog: boolean, { session }: LogFilter): ExitCode {
  if (!hasLog) return complain("logs", EXIT.unusable, "nothing is logged yet; begin with: npm start");
  return complain("logs", session === null ? EXIT.done : EXIT.failed, "no line matches");
}

/** Aborted by Ctrl-C, and when whoever reads our output leaves. */
function endOfUse(): AbortSignal {
  const end = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => end.abort());
  process.stdout.on("error", () => end.abort());
  return end.signal;
}

/** What `shown` makes of the lines, the last `max` of it. */
function lastOf(lines: Iterable<string>, shown: (line: string) => readonly string[], max: number): readonly string[] {
  const kept: string[] = [];
  for (const line of lines) {
    kept.push(...shown(line));
    if (kept.length >= 2 * max) kept.splice(0, kept.length - max);
  }
  return kept.slice(-max);
}

function readWish({ level = "info", since, session, lines, follow }: LogsOptions, now: number): Result<Wish, string> {
  const known = LOG_LEVELS.find((name): name is LogLevel => name === level);
  if (known === undefined) return err(`--level must be one of ${LOG_LEVELS.join(", ")}`);
  const sinceMs = since === undefined ? 0 : parseSince(since, now);
  if (sinceMs === null) return err("--since must be such as 90s, 10m, 2h, 1d or 2026-01-31T09:00");
  const linesMax = lines === undefined ? (since === undefined ? LINES_DEFAULT : LINES_MAX) : Number(lines);
  if (!Number.isSafeInteger(linesMax) || linesMax < 1 || linesMax > LINES_MAX) {
    return err(`--lines must be a number from 1 to ${LINES_MAX}`);
  }
  return ok({ filter: { level: known, sinceMs, session: session ?? null }, linesMax, follows: follow === true });
}

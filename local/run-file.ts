/** `run.json` in the state directory: where the running assistant is. Written by `npm start`, read by the command line. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { readFileIfAny, writePrivateFile } from "./private-file.ts";

const runFile = v.object({
  pid: v.number(),
  port: v.number(),
  url: v.string(),
  adminToken: v.string(),
  /** Null when the runtime and the stores are not the laptop's. */
  awsPort: v.nullable(v.number()),
  startedAt: v.number(),
  /** What keeps Telegram's messages from coming, in words for people; null: nothing that polling knows of. */
  telegramProblem: v.optional(v.nullable(v.string()), null),
  /** Whether it fetches Telegram's messages itself while the bot has no webhook. */
  telegramPolls: v.optional(v.boolean(), false),
});

export type RunFile = v.InferOutput<typeof runFile>;

const path = (stateDir: string) => join(stateDir, "run.json");

export function writeRunFile(stateDir: string, run: RunFile): void {
  writePrivateFile(path(stateDir), `${JSON.stringify(run, null, 2)}\n`);
}

export function removeRunFile(stateDir: string): void {
  rmSync(path(stateDir), { force: true });
}

/** The last start that did not end cleanly yet, or null. It may have been killed: the caller finds out by asking it. */
export function readRunFile(stateDir: string): RunFile | null {
  const text = readFileIfAny(path(stateDir));
  if (text === null) return null;
  try {
    return v.parse(runFile, JSON.parse(text));
  } catch {
    return null;
  }
}

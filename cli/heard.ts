/**
 * How far this machine has heard its own assistant: what it says by itself while nobody listens is told the next time. So
 * are the answers to messages that their chat has left.
 */
import { join } from "node:path";
import * as v from "valibot";
import { readFileIfAny, writePrivateFile } from "../local/private-file.ts";

const leftFile = v.pipe(v.string(), v.parseJson(), v.object({ ids: v.array(v.string()) }));
/** Messages that are remembered, the newest. */
const LEFT_MAX = 50;

const heardFile = v.pipe(v.string(), v.parseJson(), v.object({ seq: v.number() }));

/** The highest number that was heard; null: none yet, or what is talked to is elsewhere. */
export function readHeard(stateDir: string | null): number | null {
  const text = stateDir === null ? null : readFileIfAny(pathIn(stateDir));
  const read = v.safeParse(heardFile, text);
  return read.success ? read.output.seq : null;
}

/** Remembers a number, if it is higher. */
export function noteHeard(stateDir: string | null, seq: number): void {
  if (stateDir === null || seq <= (readHeard(stateDir) ?? -1)) return;
  writePrivateFile(pathIn(stateDir), JSON.stringify({ seq }));
}

/** The messages that nobody waits for any more, though they are answered one day. */
export function readLeft(stateDir: string | null): readonly string[] {
  const text = stateDir === null ? null : readFileIfAny(leftPathIn(stateDir));
  const read = v.safeParse(leftFile, text);
  return read.success ? read.output.ids : [];
}

/** Remembers one more of them. */
export function noteLeft(stateDir: string | null, id: string): void {
  if (stateDir === null) return;
  writePrivateFile(leftPathIn(stateDir), JSON.stringify({ ids: [...readLeft(stateDir), id].slice(-LEFT_MAX) }));
}

function leftPathIn(stateDir: string): string {
  return join(stateDir, "chat-left.json");
}

function pathIn(stateDir: string): string {
  return join(stateDir, "chat-heard.json");
}

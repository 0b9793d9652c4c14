/** How far this machine has heard its own assistant: what it says by itself while nobody listens is told the next time. */
import { join } from "node:path";
import * as v from "valibot";
import { readFileIfAny, writePrivateFile } from "../local/private-file.ts";

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

function pathIn(stateDir: string): string {
  return join(stateDir, "chat-heard.json");
}

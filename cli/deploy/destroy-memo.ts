/** What stays when a stack goes, remembered until it is gone too: without the stack nobody could tell. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { readFileIfAny, writePrivateFile } from "../../local/private-file.ts";
import { DEPLOYMENTS_FOLDER } from "../../local/state-dir.ts";

const memo = v.object({ bucket: v.nullable(v.string()), table: v.nullable(v.string()) });

export type DestroyMemo = v.InferOutput<typeof memo>;

/** Not `.json`: that is what deployments are called. */
const pathOf = (stateDir: string, name: string) => join(stateDir, DEPLOYMENTS_FOLDER, `${name}.left`);

/** Null: no stack of that name was removed from here. */
export function readMemo(stateDir: string, name: string): DestroyMemo | null {
  const text = readFileIfAny(pathOf(stateDir, name));
  return text === null ? null : v.parse(v.pipe(v.string(), v.parseJson(), memo), text);
}

export function writeMemo(stateDir: string, name: string, left: DestroyMemo): void {
  mkdirSync(join(stateDir, DEPLOYMENTS_FOLDER), { recursive: true, mode: 0o700 });
  writePrivateFile(pathOf(stateDir, name), `${JSON.stringify(left)}\n`);
}

export function removeMemo(stateDir: string, name: string): void {
  rmSync(pathOf(stateDir, name), { force: true });
}

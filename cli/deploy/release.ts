/** Names what is deployed by its content, so that the same sources are the same release on every machine. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** `r-<12 hex>` over the files of the agent's bundle and the Worker's module. Names and contents count, times do not. */
export function releaseId(agentFolder: string, workerModule: string): string {
  const hash = createHash("sha256");
  for (const path of filesBelow(agentFolder)) {
    hash.update(`agent/${relative(agentFolder, path)}\0`).update(digest(path));
  }
  hash.update("worker\0").update(digest(workerModule));
  return `r-${hash.digest("hex").slice(0, 12)}`;
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

function digest(path: string): Buffer {
  return createHash("sha256").update(readFileSync(path)).digest();
}

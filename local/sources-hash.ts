/** Names a set of sources by their content, so that a build is made once and only again when one of them changes. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * The hash of the files and folders `paths` below `root`. Names and contents count, times do not. A path that does not
 * exist counts as absent; `node_modules`, `dist` and dot files inside folders are left out.
 */
export function hashSources(root: string, paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths.flatMap((entry) => filesOf(root, entry)).toSorted()) {
    hash.update(`${path}\0`).update(
      createHash("sha256")
        .update(readFileSync(join(root, path)))
        .digest(),
    );
  }
  return hash.digest("hex").slice(0, 20);
}

function filesOf(root: string, path: string): readonly string[] {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  if (!found) return [];
  if (!found.isDirectory()) return [path];
  return readdirSync(join(root, path))
    .filter((name) => !name.startsWith(".") && name !== "node_modules" && name !== "dist")
    .flatMap((name) => filesOf(root, join(path, name)));
}

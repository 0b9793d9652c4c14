/** Builds the container's bundle into a folder of the test's own. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const BUILD = join(import.meta.dirname, "../../../agent-container/build.ts");

export async function buildBundle(outDir: string): Promise<void> {
  await promisify(execFile)(process.execPath, [BUILD, outDir]);
}

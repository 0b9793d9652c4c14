/** Installs the packages of aws-infra beside it, when they are not what the lockfile says. It is no workspace of the root. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isInstalled } from "./installed.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));

function read(file: string): string | null {
  try {
    return readFileSync(`${folder}${file}`, "utf8");
  } catch {
    return null;
  }
}

if (!isInstalled(read("package-lock.json"), read("node_modules/.package-lock.json"))) {
  console.log("aws-infra: npm install (the CDK, some 230 MB, once)");
  // Not `npm ci`: it refuses lockfiles in which optional packages of other platforms could not be resolved.
  const { status } = spawnSync(
    "npm",
    ["install", "--prefix", folder, "--no-save", "--no-audit", "--no-fund", "--loglevel=error"],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  if (status !== 0) {
    console.error("aws-infra: npm install failed");
    process.exitCode = 1;
  }
}

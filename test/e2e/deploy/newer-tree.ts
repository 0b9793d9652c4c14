/** A copy of the sources with a change in the agent: what somebody has who deploys the release after this one. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");

const SOURCES = [
  "agent-container",
  "aws-infra",
  "cli",
  "durable-objects",
  "fail-points",
  "local",
  "package-lock.json",
  "package.json",
  "protocol",
  "tsconfig.base.json",
  "worker",
  "wrangler.toml",
] as const;

const CHANGED = {
  file: "agent-container/src/turn/live-turn.ts",
  find: "this.#ports.log({ event, conversation,",
  replace: 'this.#ports.log({ build: "second", event, conversation,',
} as const;

export class NewerTree {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "agent-claw-newer-"));
    for (const source of SOURCES) {
      cpSync(join(ROOT, source), join(this.folder, source), { recursive: true, filter: isSource });
    }
    for (const packages of ["node_modules", "aws-infra/node_modules"]) {
      symlinkSync(join(ROOT, packages), join(this.folder, packages));
    }
    const path = join(this.folder, CHANGED.file);
    const pieces = readFileSync(path, "utf8").split(CHANGED.find);
    if (pieces.length !== 2) throw new Error(`${CHANGED.file} holds ${pieces.length - 1} times: ${CHANGED.find}`);
    writeFileSync(path, pieces.join(CHANGED.replace));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

function isSource(path: string): boolean {
  return !/\/(?:node_modules|dist|cdk\.out)(?:\/|$)/.test(path.slice(ROOT.length));
}

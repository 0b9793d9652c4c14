/** Synthesises the stack as app.ts does, into a folder of its own, with a stand-in for the built agent. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, type IPolicyValidationPlugin, Validations } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll } from "vitest";
import { readSettings } from "../settings.ts";
import { AgentClawStack } from "../stack/agent-claw-stack.ts";

export type Synthesised = {
  readonly folder: string;
  readonly template: Template;
  /** As it is deployed, word for word. */
  readonly text: string;
};

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "agent-claw-infra-"));
  folders.push(folder);
  return folder;
}

/** A folder that has what makes an agent. Not agent-container/dist: that is built anew while tests run. */
export function agentFolder(code = "// the agent\n"): string {
  const folder = join(newFolder(), "agent");
  mkdirSync(folder);
  writeFileSync(join(folder, "server.js"), code);
  return folder;
}

export function synthesise(
  context: Readonly<Record<string, unknown>> = {},
  ...plugins: readonly IPolicyValidationPlugin[]
): Synthesised {
  const folder = newFolder();
  const app = new App({ analyticsReporting: false, outdir: folder });
  Validations.of(app).addPlugins(...plugins);
  const read = readSettings((name) => ({ agentFolder: agentFolder(), ...context })[name]);
  if (!read.ok) throw new Error(read.problems.join("\n"));
  const stack = new AgentClawStack(app, read.settings);
  app.synth();
  const text = readFileSync(join(folder, `${read.settings.name}.template.json`), "utf8");
  return { folder, text, template: Template.fromStack(stack) };
}

/** `claw doctor`: looks at everything that has to be right, and says of each thing what it is or what to do. No secrets. */
import { totalmem } from "node:os";
import { resolve } from "node:path";
import { readRunFile } from "../../local/run-file.ts";
import { readSettings } from "../../local/settings.ts";
import { loadVariables } from "../../local/variables.ts";
import { findAddress } from "../address.ts";
import { describeAccess } from "../doctor/access.ts";
import { examineAssistant } from "../doctor/assistant.ts";
import type { Finding } from "../doctor/finding.ts";
import { examineNode, examinePort, examineStateDir } from "../doctor/machine.ts";
import { differences, examineSettings, planned } from "../doctor/settings.ts";
import { EXIT } from "../exit-code.ts";
import { table } from "../table.ts";
import type { Verb, VerbOptions } from "./verb.ts";

export const doctorVerb: Verb = {
  name: "doctor",
  summary: "checks this machine, the settings and the running assistant",
  async run(options) {
    const isHere = options.url === undefined && options.deployed === undefined;
    const findings = isHere ? await examineHere(options) : await examineThere(options);
    const lines = options.json
      ? [JSON.stringify({ findings })]
      : table(findings.map(({ state, what, detail }) => [state, what, detail]));
    for (const line of lines) console.log(line);
    return findings.some(({ state }) => state === "wrong") ? EXIT.failed : EXIT.done;
  },
};

/** This machine and its assistant: what runs is told as it runs, what the settings would change is noted. */
async function examineHere(options: VerbOptions): Promise<readonly Finding[]> {
  const root = resolve(import.meta.dirname, "../..");
  const variables = loadVariables(root);
  const read = readSettings(variables, { root, memoryBytes: totalmem() });
  const { stateDir, port } = read.settings;
  const settings = await examineSettings(root, variables, read);
  const machine = [examineNode(process.versions.node), examineStateDir(stateDir), ...settings];
  const address = findAddress(options);
  if (!address.ok) {
    const missing: Finding = { what: "assistant", state: "wrong", detail: address.error };
    // What settings would do is no question while npm start refuses them.
    const isRefused = settings.some(({ state }) => state === "wrong");
    return [...machine, ...(isRefused ? [] : [...planned(variables), await examinePort(port)]), missing];
  }
  const problem = readRunFile(stateDir)?.telegramProblem ?? null;
  const { findings, status, access } = await examineAssistant(address.value, problem);
  const next = status ? differences(variables, status, access.configuration) : [];
  return [...machine, ...findings, ...describeAccess(access, variables), ...next];
}

async function examineThere(options: VerbOptions): Promise<readonly Finding[]> {
  const address = findAddress(options);
  if (!address.ok) return [{ what: "assistant", state: "wrong", detail: address.error }];
  const { findings, access } = await examineAssistant(address.value, null);
  // A deployment's variables are not those of this shell.
  return [...findings, ...describeAccess(access, {})];
}

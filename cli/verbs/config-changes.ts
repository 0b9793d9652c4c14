/** The verbs of `claw config` that make a new version: set, unset, replace, rollback. */
import { type Command, InvalidArgumentError } from "commander";
import { describeChange, readValue } from "../config-lines.ts";
import { readDocument } from "../document-file.ts";
import { EXIT } from "../exit-code.ts";
import { carryOut, complainOf } from "./ask.ts";
import { complain, type Verb, type VerbOptions } from "./verb.ts";

type ChangeOptions = VerbOptions & { readonly ifVersion?: string };

const PATH = "/admin/api/config";

const set: Verb<ChangeOptions> = {
  name: "set",
  summary: "sets one or several settings, all of them or none",
  declare: (command) =>
    withVersion(command).argument(
      "<path value...>",
      `such as access.dmPolicy allowlist, or access.allowFrom '["telegram:42"]': JSON if it is that, else a text`,
    ),
  run(options, words) {
    const pairs = pairsOf(words);
    if (pairs === null) return Promise.resolve(complain("config set", EXIT.unusable, PAIRS));
    const body = { values: Object.fromEntries(pairs), unset: [], ...ifVersion(options) };
    return carryOut("config set", { path: PATH, change: { method: "PATCH", body } }, options, describeChange);
  },
};

const unset: Verb<ChangeOptions> = {
  name: "unset",
  summary: "goes back to the default of one or several settings",
  declare: (command) => withVersion(command).argument("<path...>", "such as access.dmPolicy"),
  run(options, paths) {
    const body = { values: {}, unset: paths, ...ifVersion(options) };
    return carryOut("config unset", { path: PATH, change: { method: "PATCH", body } }, options, describeChange);
  },
};

const replace: Verb<ChangeOptions> = {
  name: "replace",
  summary: "sets what a document says, and unsets all else",
  declare: (command) => withVersion(command).argument("<file>", "a JSON file; - for standard input"),
  async run(options, [file = ""]) {
    const document = await readDocument(file);
    if (!document.ok) return complainOf("config replace", document.error);
    const body = { document: document.value, ...ifVersion(options) };
    return await carryOut("config replace", { path: PATH, change: { method: "PUT", body } }, options, describeChange);
  },
};

const rollback: Verb<ChangeOptions> = {
  name: "rollback",
  summary: "makes a new version that says what an earlier one did",
  declare: (command) =>
    withVersion(command).argument("<version>", "one of config history; 0: nothing set", readVersion),
  run(options, [version = ""]) {
    const body = { to: Number(version), ...ifVersion(options) };
    const asked = { path: `${PATH}/rollback`, change: { method: "POST", body } } as const;
    return carryOut("config rollback", asked, options, describeChange);
  },
};

export const configChangeVerbs: readonly Verb[] = [set, unset, replace, rollback];

const PAIRS =
  "say each path once, with its value after it: config set access.dmPolicy allowlist timezone Europe/Berlin";

/** Paths with what was typed for each; null: one has no value, or is there twice. Pure. */
function pairsOf(words: readonly string[]): readonly (readonly [string, unknown])[] | null {
  const pairs = words.flatMap((path, at) => (at % 2 === 0 ? [[path, words[at + 1]] as const] : []));
  const isTwice = new Set(pairs.map(([path]) => path)).size < pairs.length;
  if (isTwice) return null;
  const values: (readonly [string, unknown])[] = [];
  for (const [path, typed] of pairs) {
    if (typed === undefined) return null;
    values.push([path, readValue(typed)]);
  }
  return values;
}

function withVersion(command: Command): Command {
  return command.option("--if-version <n>", "only if this is still the newest version", readVersion);
}

function ifVersion({ ifVersion: version }: ChangeOptions): { readonly ifVersion?: number } {
  return version === undefined ? {} : { ifVersion: Number(version) };
}

/** Returns `text`. Throws what commander turns into a wrong usage if it is no number of a version. */
export function readVersion(text: string): string {
  if (/^\d{1,9}$/.test(text)) return text;
  throw new InvalidArgumentError("Versions are numbers; npm run claw -- config history lists them");
}

/** `claw config`: the configuration of the agent, its versions, and changing it (`config-changes.ts`). */
import * as v from "valibot";
import { configurationAnswer } from "../access-answers.ts";
import { findAddress } from "../address.ts";
import { askAdmin } from "../admin-api.ts";
import { NEVER_SET, settingsAt, settingsOf, showDifferences, showSettings, showVersions } from "../config-lines.ts";
import { readDocument } from "../document-file.ts";
import { EXIT } from "../exit-code.ts";
import { showProblem } from "../refusal.ts";
import { describe } from "../table.ts";
import { askAndPrint, carryOut, complainOf, print, type Shown } from "./ask.ts";
import { configChangeVerbs, readVersion } from "./config-changes.ts";
import { complain, type Verb, type VerbGroup, type VerbOptions } from "./verb.ts";

type GetOptions = VerbOptions & { readonly document?: true };

const PATH = "/admin/api/config";

const get: Verb<GetOptions> = {
  name: "get",
  isDefault: true,
  summary: "all settings, or those at a path: what counts, and where it comes from",
  declare: (command) =>
    command
      .argument("[path]", "such as access or access.dmPolicy")
      .option("--document", "only what was set, as a document for config replace"),
  run: (options, [path]) =>
    askAndPrint("config get", [PATH], options, ([answer]) =>
      options.document ? showDocument(answer) : showConfiguration(answer, path),
    ),
};

const validate: Verb = {
  name: "validate",
  summary: "whether a document could be the configuration; changes nothing",
  declare: (command) => command.argument("<file>", "a JSON file; - for standard input"),
  async run(options, [file = ""]) {
    const document = await readDocument(file);
    if (!document.ok) return complainOf("config validate", document.error);
    const address = findAddress(options);
    if (!address.ok) return complain("config validate", EXIT.unusable, address.error);
    const body = { document: document.value };
    const answer = await askAdmin(address.value, `${PATH}/validate`, { method: "POST", body });
    if (!answer.ok) return complainOf("config validate", answer.error);
    return print("config validate", options, showProblems(answer.value));
  },
};

const diff: Verb = {
  name: "diff",
  summary: "what changed between two versions",
  declare: (command) =>
    command
      .argument("[from]", "a version (default: the one before the newest; 0: nothing set)", readVersion)
      .argument("[to]", "a version (default: the newest)", readVersion),
  async run(options, [from, to]) {
    const address = findAddress(options);
    if (!address.ok) return complain("config diff", EXIT.unusable, address.error);
    const answer = await askAdmin(address.value, PATH);
    if (!answer.ok) return complainOf("config diff", answer.error);
    const parsed = v.safeParse(configurationAnswer, answer.value);
    if (!parsed.success) return complain("config diff", EXIT.failed, "the assistant is of another release");
    const newest = parsed.output.version;
    if (newest === 0) return print("config diff", options, { json: { differences: [] }, lines: [NEVER_SET] });
    const [older, newer] = [Number(from ?? newest - 1), Number(to ?? newest)];
    const path = `${PATH}/diff?from=${older}&to=${newer}`;
    return await carryOut("config diff", { path }, options, (differences) =>
      showDifferences(differences, older, newer),
    );
  },
};

const history: Verb = {
  name: "history",
  summary: "the versions that are kept, or the document of one of them",
  declare: (command) => command.argument("[version]", "show what was set in this one", readVersion),
  run: (options, [version]) =>
    version === undefined
      ? carryOut("config history", { path: `${PATH}/versions` }, options, showVersions)
      : askAndPrint("config history", [`${PATH}/versions/${version}`], options, ([answer]) => showDocument(answer)),
};

const schema: Verb = {
  name: "schema",
  summary: "the JSON Schema of the document, for editors",
  run: (options) =>
    carryOut("config schema", { path: `${PATH}/schema` }, options, (answer) => [JSON.stringify(answer, null, 2)]),
};

export const configVerbs: VerbGroup = {
  name: "config",
  summary: "its configuration (get): settings, changes, versions",
  verbs: [get, ...configChangeVerbs, validate, diff, history, schema],
};

/** What counts, all or at a path. What another release answers in its own form is shown as it is. Pure. */
function showConfiguration(answer: unknown, path: string | undefined): Shown {
  const parsed = v.safeParse(configurationAnswer, answer);
  if (!parsed.success) return { json: answer, lines: describe(answer) };
  const { version } = parsed.output;
  if (path === undefined) {
    return { json: answer, lines: [...showSettings(settingsOf(parsed.output)), "", versionText(version)] };
  }
  const settings = settingsAt(parsed.output, path);
  const json = { version, settings };
  if (settings.length === 0) return { json, lines: [], missing: `nothing is set at ${path}; ${WHAT_THERE_IS}` };
  return { json, lines: showSettings(settings) };
}

const WHAT_THERE_IS =
  "npm run claw -- config get lists all settings, npm run claw -- config schema says what may be set";

function versionText(version: number): string {
  return version === 0
    ? NEVER_SET
    : `This is version ${version}; npm run claw -- config history lists the earlier ones.`;
}

const withDocument = v.object({ document: v.unknown() });

function showDocument(answer: unknown): Shown {
  const parsed = v.safeParse(withDocument, answer);
  if (!parsed.success) return { json: answer, lines: describe(answer) };
  const { document } = parsed.output;
  return { json: document, lines: JSON.stringify(document, null, 2).split("\n") };
}

const problemsAnswer = v.object({ problems: v.array(v.object({ path: v.string(), problem: v.string() })) });

/** Every problem of a document, a line each. Pure. */
function showProblems(answer: unknown): Shown {
  const parsed = v.safeParse(problemsAnswer, answer);
  if (!parsed.success) return { json: answer, lines: describe(answer) };
  const { problems } = parsed.output;
  if (problems.length === 0) return { json: answer, lines: ["It could be the configuration."] };
  return { json: answer, lines: problems.map(showProblem), missing: "it cannot be the configuration" };
}

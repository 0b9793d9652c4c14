/** `claw transcript`: what was said in a conversation as a file, and a conversation that goes on from such a file. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import * as v from "valibot";
import { errorText } from "../../local/log.ts";
import { TRANSCRIPT_BOUNDS } from "../../protocol/bounds.ts";
import { err, ok, type Result } from "../../protocol/result.ts";
import { transcriptLines } from "../../protocol/transcript.ts";
import { type Address, findAddress } from "../address.ts";
import { askAdmin, type AskFailure } from "../admin-api.ts";
import { EXIT } from "../exit-code.ts";
import { describe } from "../table.ts";
import { carryOut, complainOf } from "./ask.ts";
import { readConversation, transcriptPath } from "./conversation-argument.ts";
import { complain, type Verb, type VerbGroup, type VerbOptions } from "./verb.ts";

type ExportOptions = VerbOptions & { readonly epoch?: number; readonly out?: string };

/** An agent that is not there yet is started, and a long transcript is written in many steps. */
const EXPORT_MAX_MS = 30_000;
const IMPORT_MAX_MS = 120_000;

const page = v.object({ epoch: v.number(), lines: v.array(v.string()), next: v.nullable(v.number()) });

const exporting: Verb<ExportOptions> = {
  name: "export",
  summary: "writes what was said as JSON lines: a header, then one entry a line",
  declare: (command: Command) =>
    command
      .argument("<conversation>", "one of npm run claw -- conversations", readConversation)
      .option("--epoch <n>", "an earlier one, counted from 0 (default: the one that goes on)", readEpoch)
      .option("--out <file>", "instead of standard output"),
  async run(options, [conversation = ""]) {
    const address = findAddress(options);
    if (!address.ok) return complain("transcript export", EXIT.unusable, address.error);
    const lines = await readAll(address.value, conversation, options.epoch);
    if (!lines.ok) return complainOf("transcript export", lines.error);
    const text = lines.value.map((line) => `${line}\n`).join("");
    if (options.out === undefined) {
      process.stdout.write(text);
      return EXIT.done;
    }
    try {
      // What was said is nobody else's business.
      writeFileSync(pathOf(options.out), text, { mode: 0o600 });
    } catch (error) {
      return complain("transcript export", EXIT.failed, `${options.out} cannot be written: ${errorText(error)}`);
    }
    console.error(`${lines.value.length - 1} entries are in ${options.out}`);
    return EXIT.done;
  },
};

const importing: Verb = {
  name: "import",
  summary: "begins a conversation anew with what is in such a file; what was said before stays in its epoch",
  declare: (command: Command) =>
    command
      .argument("<conversation>", "one of npm run claw -- conversations", readConversation)
      .argument("<file>", "as transcript export writes it"),
  run(options, [conversation = "", file = ""]) {
    const lines = readLines(file);
    if (!lines.ok) return Promise.resolve(complainOf("transcript import", lines.error));
    const change = { method: "POST", body: { lines: lines.value }, timeoutMs: IMPORT_MAX_MS } as const;
    return carryOut("transcript import", { path: transcriptPath(conversation), change }, options, describeImport);
  },
};

export const transcriptVerbs: VerbGroup = {
  name: "transcript",
  summary: "what was said in a conversation: writing it to a file, going on from one",
  verbs: [exporting, importing],
};

async function readAll(
  address: Address,
  conversation: string,
  epoch: number | undefined,
): Promise<Result<readonly string[], AskFailure>> {
  const lines: string[] = [];
  let wanted = epoch;
  for (let from: number | null = 0; from !== null;) {
    const query = new URLSearchParams({ from: String(from), ...(wanted !== undefined && { epoch: String(wanted) }) });
    const answer = await askAdmin(address, `${transcriptPath(conversation)}?${query.toString()}`, {
      timeoutMs: EXPORT_MAX_MS,
    });
    if (!answer.ok) return answer;
    const parsed = v.safeParse(page, answer.value);
    if (!parsed.success) return err({ exit: EXIT.failed, message: "the assistant answered something else" });
    lines.push(...parsed.output.lines);
    // All pages are of the same one, also if the conversation begins anew meanwhile.
    wanted = parsed.output.epoch;
    from = parsed.output.next;
  }
  return ok(lines);
}

function readLines(file: string): Result<readonly string[], AskFailure> {
  try {
    const content = readFileSync(pathOf(file));
    if (content.byteLength > TRANSCRIPT_BOUNDS.importMaxBytes) {
      return err({ exit: EXIT.failed, message: `${file} is larger than ${TRANSCRIPT_BOUNDS.importMaxBytes} bytes` });
    }
    return ok(transcriptLines(content.toString()));
  } catch (error) {
    return err({ exit: EXIT.unusable, message: `${file} cannot be read: ${errorText(error)}` });
  }
}

const imported = v.object({ epoch: v.number(), entries: v.number() });

/** What goes on from here. Pure. */
function describeImport(answer: unknown): readonly string[] {
  const parsed = v.safeParse(imported, answer);
  if (!parsed.success) return describe(answer);
  const { epoch, entries } = parsed.output;
  return [`the conversation goes on from ${entries} entries; it is in epoch ${epoch} now`];
}

/** npm runs in this folder, but a name is meant where it was typed. */
function pathOf(file: string): string {
  return resolve(process.env["INIT_CWD"] ?? process.cwd(), file);
}

function readEpoch(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Epochs are numbered from 0; npm run claw -- conversations shows the newest.");
}

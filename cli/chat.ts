/** `npm run chat -- "text"`: sends one message through the whole path and prints the answer. */
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { text as readAll } from "node:stream/consumers";
import { Command, InvalidArgumentError } from "commander";
import * as v from "valibot";
import { assertNever } from "../protocol/assert.ts";
import { INBOUND_BOUNDS } from "../protocol/bounds.ts";
import { type Address, findAddress } from "./address.ts";
import { askAdmin } from "./admin-api.ts";
import { assistantStatus, deadLettersText } from "./assistant-status.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { printable } from "../local/terminal-text.ts";
import { noteHeard, noteLeft, readHeard, readLeft } from "./heard.ts";
import { listen } from "./listen.ts";
import { createGrowingText } from "./growing-text.ts";
import { ask, type Outcome } from "./web-client.ts";

type Options = {
  readonly json?: true;
  readonly listen?: true;
  readonly timeout: number;
  readonly url?: string;
  readonly token?: string;
  readonly deployed?: string | true;
};

/** What this run has heard and told so far. */
type Told = {
  /** The highest number of an answer or notice; null: none yet. */
  lastSeq: number | null;
  /** Shows what the assistant says by itself. */
  show: (notice: string) => void;
  /** The number of dead letters that was told last. */
  deadLetters: number;
};

/** How long an answer is waited for unless `--timeout` says otherwise. */
const TIMEOUT_DEFAULT_S = 300;

const LISTENS_ALONE = "--listen only shows what the assistant says by itself: leave the text and --json away";
const PARKED =
  "the budget is used up: the message is kept and answered later (--listen shows the answer); /budget allow 1 allows a dollar more";

const program = new Command("chat")
  .description(
    "Talks to the assistant that npm start runs. Without a text: a conversation, or what comes through a pipe.",
  )
  .argument("[text...]", "the message")
  .option("--json", "print the answer as one JSON line")
  .option("--listen", "show what the assistant says by itself, such as reminders, until Ctrl-C")
  .option("--timeout <seconds>", "how long to wait for the answer", readSeconds, TIMEOUT_DEFAULT_S)
  .option("--url <url>", "a deployment instead of the local assistant")
  .option("--token <token>", "its admin token (default: ADMIN_TOKEN)")
  .option("--deployed [name]", "what npm run deploy has deployed from here; comes last")
  .addHelpText("after", "\nAll that comes through a pipe is one message: git diff | npm run -s chat")
  .addHelpText("after", "\nExit codes: 0 answered, 1 not answered, 2 wrong usage or no assistant there")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.done : EXIT.unusable))
  .action(async (words: readonly string[], options: Options) => {
    process.exitCode = await chat(words.join(" ").trim(), options);
  });

await program.parseAsync();
// A socket that is still being closed keeps nobody waiting.
process.exit();

async function chat(words: string, options: Options): Promise<ExitCode> {
  const address = findAddress(options);
  if (!address.ok) return complain(EXIT.unusable, address.error);
  if (options.listen && (words !== "" || options.json)) return complain(EXIT.unusable, LISTENS_ALONE);
  if (options.listen) return await listenOnly(address.value);
  if (words === "" && process.stdin.isTTY) return await converse(address.value, options);
  const text = words === "" ? (await readAll(process.stdin)).trim() : words;
  if (text === "") return complain(EXIT.unusable, 'say something: npm run chat -- "hello"');
  return await sayOnce(address.value, text, options, whileAway(address.value));
}

/** Shows what is said by itself, from what this machine has not heard yet on. */
async function listenOnly(address: Address): Promise<ExitCode> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  let wasAway = false;
  console.error(`chat: listening to the assistant at ${address.url}; Ctrl-C leaves`);
  await listen(
    {
      ...address,
      afterSeq: readHeard(address.stateDir),
      isLate: isLateAt(address),
      onNotice: (notice, seq) => {
        console.log(printable(notice));
        noteHeard(address.stateDir, seq);
      },
      onLine: (isOnline) => {
        if (!isOnline) console.error("chat: the assistant is away; waiting for it");
        else if (wasAway) console.error("chat: the assistant is back");
        wasAway = !isOnline;
      },
    },
    stop.signal,
  );
  return EXIT.done;
}

/** Asks line after line until the input ends. The exit code is that of the last answer. */
async function converse(address: Address, options: Options): Promise<ExitCode> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: "> " });
  let isOpen = true;
  terminal.once("close", () => (isOpen = false));
  // Ctrl-C leaves at once, also while an answer is growing.
  terminal.once("SIGINT", () => process.exit(EXIT.done));
  let last: ExitCode = EXIT.done;
  const told: Told = {
    ...whileAway(address),
    show: (notice) => {
      // The line that is being typed is drawn anew below, over as many rows as it has.
      console.log(`\n${printable(notice)}\n${"\n".repeat(terminal.getCursorPos().rows)}`);
      if (isOpen) terminal.prompt(true);
    },
  };
  console.log(`You talk to the assistant at ${address.url}. /help says what it understands; Ctrl-D leaves.`);
  await tellDeadLetters(address, told);
  const stop = new AbortController();
  const notice = (text: string, seq: number) => tell(address, told, text, seq);
  void listen(
    { ...address, afterSeq: told.lastSeq, onNotice: notice, isLate: isLateAt(address), onLine: () => {} },
    stop.signal,
  );
  terminal.prompt();
  for await (const line of terminal) {
    if (line.trim() !== "") last = await sayLine(line.trim(), options, told);
    if (isOpen) terminal.prompt();
  }
  stop.abort();
  console.log();
  return last;
}

/** Looks for the assistant anew: it may have been stopped, or started again elsewhere, since the line before. */
async function sayLine(line: string, options: Options, told: Told): Promise<ExitCode> {
  const address = findAddress(options);
  return address.ok ? await sayOnce(address.value, line, options, told) : complain(EXIT.unusable, address.error);
}

async function sayOnce(address: Address, text: string, options: Options, told: Told): Promise<ExitCode> {
  if (text.length > INBOUND_BOUNDS.textMax) {
    return complain(EXIT.unusable, `a message has at most ${INBOUND_BOUNDS.textMax} characters`);
  }
  const live = process.stdout.isTTY && !options.json;
  const growing = createGrowingText((more) => void process.stdout.write(more));
  const id = `cli-${randomUUID()}`;
  const outcome = await ask({
    ...address,
    id,
    text,
    timeoutMs: options.timeout * 1_000,
    ...(told.lastSeq !== null && { afterSeq: told.lastSeq }),
    onDelta: live ? growing.grow : () => {},
    onNotice: (notice, seq) => tell(address, told, notice, seq),
    isLate: isLateAt(address),
  });
  if (outcome.kind !== "answered") {
    if (isAnsweredLater(outcome)) noteLeft(address.stateDir, id);
    return await explain(address, outcome, options);
  }
  const { seq, text: answer, failed } = outcome;
  if (options.json) console.log(JSON.stringify({ id, seq, text: answer, failed }));
  else if (live) growing.finish(answer);
  else console.log(printable(answer));
  told.lastSeq = Math.max(told.lastSeq ?? 0, seq);
  noteHeard(address.stateDir, seq);
  await tellDeadLetters(address, told);
  return failed ? EXIT.failed : EXIT.done;
}

/** One line about answers that reached nobody, when there are more than were told of: else only a notice says so. */
async function tellDeadLetters(address: Address, told: Told): Promise<void> {
  const asked = await askAdmin(address, "/admin/api/status");
  const status = v.safeParse(assistantStatus, asked.ok ? asked.value : null);
  const count = status.success ? (status.output.deadLetters ?? 0) : told.deadLetters;
  if (count > told.deadLetters) console.error(`chat: ${deadLettersText(count)}`);
  told.deadLetters = count;
}

/** What the assistant said by itself comes first; not where an answer is read by a program. */
function whileAway({ stateDir }: Address): Told {
  const show = (notice: string) => console.error(`chat: meanwhile: ${printable(notice)}`);
  return { lastSeq: readHeard(stateDir), show, deadLetters: 0 };
}

/** Whether a message stays with the assistant though nobody waits for it any more. */
function isAnsweredLater(outcome: Outcome): boolean {
  return outcome.kind === "timeout" || (outcome.kind === "refused" && outcome.code === "parked");
}

/** Answers that come when the chat that asked has left. */
function isLateAt({ stateDir }: Address): (ids: readonly string[]) => boolean {
  return (ids) => {
    const left = readLeft(stateDir);
    return ids.some((id) => left.includes(id));
  };
}

/** Shows a notice, once: it can come over more than one socket. */
function tell({ stateDir }: Address, told: Told, notice: string, seq: number): void {
  if (told.lastSeq !== null && seq <= told.lastSeq) return;
  told.lastSeq = seq;
  noteHeard(stateDir, seq);
  told.show(notice);
}

/** One line that says what went wrong and what to do next. */
async function explain(
  address: Address,
  outcome: Exclude<Outcome, { readonly kind: "answered" }>,
  options: Options,
): Promise<ExitCode> {
  switch (outcome.kind) {
    case "refused":
      if (outcome.code === "stopped") return complain(EXIT.failed, "the message was stopped, and nothing answers it");
      if (outcome.code === "parked") return complain(EXIT.failed, PARKED);
      return complain(EXIT.failed, `the assistant refused it: ${outcome.message} (${outcome.code})`);
    case "timeout":
      return complain(
        EXIT.failed,
        `no answer within ${options.timeout} s; it may still come (--listen shows it): npm run claw -- status`,
      );
    case "unreachable": {
      // A socket that is refused does not tell why; a plain request does.
      const asked = await askAdmin(address, "/admin/api/status");
      if (asked.ok) return complain(EXIT.failed, "the web socket cannot be opened; see the log of npm start");
      return complain(asked.error.exit, asked.error.message);
    }
    default:
      return assertNever(outcome);
  }
}

function complain(exit: ExitCode, message: string): ExitCode {
  console.error(`chat: ${message}`);
  return exit;
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86_400))
    throw new InvalidArgumentError("It must be a number of seconds up to 86400.");
  return seconds;
}

/** `claw pair`: who waits to be let in, and letting them in or not. */
import { InvalidArgumentError } from "commander";
import * as v from "valibot";
import { CODE_LENGTH, readCode } from "../../protocol/pairing.ts";
import { configurationAnswer, type OpenPairingAnswer, pairingsAnswer } from "../access-answers.ts";
import { strangersText, whoText } from "../access-words.ts";
import { describe, table } from "../table.ts";
import { countText } from "../telegram-state.ts";
import { askAndPrint, carryOut, type Shown } from "./ask.ts";
import type { Verb, VerbGroup } from "./verb.ts";

const PATH = "/admin/api/pairings";

const list: Verb = {
  name: "list",
  isDefault: true,
  summary: "who waits to be let in",
  run: (options) =>
    askAndPrint("pair list", [PATH], options, (answers) => showPairings(answers, Date.now()), ["/admin/api/config"]),
};

const approve: Verb = {
  name: "approve",
  summary: "lets in who got this code; whoever is let in first is the owner, unless access.allowFrom names one",
  declare: (command) => command.argument("<code>", "as the bot told them", readCodeArgument),
  run: (options, [code = ""]) =>
    carryOut("pair approve", { path: `${PATH}/approve`, change: sendCode(code) }, options, describeApproval),
};

const dismiss: Verb = {
  name: "dismiss",
  summary: "throws a code away; who got it is told nothing",
  declare: (command) => command.argument("<code>", "as the bot told them", readCodeArgument),
  run: (options, [code = ""]) =>
    carryOut("pair dismiss", { path: `${PATH}/dismiss`, change: sendCode(code) }, options, describeDismissal),
};

export const pairVerbs: VerbGroup = {
  name: "pair",
  summary: "who waits to be let in (list), and letting them in",
  verbs: [list, approve, dismiss],
};

function sendCode(code: string) {
  return { method: "POST", body: { code: readCode(code) ?? code } } as const;
}

/** Returns `text`. Throws what commander turns into a wrong usage if it cannot be a code: such a try need not count. */
function readCodeArgument(text: string): string {
  if (readCode(text) !== null) return text;
  const without = "without 0, O, 1 and I";
  throw new InvalidArgumentError(
    `A code has ${CODE_LENGTH} letters and digits, ${without}; npm run claw -- pair lists the open ones`,
  );
}

/** One line for everybody who waits, or what happens when somebody writes. Pure. */
export function showPairings([answer, configuration]: readonly unknown[], now: number): Shown {
  const parsed = v.safeParse(pairingsAnswer, answer);
  if (!parsed.success) return { json: answer, lines: describe(answer) };
  const { pairings } = parsed.output;
  const lines = pairings.length === 0 ? sayNobodyWaits(configuration) : listWaiting(pairings, now);
  return { json: answer, lines };
}

function listWaiting(pairings: readonly OpenPairingAnswer[], now: number): readonly string[] {
  const rows = pairings.map(({ code, name, peer, expiresAt }) => [code, name, peer, leftText(expiresAt - now)]);
  return [
    ...table([["code", "name", "peer", "good for"], ...rows]),
    "",
    "To let one in: npm run claw -- pair approve <code>",
  ];
}

function leftText(ms: number): string {
  return ms < 60_000 ? "less than a minute" : countText(Math.floor(ms / 60_000), "minute");
}

function sayNobodyWaits(configuration: unknown): readonly string[] {
  const parsed = v.safeParse(configurationAnswer, configuration);
  return ["Nobody waits.", ...(parsed.success ? strangersText(parsed.output.effective.access) : [])];
}

const approved = v.object({
  peer: v.string(),
  name: v.string(),
  personId: v.string(),
  role: v.picklist(["owner", "person"]),
});

/** Who is let in, and as what. Pure. */
function describeApproval(answer: unknown): readonly string[] {
  const parsed = v.safeParse(approved, answer);
  if (!parsed.success) return describe(answer);
  const { name, peer, personId, role } = parsed.output;
  const who = whoText(name, [peer]);
  if (role === "owner")
    return [`${who} is let in, and is the owner.`, "They are told so, and their next message is answered."];
  return [`${who} is let in, as ${personId}.`, "They are told so, and their next message is answered."];
}

const dismissed = v.object({ peer: v.string(), name: v.string() });

/** Whose code is thrown away. Pure. */
function describeDismissal(answer: unknown): readonly string[] {
  const parsed = v.safeParse(dismissed, answer);
  if (!parsed.success) return describe(answer);
  return [`The code of ${whoText(parsed.output.name, [parsed.output.peer])} lets nobody in any more.`];
}

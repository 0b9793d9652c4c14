/** `claw people`: who may speak, no longer letting somebody speak, and forgetting what they said. */
import type { Command } from "commander";
import * as v from "valibot";
import { printableLine } from "../../local/terminal-text.ts";
import { peopleAnswer, type PersonAnswer } from "../access-answers.ts";
import { whoText } from "../access-words.ts";
import { findAddress } from "../address.ts";
import { askAdmin } from "../admin-api.ts";
import { isConfirmed } from "../confirmation.ts";
import { EXIT } from "../exit-code.ts";
import { describeReceipt } from "../forget-receipt.ts";
import { describe, localTime, table } from "../table.ts";
import { askAndPrint, carryOut, type Shown } from "./ask.ts";
import { complain, type Verb, type VerbGroup, type VerbOptions } from "./verb.ts";

type ForgetOptions = VerbOptions & { readonly yes?: true };

const PATH = "/admin/api/people";
/** A person's direct chats, files and their older versions go one by one. */
const FORGET_MAX_MS = 120_000;

const list: Verb = {
  name: "list",
  isDefault: true,
  summary: "who may speak in direct chats, and why",
  run: (options) => askAndPrint("people list", [PATH], options, showPeople),
};

const remove: Verb = {
  name: "remove",
  summary: "does not listen to somebody any more; what they said stays",
  declare: declareId,
  run: (options, [id = ""]) =>
    carryOut("people remove", { path: personPath(id), change: { method: "DELETE" } }, options, describeRemoval),
};

const forget: Verb<ForgetOptions> = {
  name: "forget",
  summary: "removes somebody and all that they said, their files and what is remembered of them",
  declare: (command) => declareId(command).option("--yes", "without asking; needed where there is no terminal"),
  async run(options, [id = ""]) {
    if (!options.yes) {
      if (!process.stdin.isTTY)
        return complain("people forget", EXIT.unusable, "it cannot be undone; if you mean it: --yes");
      const warning = await readWarning(id, options);
      // Standard output is for the receipt, which may go elsewhere.
      const isSure = await isConfirmed(warning, id, { input: process.stdin, output: process.stderr });
      if (!isSure) return complain("people forget", EXIT.failed, "nothing was forgotten");
    }
    const change = { method: "POST", timeoutMs: FORGET_MAX_MS } as const;
    return await carryOut("people forget", { path: `${personPath(id)}/forget`, change }, options, describeReceipt);
  },
};

export const peopleVerbs: VerbGroup = {
  name: "people",
  summary: "who may speak (list), removing and forgetting somebody",
  verbs: [list, remove, forget],
};

function declareId(command: Command): Command {
  return command.argument("<id>", "one of npm run claw -- people");
}

function personPath(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

async function readWarning(id: string, options: VerbOptions): Promise<string> {
  const address = findAddress(options);
  const asked = address.ok ? await askAdmin(address.value, PATH) : null;
  const parsed = v.safeParse(peopleAnswer, asked?.ok ? asked.value : null);
  const person = parsed.success ? parsed.output.people.find(({ personId }) => personId === id) : undefined;
  return forgetWarning(id, person);
}

/** What to read before typing the id. Pure. */
export function forgetWarning(id: string, person: PersonAnswer | undefined): string {
  const who = person
    ? whoText(
        person.name,
        person.peers.map(({ peer }) => peer),
      )
    : printableLine(id);
  return [
    `All that ${who} wrote to the assistant in direct chats will be gone,`,
    "and so will the answers, the files and what it remembers of them. This cannot be undone.",
  ].join("\n");
}

const WHY = { listed: "access.allowFrom", paired: "paired", linked: "linked" } as const;

/** One line a channel of a person. Pure. */
function showPeople([answer]: readonly unknown[]): Shown {
  const parsed = v.safeParse(peopleAnswer, answer);
  if (!parsed.success) return { json: answer, lines: describe(answer) };
  const { people } = parsed.output;
  if (people.length === 0)
    return { json: answer, lines: ["Nobody yet; npm run claw -- pair says how somebody is let in."] };
  const rows = people.flatMap(({ personId, name, role, peers }) =>
    peers.map(({ peer, how, at }) => [personId, name, role, peer, WHY[how], at === null ? "-" : localTime(at)]),
  );
  return { json: answer, lines: table([["id", "name", "role", "peer", "let in by", "since"], ...rows]) };
}

const removed = v.object({ personId: v.string(), peers: v.array(v.string()) });

/** Who is not heard any more. Pure. */
function describeRemoval(answer: unknown): readonly string[] {
  const parsed = v.safeParse(removed, answer);
  if (!parsed.success) return describe(answer);
  const { personId, peers } = parsed.output;
  return [
    printableLine(
      `${personId} is removed: ${peers.join(", ")} ${peers.length === 1 ? "is" : "are"} not listened to any more in direct chats.`,
    ),
    "What they said and their files stay. In groups that are let in they are still heard, unless access.groups says who is.",
  ];
}

/** `claw replay`: sends a dead part again, or gives a message that failed another turn. */
import { InvalidArgumentError } from "commander";
import * as v from "valibot";
import { isInboundId } from "../../protocol/ids.ts";
import { describe } from "../table.ts";
import { carryOut } from "./ask.ts";
import { readSession } from "./session-argument.ts";
import type { Verb } from "./verb.ts";

const replayed = v.object({ kind: v.literal("replayed"), parts: v.array(v.number()) });

export const replayVerb: Verb = {
  name: "replay",
  summary: "takes up again what was given up: a message, or one part of an answer",
  declare: (command) =>
    command
      .argument("<session>", "as npm run claw -- ledger --dead shows it", readSession)
      .argument("<what>", "the id of a message, or the number of a part", readTarget),
  run: (options, [session = "", what = ""]) => {
    const path = `/admin/api/sessions/${encodeURIComponent(session)}/replay`;
    return carryOut("replay", { path, change: { method: "POST", body: replayTarget(what) } }, options, describeReplay);
  },
};

/** Ids of messages name their channel, so digits alone are the number of a part. Pure. */
export function replayTarget(what: string): { readonly part: number } | { readonly message: string } {
  return /^\d+$/.test(what) ? { part: Number(what) } : { message: what };
}

/** Returns `text`. Throws what commander turns into a wrong usage if it can be neither. */
function readTarget(text: string): string {
  const target = replayTarget(text);
  if ("message" in target && !isInboundId(target.message)) {
    throw new InvalidArgumentError("A message has an id such as telegram:77:1; npm run claw -- ledger lists them");
  }
  if ("part" in target && !(Number.isSafeInteger(target.part) && target.part >= 1)) {
    throw new InvalidArgumentError("Parts are numbered from 1; npm run claw -- ledger lists them");
  }
  return text;
}

/** What happens now. Pure. */
export function describeReplay(answer: unknown): readonly string[] {
  const parsed = v.safeParse(replayed, answer);
  if (!parsed.success) return describe(answer);
  const { parts } = parsed.output;
  if (parts.length === 0) return ["the message gets a new turn"];
  return [parts.length === 1 ? `part ${parts[0]} goes out again` : `parts ${parts.join(", ")} go out again`];
}

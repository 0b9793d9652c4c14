/**
 * The head of a transcript: the number of its next write, its totals, and the names of its newest commits. Every commit
 * replaces it and is refused unless it finds it as it was, so that two writers never both write.
 */
import type { SessionStats } from "@earendil-works/pi-agent-core";
import type { Usage } from "@earendil-works/pi-ai";
import { newerSchema } from "../newer-schema.ts";
import { TABLE_BOUNDS } from "./bounds.ts";
import { damagedTranscript } from "./damaged-transcript.ts";
import { type Item, type Key, type NewItem, numeral, optionalNumber, optionalText, readNumber, text } from "./item.ts";
import { ITEM_VERSION } from "./keys.ts";
import type { WriteOp } from "./table.ts";

/** A commit that is too large for one transaction: it counts, and its writes are still being carried out. */
export type Plan = { readonly name: string; readonly blobs: string };

export type TranscriptHead = {
  readonly createdAt: number;
  readonly nextSeq: number;
  readonly stats: SessionStats;
  /** How many items hold elements of lists. */
  readonly listItems: number;
  /** Names of the newest commits, the newest last. */
  readonly commits: readonly string[];
  readonly plan: Plan | null;
};

const NO_USAGE: Usage = {
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  totalTokens: 0,
  cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 },
};

/** The head of a transcript that nothing was written to. */
export function emptyHead(createdAt: number): TranscriptHead {
  const stats = { messageCount: 0, usage: NO_USAGE };
  return { createdAt, nextSeq: 1, stats, listItems: 0, commits: [], plan: null };
}

/** With the name of one more commit; the oldest is forgotten. */
export function withCommit(commits: readonly string[], name: string): readonly string[] {
  return [...commits, name].slice(-TABLE_BOUNDS.commitNamesMax);
}

/** Reads the item. Throws `storage_schema_newer` and `storage_damaged`. */
export function readHead(item: Item): TranscriptHead {
  assertVersion(item);
  const plan = optionalText(item, "unfinished");
  return {
    createdAt: readNumber(item, "created_at"),
    nextSeq: readNumber(item, "next_seq"),
    stats: {
      messageCount: readNumber(item, "messages"),
      usage: { ...NO_USAGE, ...parseJson(optionalText(item, "usage") ?? "{}") },
    },
    listItems: optionalNumber(item, "list_items") ?? 0,
    commits: optionalText(item, "commits")?.split(" ") ?? [],
    plan: plan === undefined ? null : { name: plan, blobs: optionalText(item, "unfinished_blobs") ?? "[]" },
  };
}

/** Throws `storage_schema_newer` for an item that a later release has written. */
export function assertVersion(item: Item): void {
  if ((optionalNumber(item, "v") ?? 0) > ITEM_VERSION) throw newerSchema("This conversation");
}

/** Makes the head of a transcript that there is none of yet. */
export function createHead(key: Key, head: TranscriptHead): WriteOp {
  return { kind: "put", key, item: itemOf(head), condition: { expression: "attribute_not_exists(pk)" } };
}

/** Puts the next head in the place of the one that ends at `nextSeq`; no commit may be unfinished there. */
export function replaceHead(key: Key, head: TranscriptHead, nextSeq: number): WriteOp {
  return {
    kind: "put",
    key,
    item: itemOf(head),
    condition: {
      expression: "next_seq = :next AND v = :v AND attribute_not_exists(unfinished)",
      values: { ":next": numeral(nextSeq), ":v": numeral(ITEM_VERSION) },
    },
  };
}

/** Lets a transaction through only while the plan is the one to be carried out. */
export function planCheck(key: Key, plan: Plan): WriteOp {
  return { kind: "check", key, condition: { expression: "unfinished = :plan", values: { ":plan": text(plan.name) } } };
}

/** Takes the plan, which is carried out, from the head. */
export function finishPlan(key: Key, plan: Plan): WriteOp {
  return {
    kind: "update",
    key,
    update: { expression: "REMOVE unfinished, unfinished_blobs" },
    condition: { expression: "unfinished = :plan", values: { ":plan": text(plan.name) } },
  };
}

function itemOf({ createdAt, nextSeq, stats, listItems, commits, plan }: TranscriptHead): NewItem {
  return {
    v: numeral(ITEM_VERSION),
    created_at: numeral(createdAt),
    next_seq: numeral(nextSeq),
    messages: numeral(stats.messageCount),
    usage: text(JSON.stringify(stats.usage)),
    list_items: numeral(listItems),
    ...(commits.length > 0 && { commits: text(commits.join(" ")) }),
    ...(plan !== null && { unfinished: text(plan.name), unfinished_blobs: text(plan.blobs) }),
  };
}

function parseJson(json: string) {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw damagedTranscript(error);
  }
}

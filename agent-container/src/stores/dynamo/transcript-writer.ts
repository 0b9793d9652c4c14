/**
 * Commits to a transcript. Each is one transaction that also checks the writer's fence and that nobody has written
 * since; one that is too large for a transaction is decided by a small one and then carried out (`plan`).
 */
import { type CommitResult, prepareStorageCommit, type SessionStats, type Write } from "@earendil-works/pi-agent-core";
import { failIfArmed } from "../../../../fail-points/fail-point.ts";
import { StorageError } from "../../../../protocol/errors.ts";
import { mapLimited } from "../../agent/attachments/map-limited.ts";
import type { Writer } from "../space-store.ts";
import { addUsage } from "../usage-sum.ts";
import { TABLE_BOUNDS } from "./bounds.ts";
import { type Change, changesOf, type CommittedWrite, deletedLists, parentsBefore } from "./changes.ts";
import { assertFence, writeFenced } from "./fenced-write.ts";
import { type Item, type Key, optionalText, text } from "./item.ts";
import type { TranscriptKeys } from "./keys.ts";
import type { LargeTexts } from "./large-texts.ts";
import { newName } from "./new-name.ts";
import { PlanRunner } from "./plan.ts";
import type { Expression } from "./expressions.ts";
import type { Table, WriteOp } from "./table.ts";
import type { Reason } from "./table-request.ts";
import { readHead, replaceHead, type TranscriptHead, withCommit } from "./transcript-head.ts";
import type { TranscriptReader } from "./transcript-reader.ts";

const ABSENT: Expression = { expression: "attribute_not_exists(pk)" };
const IS_ENTRY: Expression = { expression: "id_of = :entry", values: { ":entry": text("entry") } };

export type WriterPlace = {
  readonly table: Table;
  readonly keys: TranscriptKeys;
  readonly partition: string;
  readonly writer: Writer;
  readonly texts: LargeTexts;
  readonly reader: TranscriptReader;
};

/** One commit on its way. */
type Draft = {
  readonly name: string;
  readonly head: TranscriptHead;
  readonly next: TranscriptHead;
  readonly changes: readonly Change[];
  readonly parents: readonly string[];
};

export class TranscriptWriter {
  readonly #at: WriterPlace;
  readonly #plans: PlanRunner;
  /** As it was last seen; undefined when it may have changed. */
  #head: TranscriptHead | undefined;
  /** As it was when the transcript was opened, until it is asked for or something is committed. */
  #opened: TranscriptHead | undefined;
  /** A large commit was decided and is perhaps not carried out to the end. */
  #isUnsettled = false;

  constructor(at: WriterPlace, head: TranscriptHead) {
    this.#at = at;
    this.#plans = new PlanRunner(at.table, at.keys.head, at.texts);
    this.#head = head;
    this.#opened = head;
  }

  /** The head as it is stored now, with nothing left to be carried out. */
  async readHead(): Promise<TranscriptHead> {
    for (let attempt = 1; attempt <= TABLE_BOUNDS.commitTriesMax; attempt += 1) {
      const item = await this.#at.table.get(this.#at.keys.head);
      if (item === undefined) throw new StorageError("storage_unavailable", "the conversation is no longer stored");
      const head = readHead(item);
      if (head.plan === null) return head;
      await this.#plans.finish(head.plan);
    }
    throw contended();
  }

  /** The totals. Right after it was opened they are those that the opening has read. */
  async readStats(): Promise<SessionStats> {
    const opened = this.#opened;
    this.#opened = undefined;
    return (opened ?? (await this.readHead())).stats;
  }

  /** Makes reads see what a commit has decided and not yet carried out. */
  async settle(): Promise<void> {
    if (!this.#isUnsettled) return;
    await this.readHead();
    this.#isUnsettled = false;
  }

  async commit(writes: readonly Write[]): Promise<CommitResult> {
    this.#opened = undefined;
    for (let attempt = 1; attempt <= TABLE_BOUNDS.commitTriesMax; attempt += 1) {
      const head = await this.#expectedHead();
      const prepared = prepareStorageCommit([...writes], head.nextSeq, Date.now());
      if (writes.length === 0) {
        await this.#assertHeld();
        return { ...prepared.result, stats: head.stats };
      }
      // Until it is known how it ends.
      this.#head = undefined;
      const draft = await this.#draft(head, prepared.writes);
      const ops = await this.#ops(draft);
      const stored = fitsTransaction(ops) ? await this.#write(draft, ops) : await this.#writeLarge(draft);
      if (stored === null) continue;
      this.#head = stored;
      for (const write of prepared.writes) if (write.kind === "entry") this.#at.reader.learn(write.id, write.seq);
      return { ...prepared.result, stats: stored.stats };
    }
    throw contended();
  }

  /** The head that the writer counts on. Throws `storage_unavailable` when somebody else has written. */
  async #expectedHead(): Promise<TranscriptHead> {
    const expected = this.#at.writer.nextSeq?.() ?? null;
    const isSeen = this.#head !== undefined && this.#head.plan === null;
    let head = this.#head !== undefined && isSeen ? this.#head : await this.readHead();
    if (expected !== null && isSeen && head.nextSeq !== expected) head = await this.readHead();
    if (expected === null || head.nextSeq === expected) return head;
    await this.#assertHeld();
    throw new StorageError("storage_unavailable", "somebody else has written to this conversation");
  }

  async #draft(head: TranscriptHead, writes: readonly CommittedWrite[]): Promise<Draft> {
    const parents = parentsBefore(writes).filter((id) => !this.#at.reader.knows(id));
    const stored = new Map<string, readonly Key[]>();
    if (head.listItems > 0) {
      for (const list of deletedLists(writes)) {
        stored.set(this.#at.keys.list(list).sort, await this.#at.reader.listKeys(list));
      }
    }
    const storedOf = (list: { namespace: string; key: string }) => stored.get(this.#at.keys.list(list).sort) ?? [];
    const changes = changesOf(this.#at.keys, writes, storedOf);
    const name = newName();
    const appended = changes.filter(({ kind, key }) => kind === "put" && this.#at.keys.isListItem(key)).length;
    const removed = [...stored.values()].reduce((sum, keys) => sum + keys.length, 0);
    const next = nextHead(head, writes, { name, listItems: head.listItems + appended - removed });
    return { name, head, changes, parents, next };
  }

  async #ops({ changes, parents, head, next }: Draft): Promise<readonly WriteOp[]> {
    const { keys } = this.#at;
    const isLarge = changes.length + parents.length + 2 > TABLE_BOUNDS.transactionItemsMax;
    if (isLarge) return [];
    return [
      replaceHead(keys.head, next, head.nextSeq),
      ...(await this.#sealed(changes)),
      ...parents.map((id): WriteOp => ({ kind: "check", key: keys.id(id), condition: IS_ENTRY })),
    ];
  }

  /** Throws `FenceLostError` for a turn that was passed. */
  readonly #assertHeld = () => assertFence(this.#at.table, this.#at.partition, this.#at.writer);

  #sealed(changes: readonly Change[]): Promise<readonly WriteOp[]> {
    return mapLimited(TABLE_BOUNDS.blobsAtOnceMax, changes, async (change): Promise<WriteOp> => {
      if (change.kind === "delete") return change;
      const { key, body, isNew } = change;
      const item = { ...change.item, ...(body !== null && (await this.#at.texts.seal(body, this.#assertHeld))) };
      return { kind: "put", key, item, ...(isNew && { condition: ABSENT }) };
    });
  }

  /** The new head; null when somebody else has written, so that it has to be done anew. */
  async #write(draft: Draft, ops: readonly WriteOp[]): Promise<TranscriptHead | null> {
    FAIL_POINTS && failIfArmed("store.write");
    const { table, partition, writer } = this.#at;
    const outcome = await writeFenced(table, { partition, writer, ops, isStored: () => this.#isStored(draft) });
    if (outcome.kind === "done") return draft.next;
    const [head, ...rest] = outcome.reasons;
    if (head?.isCondition === true) return this.#refusedHead(head);
    throw refusedChange(ops.slice(1), rest);
  }

  /** A commit whose answer was lost is found by its name. */
  async #isStored({ name }: Draft): Promise<boolean> {
    const item = await this.#at.table.get(this.#at.keys.head);
    return item !== undefined && readHead(item).commits.includes(name);
  }

  #refusedHead({ item }: Reason): null {
    if (item === undefined) throw new StorageError("storage_unavailable", "the conversation is no longer stored");
    readHead(item);
    return null;
  }

  /** Decides with one transaction that the changes count, and then makes them. */
  async #writeLarge(draft: Draft): Promise<TranscriptHead | null> {
    await this.#assertIds(draft);
    const ops = (await this.#sealed(draft.changes)).map(unconditional);
    const plan = { name: draft.name, blobs: await this.#at.texts.store(JSON.stringify(ops), this.#assertHeld) };
    const planned: Draft = { ...draft, next: { ...draft.next, plan } };
    this.#isUnsettled = true;
    const decided = await this.#write(planned, [replaceHead(this.#at.keys.head, planned.next, draft.head.nextSeq)]);
    if (decided === null) return null;
    try {
      await this.#plans.carryOut(plan, ops);
      this.#isUnsettled = false;
      return draft.next;
    } catch {
      // It counts all the same: what is left of it is done before anything else is read or written.
      return decided;
    }
  }

  /** While nobody else writes, what is true here is true when the commit is decided. */
  async #assertIds({ changes, parents }: Draft): Promise<void> {
    const { table, keys } = this.#at;
    const fresh = changes.flatMap((change) => (change.kind === "put" && change.isNew ? [change.key] : []));
    if ((await table.getMany(fresh)).length > 0) throw new Error("Duplicate entry or usage id");
    const found = await table.getMany(parents.map((id) => keys.id(id)));
    if (found.filter(isEntryId).length < parents.length) throw new Error("Missing parent entry");
  }
}

function nextHead(
  head: TranscriptHead,
  writes: readonly CommittedWrite[],
  { name, listItems }: { readonly name: string; readonly listItems: number },
): TranscriptHead {
  let { messageCount, usage } = head.stats;
  for (const write of writes) {
    if (write.kind === "entry" && write.type === "message") messageCount += 1;
    if (write.kind === "usage") usage = addUsage(usage, write.usage);
  }
  const nextSeq = head.nextSeq + writes.length;
  return { ...head, nextSeq, stats: { messageCount, usage }, listItems, commits: withCommit(head.commits, name) };
}

function fitsTransaction(ops: readonly WriteOp[]): boolean {
  return ops.length > 0 && Buffer.byteLength(JSON.stringify(ops)) <= TABLE_BOUNDS.transactionBytesMax;
}

function unconditional(op: WriteOp): WriteOp {
  return op.kind === "put" ? { kind: "put", key: op.key, item: op.item } : op;
}

function isEntryId(item: Item): boolean {
  return optionalText(item, "id_of") === "entry";
}

function refusedChange(ops: readonly WriteOp[], reasons: readonly Reason[]): Error {
  const op = ops[reasons.findIndex(({ isCondition }) => isCondition)];
  return new Error(op?.kind === "check" ? "Missing parent entry" : "Duplicate entry or usage id");
}

function contended(): StorageError {
  return new StorageError("storage_unavailable", "others keep writing to this conversation");
}

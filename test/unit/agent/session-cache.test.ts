import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import {
  BACKGROUND_CONTEXT,
  type CommitResult,
  insertEntry,
  type Storage,
  setValue,
  value,
  type Write,
} from "@earendil-works/pi-agent-core";
import { createStorageConformance } from "@earendil-works/pi-agent-core/harness/session/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { assertNever } from "../../../protocol/assert.ts";
import { raiseFence } from "../../../agent-container/src/stores/fence.ts";
import { SessionCache } from "../../../agent-container/src/stores/session-cache.ts";
import { createSessionStorage, openTranscript } from "../../../agent-container/src/stores/session-store.ts";
import { openSpaceDatabase } from "../../../agent-container/src/stores/space-database.ts";
import { CONVERSATION } from "./invocations.ts";

let dir: string;
const opened: DatabaseSync[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "agent-cache-"));
});
afterEach(() => {
  for (const db of opened.splice(0)) db.close();
  rmSync(dir, { recursive: true });
});

/** A transcript on the disk, and what counts its commits. */
async function openStorage(nextSeq: () => number | null = () => null) {
  const path = join(dir, `${String(opened.length)}.sqlite`);
  const db = openSpaceDatabase(path);
  opened.push(db);
  raiseFence(db, CONVERSATION, 1);
  const target = { db, path, conversation: CONVERSATION, epoch: 0, fence: () => 1, nextSeq };
  await openTranscript(target);
  const open = () => createSessionStorage(target);
  const storage = open();
  const commits: Write[][] = [];
  const commit = storage.commit.bind(storage);
  storage.commit = (writes, context): Promise<CommitResult> => {
    commits.push(writes);
    return commit(writes, context);
  };
  /** A cache that knows nothing but the number of the next write. */
  const cold = async (under = storage) => SessionCache.open(under, (await openTranscript(target)).nextSeq);
  return { db, storage, commits, open, cold };
}

describe("pi's own conformance suite, on a cached transcript", () => {
  // What is gathered gets the time at which it is stored, a moment after the one that its commit was told.
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());
  const cases = createStorageConformance(async () => {
    const { cold } = await openStorage();
    return { storage: await cold(), [Symbol.asyncDispose]: () => Promise.resolve() };
  });
  it.each(cases.map((testCase) => [`${testCase.group}: ${testCase.name}`, testCase] as const))(
    "%s",
    async (_, testCase) => {
      await testCase.run();
    },
  );
});

const NOTE = value<string>("test", "note");
const note = (text: string) => setValue(NOTE, text);
const entry = (id: string, parentId: string | null) =>
  insertEntry({ id, parentId, type: "custom", customType: "test", data: id });

describe("a cached transcript", () => {
  it("gathers commits and makes them durable in one, with the numbers that it gave them before", async () => {
    const { commits, open, cold } = await openStorage();
    const cache = await cold();
    await cache.commit([note("one")], BACKGROUND_CONTEXT);
    await cache.flush();
    const told = [
      await cache.commit([entry("a", null), note("two")], BACKGROUND_CONTEXT),
      await cache.commit([entry("b", "a")], BACKGROUND_CONTEXT),
    ];
    expect(commits).toHaveLength(1);
    expect((await open().getValue(NOTE, BACKGROUND_CONTEXT))?.value).toBe("one");
    expect((await cache.getValue(NOTE, BACKGROUND_CONTEXT))?.value).toBe("two");
    await cache.flush();
    expect(commits).toHaveLength(2);
    const stored = await open().scanBranch({ start: "b", order: "newestFirst" }, BACKGROUND_CONTEXT);
    expect(stored.map(({ seq }) => seq)).toEqual([told[1]?.seqs[0], told[0]?.seqs[0]]);
    expect(await cache.scanBranch({ start: "b" }, BACKGROUND_CONTEXT)).toEqual(stored);
    expect((await open().getValue(NOTE, BACKGROUND_CONTEXT))?.value).toBe("two");
  });

  it("stores what is gathered when it is closed, and nothing that the fence forbids", async () => {
    const { db, open, cold } = await openStorage();
    const cache = await cold();
    await cache.commit([note("one")], BACKGROUND_CONTEXT);
    await cache.commit([note("two")], BACKGROUND_CONTEXT);
    await cache.close(BACKGROUND_CONTEXT);
    expect((await open().getValue(NOTE, BACKGROUND_CONTEXT))?.value).toBe("two");
    const passed = await cold(open());
    await passed.commit([note("three")], BACKGROUND_CONTEXT);
    await passed.flush();
    await passed.commit([note("four")], BACKGROUND_CONTEXT);
    raiseFence(db, CONVERSATION, 2);
    await expect(passed.flush()).rejects.toMatchObject({ code: "storage_fence_lost" });
    await expect(passed.commit([note("five")], BACKGROUND_CONTEXT)).rejects.toMatchObject({
      code: "storage_fence_lost",
    });
    await passed.close(BACKGROUND_CONTEXT);
    expect(passed.warm).toBeNull();
    expect((await open().getValue(NOTE, BACKGROUND_CONTEXT))?.value).toBe("three");
  });

  it("is refused once somebody else has written, and leaves nothing behind", async () => {
    let expected: number | null = null;
    const { open, cold } = await openStorage(() => expected);
    const cache = await cold();
    await cache.commit([note("mine")], BACKGROUND_CONTEXT);
    await cache.flush();
    await open().commit([note("theirs")], BACKGROUND_CONTEXT);
    await cache.commit([entry("a", null), note("late")], BACKGROUND_CONTEXT);
    expected = cache.durableSeq;
    await expect(cache.flush()).rejects.toMatchObject({ code: "storage_unavailable" });
    expected = null;
    expect((await open().getValue(NOTE, BACKGROUND_CONTEXT))?.value).toBe("theirs");
    expect((await open().getEntries(["a"], BACKGROUND_CONTEXT)).size).toBe(0);
  });

  it("is refused at its very first commit when somebody else has written since it was opened", async () => {
    let expected: number | null = null;
    const { open, cold } = await openStorage(() => expected);
    const cache = await cold();
    await open().commit([note("theirs")], BACKGROUND_CONTEXT);
    expected = cache.durableSeq;
    await cache.commit([note("late")], BACKGROUND_CONTEXT);
    await expect(cache.flush()).rejects.toMatchObject({ code: "storage_unavailable" });
    expect((await open().getValue(NOTE, BACKGROUND_CONTEXT))?.value).toBe("theirs");
  });

  it("goes on warm where it was, without reading again", async () => {
    const { open, cold } = await openStorage();
    const cache = await cold();
    await cache.commit([note("one"), entry("a", null)], BACKGROUND_CONTEXT);
    await cache.close(BACKGROUND_CONTEXT);
    const unread = new Proxy(open(), {
      get: (target, name) => {
        if (name === "commit") return target.commit.bind(target);
        throw new Error(`${String(name)} was read`);
      },
    });
    const warm = await SessionCache.open(unread, cache.durableSeq, cache.warm ?? undefined);
    await warm.commit([entry("b", "a")], BACKGROUND_CONTEXT);
    expect(await warm.scanBranch({ start: "b" }, BACKGROUND_CONTEXT)).toHaveLength(2);
    expect((await warm.getValue(NOTE, BACKGROUND_CONTEXT))?.value).toBe("one");
    await warm.flush();
    expect((await open().getEntries(["b"], BACKGROUND_CONTEXT)).size).toBe(1);
  });

  it("forgets what it knew when somebody else has written since", async () => {
    const { open, cold } = await openStorage();
    const cache = await cold();
    await cache.commit([note("mine")], BACKGROUND_CONTEXT);
    await cache.close(BACKGROUND_CONTEXT);
    await open().commit([note("theirs")], BACKGROUND_CONTEXT);
    const next = await SessionCache.open(open(), cache.durableSeq + 1, cache.warm ?? undefined);
    expect((await next.getValue(NOTE, BACKGROUND_CONTEXT))?.value).toBe("theirs");
  });

  it("answers whatever is asked as the store would that has everything", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const [plain, under] = [await openStorage(), await openStorage()];
        const cache = await under.cold();
        let tip: string | null = null;
        for (const [at, one] of steps.entries()) {
          const id = `e${String(at)}`;
          for (const ask of questionsOf(one, id, tip)) {
            expect(withoutTimes(await ask(cache))).toEqual(withoutTimes(await ask(plain.storage)));
          }
          if (one.do === "entry") tip = id;
          if (one.do === "flush") await cache.flush();
        }
        await cache.flush();
        const all = (storage: Storage) => storage.scanValues(value<string>("test"), BACKGROUND_CONTEXT);
        expect(await all(under.open())).toEqual(await all(plain.open()));
      }),
      { numRuns: 30 },
    );
  });
});

const key = fc.constantFrom("", "a", "a:1", "a:2", "b", "\u{1F600}", "\uFFFD");
const step = fc.oneof(
  fc.record({ do: fc.constant("set" as const), key, text: fc.string() }),
  fc.record({ do: fc.constantFrom("delete" as const, "scan" as const), key }),
  fc.record({ do: fc.constantFrom("entry" as const, "flush" as const) }),
  fc.record({ do: fc.constant("branch" as const), limit: fc.integer({ min: 1, max: 5 }) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Question = (storage: Storage) => Promise<unknown>;

/** What a step asks of a store; the answer says what became of it. */
function questionsOf(one: Step, id: string, tip: string | null): readonly Question[] {
  const commit =
    (...writes: Write[]): Question =>
    (storage) =>
      storage.commit(writes, BACKGROUND_CONTEXT);
  switch (one.do) {
    case "set":
      return [commit(setValue(value<string>("test", one.key), one.text)), read(one.key)];
    case "delete":
      return [commit({ kind: "value", op: "delete", namespace: "test", key: one.key }), read(one.key)];
    case "scan":
      return [(storage) => storage.scanValues(value<string>("test", one.key), BACKGROUND_CONTEXT), read(one.key)];
    case "entry":
      return [commit(entry(id, tip))];
    case "branch":
      return tip === null
        ? []
        : [(storage) => storage.scanBranch({ start: tip, limit: one.limit }, BACKGROUND_CONTEXT)];
    case "flush":
      return [];
    default:
      return assertNever(one);
  }
}

function read(name: string): Question {
  return (storage) => storage.getValue(value<string>("test", name), BACKGROUND_CONTEXT);
}

/** Two stores commit at different moments. */
function withoutTimes(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer ?? null, (name, field: unknown) => (name === "timestamp" ? 0 : field)));
}

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { SHORT_CELLS } from "./cells.ts";
import { FAIL_POINTS_ON, TABLE_EDITS, WEAKENINGS } from "./edits.ts";
import { type CellVerdict, isGreen, runTable } from "./table-run.ts";
import { buildVariant, type Edit } from "./variant.ts";

/** Whatever is doubled here is doubled at once: nothing waits for the resend of an unknown outcome. */
const SETTLE_MS = 1_500;

async function table(names: readonly string[], without: readonly Edit[] = []): Promise<readonly CellVerdict[]> {
  const cells = SHORT_CELLS.filter(({ name }) => names.includes(name));
  expect(cells.map(({ name }) => name)).toEqual(names);
  const builds = await buildVariant([...TABLE_EDITS, ...without]);
  return runTable(cells, { builds, rigs: 1, onRun: () => {}, settleMs: SETTLE_MS });
}

describe("the fault table", () => {
  const names = SHORT_CELLS.map(({ name }) => name);
  let verdicts: readonly CellVerdict[];
  beforeAll(async () => {
    verdicts = await table(names);
  });

  it.each(names)("loses nothing and doubles nothing at %s", (name) => {
    const verdict = verdicts.find(({ cell }) => cell.name === name);
    expect(verdict).toMatchObject({ lost: [], doubled: [], excused: [], violations: [] });
    expect(verdict?.struck).toBe(verdict?.chats);
    expect(verdict && isGreen(verdict)).toBe(true);
  });
});

describe("a build without a safety", () => {
  it("doubles answers when repeats are not known", async () => {
    const [verdict] = await table(["webhook.stored: fail"], WEAKENINGS.dedupe);
    expect(verdict?.doubled.length).toBeGreaterThan(0);
    expect(verdict && isGreen(verdict)).toBe(false);
  });

  describe("without two that have nothing to do with each other", () => {
    let verdicts: readonly CellVerdict[];
    beforeAll(async () => {
      const names = ["turn.finishing: a second process", "discord #2 message: cut_after"];
      verdicts = await table(names, [...WEAKENINGS.fence, ...WEAKENINGS.nonce]);
    });

    it("lets an overtaken process commit when fences are not checked", () => {
      const [verdict] = verdicts;
      expect(verdict?.violations.join()).toMatch(/entries.*workspace_heads/);
      expect(verdict && isGreen(verdict)).toBe(false);
    });

    it("doubles messages when Discord is not told which are the same", () => {
      const [, verdict] = verdicts;
      expect(verdict?.doubled.length).toBeGreaterThan(0);
      expect(verdict && isGreen(verdict)).toBe(false);
    });
  });
});

describe("a build as it is shipped", () => {
  const texts = (path: string) =>
    readdirSync(dirname(path), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".js"))
      .map((name) => readFileSync(join(dirname(path), name), "utf8"))
      .join("\n");

  it("holds no fail points, and one for the suite does", async () => {
    const marks = ["FAIL_POINTS", "webhook.verified", "part.marked", "turn.finishing", "inbox.write", "store.write"];
    const [shipped, broken] = await Promise.all([buildVariant([]), buildVariant(FAIL_POINTS_ON)]);
    const found = ({ worker, agent }: typeof shipped) => {
      const bundles = `${texts(worker.modulePath)}\n${texts(agent.entryPath)}`;
      return marks.filter((mark) => bundles.includes(mark));
    };
    expect(found(shipped)).toEqual([]);
    expect(found(broken)).toEqual(marks);
  });
});

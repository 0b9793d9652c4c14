import { beforeAll, describe, expect, it } from "vitest";
import { SLOWLY } from "./model.ts";
import { isUpgradeGreen, runUpgrade, type UpgradeRun } from "./upgrade-run.ts";

describe("an upgrade and a rollback with turns under way", () => {
  let run: UpgradeRun;
  beforeAll(async () => {
    run = await runUpgrade({ chats: 4, newcomers: 1, pace: SLOWLY, settleMs: 1_500 }, [], () => {});
  });

  it("lose nothing and double nothing", () => {
    expect(run).toMatchObject({ lost: [], doubled: [], excused: [], readTwice: [] });
    expect(isUpgradeGreen(run)).toBe(true);
  });

  it.each([0, 1])(
    "leave each turn to the version that it began with, and begin the next on the other (%i)",
    (index) => {
      expect(run.directions[index]).toMatchObject({ held: 4, killed: 1, revived: 1, moved: [], stale: [] });
    },
  );
});

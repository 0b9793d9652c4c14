import { describe, expect, test } from "vitest";
import type { WorkerVersion } from "../../../cli/deploy/cloudflare.ts";
import { findEarlierRelease } from "../../../cli/deploy/earlier-release.ts";

const KEY = { id: "AKIA1", isActive: true, createdAtMs: 0 };

function version(number: number, release: string, plain: Record<string, string> = {}): WorkerVersion {
  return {
    id: `v${number}`,
    number,
    createdAt: "",
    plain: {
      RELEASE_ID: release,
      STATE_SCHEMAS: "agent=1",
      AGENT_RUNTIME_VERSION: String(number),
      AWS_ACCESS_KEY_ID: KEY.id,
      ...plain,
    },
    secretNames: ["AWS_SECRET_ACCESS_KEY"],
  };
}

describe("the release to go back to", () => {
  test("is the newest one before, and not another version of the same", () => {
    const live = version(4, "r-c");
    const versions = [version(5, "r-d"), live, version(3, "r-c"), version(2, "r-b"), version(1, "r-a")];
    const found = findEarlierRelease({ live, versions, keys: [KEY] });
    expect(found).toMatchObject({ ok: true, value: { release: "r-b", runtimeVersion: "2" } });
  });

  test("going back twice goes further back, and not forward again", () => {
    const versions = [version(3, "r-c"), version(2, "r-b"), version(1, "r-a")];
    expect(findEarlierRelease({ live: version(2, "r-b"), versions, keys: [KEY] })).toMatchObject({
      ok: true,
      value: { release: "r-a" },
    });
  });

  test("is none when there was none", () => {
    const live = version(2, "r-a");
    expect(findEarlierRelease({ live, versions: [live, version(1, "r-a")], keys: [KEY] })).toMatchObject({ ok: false });
  });

  test("is refused when it does not know today's tables", () => {
    const live = version(2, "r-b", { STATE_SCHEMAS: "agent=2" });
    const found = findEarlierRelease({ live, versions: [version(1, "r-a")], keys: [KEY] });
    expect(found).toMatchObject({ ok: false, error: expect.stringMatching(/r-a does not know the tables/) });
  });

  test("is refused when its key is gone, for it would reach nothing", () => {
    const found = findEarlierRelease({ live: version(2, "r-b"), versions: [version(1, "r-a")], keys: [] });
    expect(found).toMatchObject({ ok: false, error: expect.stringMatching(/key that was replaced/) });
  });
});

import { expect, test } from "vitest";
import { hider } from "../../../cli/deploy/hider.ts";
import { errorFacts } from "../../../cli/deploy/explain.ts";
import { fatesOf, UNUSED_MS } from "../../../cli/deploy/spare-keys.ts";

const key = (id: string, isActive = true) => ({ id, isActive, createdAtMs: 0 });
const now = 10 * UNUSED_MS;
const live = ["A", "B"].map((id) => ({
  id,
  number: 1,
  createdAt: "",
  plain: { AWS_ACCESS_KEY_ID: id },
  secretNames: [],
}));

test("a key goes only if no live version has it and nobody else has used it lately", () => {
  const keys = [
    { key: key("A"), lastUsedAtMs: null },
    { key: key("B"), lastUsedAtMs: null },
    { key: key("elsewhere"), lastUsedAtMs: now - UNUSED_MS / 2 },
    { key: key("forgotten"), lastUsedAtMs: now - UNUSED_MS - 1 },
    { key: key("stray"), lastUsedAtMs: null },
    { key: key("before"), lastUsedAtMs: now },
  ];
  const going = fatesOf({ keys, live, ours: new Set(["before", "A"]), now }).filter(({ goes }) => goes);
  expect(going.map(({ id }) => id)).toEqual(["forgotten", "stray", "before"]);
});

test("what is hidden is hidden whole, short, and as it stands in JSON", () => {
  expect(hider(["one-1", "one-1-and-more", 'a"b\\c', "ab"])(`one-1-and-more ab ${JSON.stringify('a"b\\c')}`)).toBe(
    '*** ab "***"',
  );
});

test("the session token in AWS's quote of a request is not told", () => {
  const { error } = errorFacts(new Error("should have been 'x-amz-security-token:CANARY\nhost:sts'"));
  expect(error).not.toContain("CANARY");
});

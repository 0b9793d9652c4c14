import { expect, test } from "vitest";
import { nextLines } from "../../../cli/deploy/next.ts";
import { readDeploySettings } from "../../../cli/deploy/settings.ts";

const next = (variables: Readonly<Record<string, string>>, isFirst: boolean) =>
  nextLines(readDeploySettings({ TELEGRAM_BOT_TOKEN: "1:a", ...variables }).settings, isFirst).join("\n");

test("a code is spoken of only after a first deployment that knows nobody", () => {
  expect(next({}, true)).toContain("it answers with a code");
  expect(next({ ALLOW_FROM: "7" }, true)).not.toContain("code");
  expect(next({}, false)).not.toContain("code");
});

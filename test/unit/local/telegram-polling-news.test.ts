import { describe, expect, it } from "vitest";
import type { LogLine } from "../../../local/log.ts";
import { PollingNews } from "../../../local/telegram-polling-news.ts";

function listen(mode: "auto" | "on") {
  const log: LogLine[] = [];
  const problems: (string | null)[] = [];
  const news = new PollingNews({
    mode,
    log: (line) => void log.push(line),
    onProblem: (problem) => void problems.push(problem),
  });
  return { news, log, problems };
}

const refused = { kind: "lasting", level: "error", problem: "refuses", waitMs: 1 } as const;
const down = { kind: "passing", level: "warn", problem: "cannot be reached", waitMs: 1 } as const;

describe("PollingNews", () => {
  it("calls a webhook a problem only where polling was asked for", () => {
    const auto = listen("auto");
    auto.news.webhook();
    expect(auto.problems).toEqual([null]);
    expect(auto.log).toMatchObject([{ level: "info", step: "telegram_polling_off" }]);
    const on = listen("on");
    on.news.webhook();
    expect(on.problems).toEqual([expect.stringContaining("has a webhook")]);
    expect(on.log).toMatchObject([{ level: "warn", step: "telegram_polling_off" }]);
  });

  it("tells each kind of failure once until messages come again", () => {
    const { news, log, problems } = listen("on");
    for (const failure of [down, refused, down, { ...refused, problem: null }]) news.failed(failure);
    news.works();
    news.works();
    news.failed(down);
    expect(log.map(({ plain }) => plain)).toEqual([
      "telegram: cannot be reached, trying again",
      "telegram: refuses, trying again",
      "telegram: messages come again",
      "telegram: cannot be reached, trying again",
    ]);
    expect(problems).toEqual(["cannot be reached", "refuses", null, "cannot be reached"]);
  });

  it("takes back what failed when it turns out that a webhook was set", () => {
    const { news, problems } = listen("auto");
    news.failed(refused);
    news.webhook();
    expect(problems.at(-1)).toBeNull();
  });
});

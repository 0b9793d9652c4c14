import { describe, expect, it } from "vitest";
import { banner } from "../../../local/banner.ts";
import { readSettings } from "../../../local/settings.ts";

function shown(variables: Record<string, string>, toDo: readonly string[] = []): string {
  const { settings } = readSettings(variables, { root: "/srv/claw", memoryBytes: 1e10 });
  return banner(variables, settings, "http://127.0.0.1:8787", "/srv/claw", toDo).join("\n");
}
const BOT = { TELEGRAM_BOT_TOKEN: "1:secret" };

describe("banner", () => {
  it("says what is on and what to do next, and no secret", () => {
    expect(shown({})).toContain("telegram  off: set TELEGRAM_BOT_TOKEN");
    expect(shown(BOT)).toContain("telegram  on, polling unless the bot has a webhook");
    expect(shown({ ...BOT, ADMIN_TOKEN: "very-secret" })).not.toContain("secret");
  });

  it("says how Telegram learns of a webhook, once there is a public address for it", () => {
    const own = { ...BOT, TELEGRAM_WEBHOOK_SECRET: "s" };
    expect(shown(own)).toMatch(/telegram {2}on, webhook http:\/\/127\.0\.0\.1:8787\/telegram\/webhook\n/);
    expect(shown({ ...own, PUBLIC_URL: "https://claw.example.com" })).toContain(
      "on, webhook https://claw.example.com/telegram/webhook (set it once: npm run claw -- telegram webhook set)",
    );
  });

  it("says below the bot what there is to do before it answers anybody", () => {
    expect(shown(BOT, ["answers nobody yet: ..."])).toMatch(
      /telegram {2}on, .*\n {12}answers nobody yet: \.\.\.\n {2}web/,
    );
  });
});

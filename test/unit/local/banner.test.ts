import { describe, expect, it } from "vitest";
import { banner } from "../../../local/banner.ts";
import { readSettings } from "../../../local/settings.ts";

function shown(variables: Record<string, string>): string {
  const { settings } = readSettings(variables, { root: "/srv/claw", memoryBytes: 1e10 });
  return banner(variables, settings, "http://127.0.0.1:8787", "/srv/claw").join("\n");
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

  it("says how to learn one's id while the bot answers nobody", () => {
    const hint =
      "answers nobody yet: it tells you your id when you write to it; then start with ALLOW_FROM=telegram:<id>";
    expect(shown(BOT)).toContain(hint);
    expect(shown({ ...BOT, ALLOW_FROM: "discord:1" })).toContain(hint);
    expect(shown({ ...BOT, DM_POLICY: "allowlist" })).toContain("with DM_POLICY=pairing it tells you your id");
    expect(shown({ ...BOT, GROUP_ALLOW_FROM: "telegram:-1" })).toContain("answers groups only");
  });

  it.each([
    ["somebody is allowed", { ...BOT, ALLOW_FROM: "discord:1, telegram:2" }],
    ["everybody is", { ...BOT, DM_POLICY: "open" }],
    ["the one for Telegram says so", { ...BOT, DM_POLICY: "pairing", TELEGRAM_DM_POLICY: "open" }],
    ["there is no bot", {}],
  ])("gives no such hint when %s", (_why, variables) => {
    expect(shown(variables)).not.toContain("ALLOW_FROM");
  });
});

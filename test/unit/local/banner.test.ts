import { describe, expect, it } from "vitest";
import { banner, type ChannelNews } from "../../../local/banner.ts";
import { readSettings } from "../../../local/settings.ts";

function shown(variables: Record<string, string>, news: Partial<ChannelNews> = {}): string {
  const { settings } = readSettings(variables, { root: "/srv/claw", memoryBytes: 1e10 });
  const all = { telegram: [], discord: [], gateway: null, ...news };
  return banner(variables, settings, "http://127.0.0.1:8787", "/srv/claw", all).join("\n");
}
const DISCORD = {
  DISCORD_APPLICATION_ID: "100000000000000001",
  DISCORD_PUBLIC_KEY: "ab".repeat(32),
  DISCORD_BOT_TOKEN: "very-secret",
};
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
    expect(shown(BOT, { telegram: ["answers nobody yet: ..."] })).toMatch(
      /telegram {2}on, .*\n {12}answers nobody yet: \.\.\.\n {2}discord/,
    );
    expect(shown(DISCORD, { discord: ["answers nobody yet: ..."] })).toMatch(
      /discord {3}on, .*\n {12}answers nobody yet: \.\.\.\n {2}heartbeat/,
    );
  });

  it("says how often the heartbeat comes, when, or that it is off", () => {
    expect(shown({})).toContain("heartbeat every 30m, if something is on the checklist");
    expect(shown({ HEARTBEAT_EVERY: "5", HEARTBEAT_ACTIVE_HOURS: "08:00-22:00" })).toContain(
      "heartbeat every 5m, 08:00-22:00, if something",
    );
    expect(shown({ HEARTBEAT_EVERY: "0m" })).toContain("heartbeat off (HEARTBEAT_EVERY)");
  });
});

describe("banner of a table", () => {
  it("says where conversations are if they are not in the state", () => {
    expect(shown({})).not.toContain("DynamoDB");
    expect(shown({ AGENT_TABLE: "claw" })).toContain("conversations in the DynamoDB table claw (AGENT_TABLE)");
  });
});

describe("banner of Discord", () => {
  it("names the variables that are missing: all of them, or those that were forgotten", () => {
    expect(shown({})).toContain("discord   off: set DISCORD_APPLICATION_ID, DISCORD_PUBLIC_KEY, DISCORD_BOT_TOKEN (");
    const { DISCORD_PUBLIC_KEY: _, ...half } = DISCORD;
    expect(shown(half)).toContain("discord   off: DISCORD_PUBLIC_KEY is not set (");
    expect(shown({ DISCORD_BOT_TOKEN: "x" })).toContain(
      "off: DISCORD_APPLICATION_ID and DISCORD_PUBLIC_KEY are not set (",
    );
  });

  it("says how the Gateway is, as far as it is known", () => {
    const on = { ...DISCORD, DISCORD_GATEWAY: "on" };
    expect(shown(on)).toContain("discord   on, Gateway\n");
    expect(shown(on, { gateway: "connecting" })).toContain("discord   on, Gateway: connecting\n");
  });

  it("says without a Gateway where slash commands come in, or that they cannot", () => {
    expect(shown({ ...DISCORD, PUBLIC_URL: "https://claw.example.com" })).toContain(
      "on, slash commands at https://claw.example.com/discord/interactions (set it once: npm run claw -- discord endpoint set)",
    );
    for (const PUBLIC_URL of [undefined, "http://127.0.0.1:8787"]) {
      const variables = { ...DISCORD, ...(PUBLIC_URL && { PUBLIC_URL }) };
      expect(shown(variables)).toMatch(
        /on, but nothing comes in: set DISCORD_GATEWAY=on, or PUBLIC_URL to a public https/,
      );
    }
  });
});

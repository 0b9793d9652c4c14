import { describe, expect, it } from "vitest";
import { describeTelegram } from "../../../cli/doctor/telegram.ts";
import { ageText, errorText, type TelegramState } from "../../../cli/telegram-state.ts";
import { describeBot, describeDeleted, describeSet, describeWebhook } from "../../../cli/verbs/telegram.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;
const OURS = "https://claw.example.com/telegram/webhook";
const LAPTOP = { polls: true, isLocal: true };
const LAPTOP_WITHOUT_POLLING = { polls: false, isLocal: true };
const DEPLOYMENT = { polls: false, isLocal: false };

type Changes = {
  readonly bot?: Partial<TelegramState["bot"]>;
  readonly webhook?: Partial<TelegramState["webhook"]>;
  readonly groups?: Partial<TelegramState["groups"]>;
};

/** A bot with nothing to say about it: its webhook is ours, it sees everything, one group is let in. */
function state({ bot, webhook, groups }: Changes = {}): TelegramState {
  return {
    bot: {
      id: 7,
      username: "claw_bot",
      name: "Claw",
      canJoinGroups: true,
      canReadAllGroupMessages: true,
      ...bot,
    },
    webhook: {
      url: OURS,
      isOurs: true,
      pending: 0,
      lastError: null,
      maxConnections: 40,
      allowedUpdates: ["message"],
      missingUpdates: [],
      ...webhook,
    },
    groups: { policy: "allowlist", allowed: 1, ...groups },
  };
}
const NO_WEBHOOK = { url: null, isOurs: false, allowedUpdates: null, maxConnections: null } as const;

function diagnose(changes: Changes, place = DEPLOYMENT, pendingBefore: number | null = null) {
  return describeTelegram(state(changes), pendingBefore, place, NOW);
}
const found = (findings: ReturnType<typeof diagnose>, what: string) =>
  findings.filter((finding) => finding.what === what).map(({ state: is, detail }) => `${is}: ${detail}`);

describe("claw doctor", () => {
  it("says who the bot is and how its messages come", () => {
    expect(diagnose({}).slice(0, 2)).toEqual([
      { what: "telegram bot", state: "ok", detail: "@claw_bot (Claw)" },
      { what: "telegram messages", state: "ok", detail: `webhook ${OURS}` },
    ]);
    const polled = diagnose({ webhook: NO_WEBHOOK }, LAPTOP);
    expect(found(polled, "telegram messages")).toEqual(["ok: npm start fetches them (polling)"]);
    expect(polled.some((finding) => finding.state === "wrong")).toBe(false);
  });

  it.each([
    [LAPTOP_WITHOUT_POLLING, /^wrong: none come: .*TELEGRAM_POLLING=on, or PUBLIC_URL .*telegram webhook set$/],
    [DEPLOYMENT, /^wrong: none come: there is no webhook; .*telegram webhook set$/],
  ])("finds wrong that nothing brings messages (%j)", (place, said) => {
    expect(found(diagnose({ webhook: NO_WEBHOOK }, place), "telegram messages")).toEqual([expect.stringMatching(said)]);
  });

  it("finds wrong that messages go to somebody else, and says how to get them", () => {
    const theirs = { webhook: { url: "https://other.example/hook", isOurs: false } };
    expect(found(diagnose(theirs, LAPTOP), "telegram messages")[0]).toMatch(/^wrong: they go to .*webhook delete$/);
    expect(found(diagnose(theirs), "telegram messages")[0]).toMatch(/^wrong: they go to .*webhook set$/);
  });

  it("only notes a webhook that may lead here through a tunnel", () => {
    expect(found(diagnose({ webhook: { isOurs: null } }, LAPTOP), "telegram messages")[0]).toMatch(/^note: webhook /);
  });

  it("finds an error of the webhook wrong while something waits because of it, and else good to know for a day", () => {
    const failed = (ageMs: number, pending: number) => {
      const lastError = { at: NOW - ageMs, message: "Wrong response from the webhook: 502 Bad Gateway" };
      return found(diagnose({ webhook: { lastError, pending } }), "telegram webhook");
    };
    expect(failed(2 * MINUTE, 3)).toEqual([
      "wrong: last error 2 minutes ago: Wrong response from the webhook: 502 Bad Gateway; " +
        "the tunnel or proxy has no assistant behind it; start it, or look at its address",
    ]);
    expect(failed(2 * MINUTE, 0)).toEqual([expect.stringMatching(/^note: .*\(nothing waits any more\)$/)]);
    expect(failed(120 * MINUTE, 3)).toEqual([expect.stringMatching(/^note: last error 2 hours ago: /)]);
    expect(failed(24 * 60 * MINUTE, 0)).toEqual([]);
  });

  it("notes that many updates wait, and finds wrong that they become more", () => {
    const waiting = (pending: number, before: number | null) =>
      found(diagnose({ webhook: { pending } }, DEPLOYMENT, before), "telegram waiting");
    expect(waiting(9, null)).toEqual([]);
    expect(waiting(10, 10)).toEqual([expect.stringMatching(/^note: 10 updates wait/)]);
    expect(waiting(12, 10)).toEqual([
      expect.stringMatching(/^wrong: 12 updates wait at Telegram, and they become more/),
    ]);
  });

  it("notes kinds of updates that a webhook of somebody's own making leaves out", () => {
    const [said] = found(diagnose({ webhook: { missingUpdates: ["message_reaction"] } }), "telegram webhook");
    expect(said).toMatch(/^note: it does not bring message_reaction; set it again/);
  });

  it("says how to let a group in while none is", () => {
    expect(found(diagnose({ groups: { allowed: 0 } }), "telegram groups")).toEqual([
      expect.stringMatching(/^off: none is let in; .*access\.groupAllowFrom; .*claw -- logs/),
    ]);
    expect(found(diagnose({ groups: { policy: "disabled" } }), "telegram groups")).toHaveLength(1);
  });

  it("explains what the bot does not see in the groups that are let in", () => {
    const all = found(diagnose({}), "telegram groups");
    expect(all).toEqual(["ok: 1 group let in", expect.stringContaining("reactions")]);
    const groups = found(
      diagnose({
        bot: { canReadAllGroupMessages: false, canJoinGroups: false },
        groups: { policy: "open", allowed: 0 },
      }),
      "telegram groups",
    );
    expect(groups).toEqual([
      "ok: every group is let in",
      expect.stringContaining("/setjoingroups"),
      expect.stringMatching(/privacy mode is on: .*\/setprivacy, then take the bot out of the group and add it again/),
      expect.stringContaining("reactions"),
    ]);
  });
});

describe("errorText", () => {
  it.each([
    ["Wrong response from the webhook: 401 Unauthorized", "another secret"],
    ["Wrong response from the webhook: 404 Not Found", "nothing of us is at that address"],
    ["Wrong response from the webhook: 403 Forbidden", "turns Telegram away"],
    ["Wrong response from the webhook: 302 Moved Temporarily", "does not follow"],
    ["Wrong response from the webhook: 502 Bad Gateway", "no assistant behind it"],
    ["Wrong response from the webhook: 530 <none>", "no assistant behind it"],
    ["Wrong response from the webhook: 503 Service Unavailable", "claw -- logs"],
    ["Connection refused", "nobody listens"],
    ["Connection timed out", "too late"],
    ["Read timeout expired", "too late"],
    ["SSL error {error:0A000086:SSL routines::certificate verify failed}", "public authority"],
    ["Failed to resolve host: Name or service not known", "that name does not exist"],
    ["IP address 10.0.0.1 is reserved", "private address"],
  ])("says what to do about %j", (message, advice) => {
    expect(errorText({ at: NOW - MINUTE, message }, NOW)).toMatch(/^1 minute ago: /);
    expect(errorText({ at: NOW, message }, NOW)).toContain(`${message}; `);
    expect(errorText({ at: NOW, message }, NOW)).toContain(advice);
  });

  it("passes on what it has no advice for", () => {
    expect(errorText({ at: NOW, message: "Something new" }, NOW)).toBe("just now: Something new");
  });
});

describe("ageText", () => {
  it("is in the largest unit that fills up, and never in the future", () => {
    const ages = [-5_000, 59_999, MINUTE, 59 * MINUTE, 60 * MINUTE, 47 * 60 * MINUTE, 48 * 60 * MINUTE];
    expect(ages.map(ageText)).toEqual([
      "just now",
      "just now",
      "1 minute ago",
      "59 minutes ago",
      "1 hour ago",
      "1 day ago",
      "2 days ago",
    ]);
  });
});

describe("claw telegram", () => {
  it("tells all about the bot and its webhook", () => {
    const webhook = { lastError: { at: NOW - MINUTE, message: "Connection refused" }, pending: 1 };
    expect(describeBot(state({ webhook }), DEPLOYMENT, NOW)).toEqual([
      "bot         @claw_bot (Claw), id 7",
      "groups      it sees all messages (privacy mode is off)",
      `webhook     ${OURS} (this assistant's)`,
      "waiting     1 update",
      "kinds       message",
      "at once     40",
      "last error  1 minute ago: Connection refused; nobody listens at that address; start the assistant or its tunnel",
    ]);
  });

  it("tells of a bot without a webhook how its messages come", () => {
    const polled = state({ webhook: NO_WEBHOOK, bot: { canReadAllGroupMessages: false } });
    expect(describeWebhook(polled, LAPTOP, NOW)).toEqual([
      "webhook  none; npm start fetches the messages, within ten seconds of its end",
      "waiting  nothing",
    ]);
    expect(describeWebhook(polled, DEPLOYMENT, NOW)[0]).toBe("webhook  none");
    expect(describeBot(polled, LAPTOP, NOW).join()).toContain("@mentions only (privacy mode is on)");
    expect(describeBot(state({ bot: { canJoinGroups: false } }), LAPTOP, NOW).join()).toContain("/setjoingroups");
  });

  it("says what happens after a webhook was set, and what did not work beside it", () => {
    expect(describeSet({ url: OURS, commandsProblem: null }, LAPTOP)).toEqual([
      `Telegram sends messages to ${OURS} from now on.`,
      expect.stringMatching(/^It does not tell whether anybody answers there; .*telegram webhook info$/),
      "npm start stops fetching them by itself.",
      "The menus of commands are set.",
    ]);
    const [, , menus] = describeSet({ url: OURS, commandsProblem: "Telegram refuses it" }, DEPLOYMENT);
    expect(menus).toMatch(/not set \(Telegram refuses it\); again with: npm run claw -- telegram commands$/);
  });

  it("lets nothing of Telegram's words through that would make a terminal do things, and not all of many", () => {
    const evil = `\u001b[2J\u009b31m\u202egnorw\n${"x".repeat(1_000_052)}`;
    const webhook = { url: `${OURS}\u001b[2J`, lastError: { at: NOW, message: evil } };
    const bot = { name: evil, username: evil };
    const lines = [
      ...describeSet({ url: `${OURS}\u001b[2J`, commandsProblem: evil }, LAPTOP),
      ...describeBot(state({ webhook, bot }), DEPLOYMENT, NOW),
      ...describeWebhook(state({ webhook }), DEPLOYMENT, NOW),
    ];
    // oxlint-disable-next-line no-control-regex -- that is what must not be there
    for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(1_200);
  });

  it("says who brings the messages after a webhook was deleted", () => {
    expect(describeDeleted({ pending: 2 }, LAPTOP)).toEqual([
      "The webhook is gone; 2 updates wait at Telegram.",
      "npm start begins to fetch them within ten seconds.",
    ]);
    expect(describeDeleted({ pending: 1 }, LAPTOP)[0]).toBe("The webhook is gone; 1 update waits at Telegram.");
    expect(describeDeleted({ pending: 0 }, LAPTOP_WITHOUT_POLLING).join()).toMatch(
      /nothing waits.*TELEGRAM_POLLING=on/,
    );
    expect(describeDeleted({ pending: 0 }, DEPLOYMENT)[1]).toMatch(/until a webhook is set again/);
  });

  it("shows the answers of another release as they are", () => {
    expect(describeBot({ later: "form" }, LAPTOP, NOW)).toEqual(["later  form"]);
    expect(describeWebhook({ later: "form" }, LAPTOP, NOW)).toEqual(["later  form"]);
    expect(describeSet({ later: "form" }, LAPTOP)).toEqual(["later  form"]);
    expect(describeDeleted({ later: "form" }, LAPTOP)).toEqual(["later  form"]);
  });
});

import { describe, expect, it } from "vitest";
import { describeStatus } from "../../../cli/doctor/assistant.ts";
import { describeDiscord } from "../../../cli/doctor/discord.ts";
import { describeOff, discordDifferences, plannedDiscord } from "../../../cli/doctor/discord-settings.ts";
import { discordOf, gatewayOf, NO_ENDPOINT, NO_GATEWAY, NOW, OURS, STOPPED } from "./discord-fixtures.ts";

type Changes = Parameters<typeof discordOf>[0];
const diagnose = (changes: Changes = {}) => describeDiscord(discordOf(changes), NOW);
const found = (changes: Changes, about: string) =>
  diagnose(changes)
    .filter(({ what }) => what === `discord ${about}`)
    .map(({ state, detail }) => `${state}: ${detail}`);

const ALL = {
  DISCORD_APPLICATION_ID: "1400000000000000001",
  DISCORD_PUBLIC_KEY: "ab".repeat(32),
  DISCORD_BOT_TOKEN: "very-secret",
};
const { DISCORD_PUBLIC_KEY: _, ...HALF } = ALL;

describe("claw doctor of Discord", () => {
  it("has nothing to say against an application with which all is well", () => {
    expect(diagnose().map(({ what, state }) => `${what}: ${state}`)).toEqual([
      "discord bot: ok",
      "discord endpoint: ok",
      "discord gateway: ok",
      "discord message content: ok",
      "discord commands: ok",
      "discord servers: ok",
    ]);
  });

  it("finds wrong that the token is of another application, and speaks of no key then", () => {
    const mixed = { application: { isOurs: false, hasOurKey: false } };
    expect(found(mixed, "bot")).toEqual([
      expect.stringMatching(
        /^wrong: DISCORD_BOT_TOKEN is of the application 14\d+, Claw \(@claw-bot\), and DISCORD_APPL/,
      ),
    ]);
    expect(found(mixed, "public key")).toEqual([]);
  });

  it("finds wrong that the public key is another one, and says where the right one is", () => {
    expect(found({ application: { hasOurKey: false } }, "public key")).toEqual([
      expect.stringMatching(/^wrong: DISCORD_PUBLIC_KEY is not the application's.*General Information, Public Key$/),
    ]);
    expect(found({ application: { hasOurKey: null } }, "public key")).toEqual([]);
  });

  it("finds wrong that nothing comes in, and says what is in the way", () => {
    const closed = { endpoint: NO_ENDPOINT, gateway: NO_GATEWAY };
    expect(found(closed, "endpoint")).toEqual([
      expect.stringMatching(/^wrong: nothing comes in: .*DISCORD_GATEWAY=on, or npm run claw -- discord endpoint set$/),
    ]);
    expect(
      found({ ...closed, endpoint: { ...NO_ENDPOINT, problem: "it takes nothing but https" } }, "endpoint"),
    ).toEqual([
      expect.stringMatching(
        /^wrong: .*DISCORD_GATEWAY=on, or set PUBLIC_URL to a public https .*discord endpoint set$/,
      ),
    ]);
  });

  it("is content without an endpoint where the Gateway brings commands", () => {
    expect(found({ endpoint: NO_ENDPOINT }, "endpoint")).toEqual(["ok: none: slash commands come over the Gateway"]);
    expect(found({ endpoint: NO_ENDPOINT, gateway: { status: STOPPED } }, "endpoint")).toEqual([
      "note: none, and the Gateway has stopped: nothing comes in",
    ]);
  });

  it("finds wrong that commands go to somebody else, and says both ways out where there are two", () => {
    const theirs = { url: "https://other.example/hook", isOurs: false };
    const [withGateway] = found({ endpoint: theirs }, "endpoint");
    expect(withGateway).toMatch(
      /^wrong: slash commands go to https:\/\/other\.example\/hook, .*endpoint set; .*endpoint clear$/,
    );
    const [without] = found({ endpoint: theirs, gateway: NO_GATEWAY }, "endpoint");
    expect(without).toMatch(/^wrong: .*endpoint set$/);
  });

  it("only notes an endpoint that may lead here through a tunnel", () => {
    expect(found({ endpoint: { isOurs: null } }, "endpoint")).toEqual([expect.stringMatching(/^note: https/)]);
    expect(found({}, "endpoint")).toEqual([`ok: ${OURS}`]);
  });

  it("explains what does not come without the Gateway, which is a choice", () => {
    expect(found({ gateway: NO_GATEWAY }, "gateway")).toEqual([
      expect.stringMatching(
        /^off: slash commands and buttons come through an endpoint; direct messages, .*DISCORD_GATEWAY=on$/,
      ),
    ]);
  });

  it("finds wrong that Discord has stopped the Gateway, with the code and what to do", () => {
    const intents = { messageContent: { isAsked: true, isAllowed: false } };
    expect(found({ intents, gateway: { status: STOPPED } }, "gateway")).toEqual([
      expect.stringMatching(
        /^wrong: stopped by Discord since .* \(5 minutes ago\); code 4014: Message Content Intent .*gateway restart/,
      ),
    ]);
  });

  it("says of a Gateway whose intents are allowed by now that it is to be started again", () => {
    expect(found({ gateway: { status: STOPPED } }, "gateway")).toEqual([
      expect.stringMatching(/^wrong: stopped by .*; Message Content Intent was .* now: npm run .* gateway restart$/),
    ]);
  });

  it.each(["waiting", "connecting"] as const)("only notes a Gateway that is %s", (phase) => {
    expect(found({ gateway: { status: gatewayOf({ phase }) } }, "gateway")).toEqual([expect.stringMatching(/^note: /)]);
  });

  it("notes a Gateway that does not say how it is", () => {
    expect(found({ gateway: { status: null } }, "gateway")).toEqual([expect.stringMatching(/^note: .*claw -- logs$/)]);
  });

  it("notes what was missed, what waits, and that new sessions become few", () => {
    const noted = (changes: Parameters<typeof gatewayOf>[0]) =>
      found({ gateway: { status: gatewayOf(changes) } }, "gateway").slice(1);
    expect(noted({ missed: 0, waiting: 9, identifies: 719 })).toEqual([]);
    expect(noted({ missed: 3 })).toEqual([expect.stringMatching(/^note: not read: at least 3 messages, /)]);
    expect(noted({ waiting: 10 })).toEqual([expect.stringMatching(/^note: 10 events wait/)]);
    expect(noted({ identifies: 720 })).toEqual([expect.stringMatching(/^note: 720 of 900 new sessions/)]);
  });

  it("finds wrong that message content is asked for and not allowed, where a Gateway asks for it", () => {
    const intents = { messageContent: { isAsked: true, isAllowed: false } };
    expect(found({ intents }, "message content")).toEqual([
      expect.stringMatching(/^wrong: .*4014.*page Bot, Privileged Gateway Intents: switch on Message Content Intent/),
    ]);
    expect(found({ intents, gateway: NO_GATEWAY }, "message content")).toEqual([]);
  });

  it("says what the bot can read without it, which is a choice", () => {
    const intents = { messageContent: { isAsked: false, isAllowed: true } };
    expect(found({ intents }, "message content")).toEqual([
      expect.stringMatching(/^off: it can read direct messages, mentions of it .*DISCORD_MESSAGE_CONTENT=on$/),
    ]);
  });

  it("notes commands that are not as the release has them, or cannot be looked at", () => {
    const changes = { added: ["ask", "new"], changed: ["model"], removed: ["old"] };
    expect(found({ commands: { changes } }, "commands")).toEqual([
      "note: not as this release has them (2 new, 1 changed, 1 to be removed); npm run claw -- discord register",
    ]);
    const problem = "Discord refuses it: 403: 50001 Missing Access";
    expect(found({ commands: { changes: null, problem } }, "commands")).toEqual([
      `note: they cannot be looked at (${problem})`,
    ]);
  });

  it("says how a server is let in while none is", () => {
    expect(found({ groups: { allowed: 0 } }, "servers")).toEqual([
      expect.stringMatching(/^off: none is let in; put discord:<server id> .*Developer Mode.*Copy Server ID/),
    ]);
    expect(found({ groups: { policy: "open", allowed: 0 } }, "servers")).toEqual(["ok: every server is let in"]);
    expect(found({ groups: { policy: "disabled" } }, "servers")).toEqual([expect.stringMatching(/^off: /)]);
  });
});

describe("a half-configured Discord", () => {
  it("is wrong, and the missing variables are named", () => {
    expect(plannedDiscord({})).toMatchObject({ state: "off" });
    expect(plannedDiscord(HALF)).toMatchObject({
      what: "discord",
      state: "wrong",
      detail: expect.stringMatching(/^off, because DISCORD_PUBLIC_KEY is not set and the others are; .*discord\.md/),
    });
    expect(plannedDiscord(ALL)).toEqual({ what: "discord", state: "ok", detail: "configured" });
    expect(JSON.stringify([plannedDiscord(HALF), plannedDiscord(ALL)])).not.toContain("very-secret");
  });

  it("is wrong at a running assistant too, and one that is off is not", () => {
    const all = "DISCORD_APPLICATION_ID, DISCORD_PUBLIC_KEY and DISCORD_BOT_TOKEN are not set";
    expect(describeOff(all)).toEqual({ what: "discord", state: "off", detail: all });
    const half = "DISCORD_APPLICATION_ID and DISCORD_PUBLIC_KEY are not set";
    expect(describeOff(half)).toMatchObject({ state: "wrong", detail: expect.stringContaining(half) });
    const status = {
      deployment: "local",
      channels: { discord: `off: ${half}` },
      access: {},
      runtime: { endpoint: "http://127.0.0.1:1", region: "us-east-1" },
      model: null,
      modelKeys: [],
    };
    expect(describeStatus(status, null)[0]).toEqual(describeOff(half));
  });

  it("differs from a running one only by what the next start changes", () => {
    expect(discordDifferences(ALL, true)).toEqual([]);
    expect(discordDifferences({}, false)).toEqual([]);
    expect(discordDifferences(ALL, false)).toEqual([
      { what: "discord", state: "note", detail: "from the next start with the settings here: on" },
    ]);
    for (const variables of [{}, HALF]) {
      expect(discordDifferences(variables, true)).toEqual([
        {
          what: "discord",
          state: "note",
          detail: expect.stringMatching(/^npm start was given Discord's variables.*\.dev\.vars/),
        },
      ]);
    }
  });
});

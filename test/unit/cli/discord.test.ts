import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAgreed } from "../../../cli/confirmation.ts";
import { stoppedText } from "../../../cli/discord-gateway.ts";
import { EXIT } from "../../../cli/exit-code.ts";
import { describeInfo, describeInvite, discordVerbs } from "../../../cli/verbs/discord.ts";
import { describeCleared, describeSet, endpointVerbs } from "../../../cli/verbs/discord-endpoint.ts";
import { describeGateway, describeRestart, gatewayVerbs } from "../../../cli/verbs/discord-gateway.ts";
import { GATEWAY_STOPS } from "../../../protocol/owner-news.ts";
import { AdminServer, verbOf } from "./admin-server.ts";
import { discordOf, gatewayOf, MINUTE_MS, NO_ENDPOINT, NO_GATEWAY, NOW, OURS, STOPPED } from "./discord-fixtures.ts";

const PATH = "/admin/api/discord";
const NOTHING = { added: [], changed: [], removed: [] };
const CHANGES = { added: ["ask"], changed: ["model"], removed: ["old\u001b[2J"] };

let admin: AdminServer;
beforeEach(async () => void (admin = await AdminServer.start()));
afterEach(() => admin.close());

describe("claw discord", () => {
  const shown = (changes: Parameters<typeof discordOf>[0]) => describeInfo(discordOf(changes), NOW);
  const next = (changes: Parameters<typeof discordOf>[0]) =>
    shown(changes)
      .at(-1)
      ?.replace(/^next +/, "");

  it("tells what there is, and what is done in Discord when all is well", () => {
    expect(shown({})).toEqual([
      "bot       Claw (@claw-bot), application 1400000000000000001",
      expect.stringMatching(/^gateway {3}connected since 2026-11-\d\d \d\d:00 \(3 hours ago\)$/),
      `endpoint  ${OURS} (this assistant's)`,
      "reads     all messages",
      "commands  registered",
      "next      if it is in no server yet: npm run claw -- discord invite; then type /ask in Discord",
    ]);
  });

  it("names as the next step what is wrong before what is only good to know", () => {
    const unregistered = { commands: { changes: CHANGES } };
    expect(next(unregistered)).toMatch(/discord register$/);
    expect(next({ ...unregistered, endpoint: NO_ENDPOINT, gateway: NO_GATEWAY })).toMatch(/endpoint set$/);
    expect(next({ ...unregistered, application: { hasOurKey: false } })).toMatch(/^DISCORD_PUBLIC_KEY is not/);
  });

  it("tells of an application that only has slash commands what that means", () => {
    const lines = shown({ gateway: NO_GATEWAY, intents: { messageContent: { isAsked: false, isAllowed: false } } });
    expect(lines.join("\n")).toMatch(
      /gateway {3}off \(DISCORD_GATEWAY\); slash commands and buttons come through an endpoint; direct/,
    );
    expect(lines).toContain("reads     what slash commands hand it");
    const intents = { messageContent: { isAsked: false, isAllowed: true } };
    expect(shown({ intents })).toContain("reads     direct messages, mentions and what slash commands hand it");
    expect(shown({ intents: { messageContent: { isAsked: true, isAllowed: false } } })).toContain(
      "reads     it asks for all messages, which Discord does not allow",
    );
  });

  it("is what runs when no verb is named", () => {
    expect(discordVerbs.verbs.filter((verb) => "isDefault" in verb).map(({ name }) => name)).toEqual(["info"]);
  });

  it("shows the answers of another release as they are", () => {
    expect(describeInfo({ later: "form" }, NOW)).toEqual(["later  form"]);
    expect(describeGateway({ later: "form" }, NOW)).toEqual(["later  form"]);
    for (const show of [describeInvite, describeSet, describeCleared, describeRestart]) {
      expect(show({ later: "form" })).toEqual(["later  form"]);
    }
  });

  it("lets nothing of Discord's words through that would make a terminal do things", () => {
    const evil = "\u001b[2J\u009b31m\u202egnorw\nline";
    const lines = [
      ...shown({ application: { name: evil }, bot: { username: evil }, endpoint: { url: evil, isOurs: false } }),
      ...shown({ commands: { changes: null, problem: evil } }),
      ...shown({ endpoint: { ...NO_ENDPOINT, problem: evil }, gateway: NO_GATEWAY }),
      ...shown({ gateway: { status: gatewayOf({ phase: "stopped", stopped: { reason: evil, code: null } }) } }),
      ...describeInvite({ installLink: evil, application: { id: evil } }),
      ...describeSet({ url: evil }),
    ];
    // oxlint-disable-next-line no-control-regex -- that is what must not be there
    for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });
});

describe("claw discord invite", () => {
  it("prints the link into a server, and one to an account without any rights", () => {
    const { installLink } = discordOf();
    const lines = describeInvite(discordOf());
    expect(lines[1]).toBe(`  ${installLink}`);
    const query = new URL(lines[3]?.trim() ?? "").searchParams;
    expect(Object.fromEntries(query)).toEqual({
      client_id: "1400000000000000001",
      integration_type: "1",
      scope: "applications.commands",
    });
  });
});

describe("claw discord gateway", () => {
  it("tells in words how it is", () => {
    expect(describeGateway({ mode: "on", status: gatewayOf() }, NOW)).toEqual([
      expect.stringMatching(/^gateway {5}connected since .* \(3 hours ago\)$/),
      expect.stringMatching(/^last event {2}.* \(2 minutes ago\)$/),
      "session     kept by Discord: what comes while it is away for a short time is sent later",
      "identifies  3 of 900 in 24 hours; resumed 12 times, silent once",
      "waiting     nothing",
      "missed      nothing",
    ]);
  });

  it("tells what waits, what is still to be read, and what was missed", () => {
    const status = gatewayOf({ waiting: 1, unread: 2, missed: 7, lastEventAt: null, hasSession: false, resumes: 1 });
    expect(describeGateway({ mode: "on", status }, NOW).slice(1)).toEqual([
      "last event  none yet",
      "session     none",
      "identifies  3 of 900 in 24 hours; resumed once, silent once",
      "waiting     1 event that no chat has taken yet",
      "unread      2 channels to be read for what was missed",
      "missed      at least 7 messages, while it was away for too long",
    ]);
  });

  it("tells of one that is off, or does not answer, no more than that", () => {
    expect(describeGateway(NO_GATEWAY, NOW)).toHaveLength(1);
    expect(describeGateway({ mode: "on", status: null }, NOW)).toEqual([expect.stringContaining("claw -- logs")]);
  });

  it.each(GATEWAY_STOPS)("says what to do when Discord stops it because of %s", (reason) => {
    expect(stoppedText({ reason, code: 4004 })).toMatch(/^code 4004: .*(?:update it|restart|again)/);
    expect(stoppedText({ reason, code: null })).not.toMatch(/code/);
  });

  it("says where the intent is switched on, and how to go on after that", () => {
    const [gateway, stopped] = describeGateway({ mode: "on", status: STOPPED }, NOW);
    expect(gateway).toMatch(/^gateway {5}stopped by Discord since .* \(5 minutes ago\)$/);
    expect(stopped).toMatch(
      /^stopped {5}code 4014: .*page Bot, Privileged Gateway Intents: switch it on and save, then npm run claw -- discord gateway restart; or set DISCORD_MESSAGE_CONTENT=off/,
    );
    expect(stoppedText({ reason: "something_new", code: 4999 })).toMatch(/\(something_new\).*gateway restart$/);
  });

  it("begins a new session when it is told to", async () => {
    admin.answers[`POST ${PATH}/gateway/restart`] = { body: { mode: "on", status: gatewayOf() } };
    const { exit, out } = await admin.run(verbOf(gatewayVerbs, "restart"));
    expect(exit).toBe(EXIT.done);
    expect(out).toEqual([expect.stringMatching(/^It begins a new session; .*discord gateway$/)]);
    expect(describeRestart(NO_GATEWAY)).toEqual([expect.stringContaining("DISCORD_GATEWAY is off")]);
  });

  it("is only looked at without a verb", async () => {
    admin.answers[`GET ${PATH}/gateway`] = {
      body: { mode: "on", status: gatewayOf({ since: Date.now() - MINUTE_MS }) },
    };
    const { out } = await admin.run(verbOf(gatewayVerbs, "status"));
    expect(out[0]).toMatch(/connected since .* \(1 minute ago\)$/);
  });
});

describe("claw discord endpoint", () => {
  it("is set to the assistant's own address, or to the one that is named", async () => {
    admin.answers[`PUT ${PATH}/endpoint`] = { body: { url: OURS } };
    const { exit, out } = await admin.run(verbOf(endpointVerbs, "set"));
    await admin.run(verbOf(endpointVerbs, "set"), ["https://tunnel.example.com"]);
    expect(exit).toBe(EXIT.done);
    expect(out[0]).toBe(
      `Discord sends slash commands and presses of buttons to ${OURS} from now on, and has tried it.`,
    );
    expect(admin.requests).toEqual([
      { asked: `PUT ${PATH}/endpoint`, body: {} },
      { asked: `PUT ${PATH}/endpoint`, body: { url: "https://tunnel.example.com" } },
    ]);
  });

  it("says in Discord's words why it was not set", async () => {
    const message = "Discord refuses it: 400: 50035 Invalid Form Body; it has tried that address";
    admin.answers[`PUT ${PATH}/endpoint`] = { status: 502, body: { error: "discord_refused", message } };
    const { exit, err } = await admin.run(verbOf(endpointVerbs, "set"));
    expect({ exit, err }).toEqual({ exit: EXIT.failed, err: [`claw discord endpoint set: ${message}`] });
  });

  it("says how commands come after it was cleared, or that none do", () => {
    expect(describeCleared({ gateway: "on" })[1]).toMatch(/come over the Gateway from now on\.$/);
    expect(describeCleared({ gateway: "off" })[1]).toMatch(/nothing comes in at all: set DISCORD_GATEWAY=on/);
  });
});

describe("claw discord register", () => {
  const register = (more: object = {}) => admin.run(verbOf(discordVerbs, "register"), [], more);
  const looked = (changes: object) => ({ body: { current: [], wanted: [{}, {}, {}], changes } });

  it("shows first what would change, and changes nothing where nobody can say yes", async () => {
    admin.answers[`GET ${PATH}/commands`] = looked(CHANGES);
    const { exit, out, err } = await register();
    expect({ exit, out }).toEqual({ exit: EXIT.unusable, out: [] });
    expect(err).toEqual([
      "+ ask",
      "~ model",
      "- old[2J",
      "claw discord register: nothing was registered; if you want it so: --yes",
    ]);
    expect(admin.requests.map(({ asked }) => asked)).toEqual([`GET ${PATH}/commands`]);
  });

  it("registers when it is told to, and says the changes to scripts", async () => {
    admin.answers[`GET ${PATH}/commands`] = looked(CHANGES);
    admin.answers[`PUT ${PATH}/commands`] = { body: { changes: CHANGES } };
    const { exit, out } = await register({ yes: true });
    expect(exit).toBe(EXIT.done);
    expect(out).toEqual([expect.stringMatching(/^They are registered\./)]);
    const forScripts = await register({ yes: true, json: true });
    expect(forScripts.out.map((line) => JSON.parse(line))).toEqual([{ changes: CHANGES, registered: true }]);
  });

  it("says that nothing changes, and asks nobody", async () => {
    admin.answers[`GET ${PATH}/commands`] = looked(NOTHING);
    const { exit, out } = await register();
    expect({ exit, out }).toEqual({
      exit: EXIT.done,
      out: ["Nothing changes: Discord has the 3 commands of this release."],
    });
    expect(admin.requests).toHaveLength(1);
  });

  it("fails with Discord's words when it does not take them", async () => {
    admin.answers[`GET ${PATH}/commands`] = looked(CHANGES);
    admin.answers[`PUT ${PATH}/commands`] = {
      status: 502,
      body: { error: "discord_refused", message: "Discord refuses it: 400" },
    };
    const { exit, err } = await register({ yes: true });
    expect(exit).toBe(EXIT.failed);
    expect(err.at(-1)).toBe("claw discord register: Discord refuses it: 400");
  });

  it("does not register for an assistant that it does not understand", async () => {
    admin.answers[`GET ${PATH}/commands`] = { body: { later: "form" } };
    const { exit, err } = await register({ yes: true });
    expect(exit).toBe(EXIT.failed);
    expect(err).toEqual([expect.stringContaining("another release")]);
  });
});

describe("isAgreed", () => {
  const answered = async (typed: string) => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const asked = isAgreed("Sure?", { input, output });
    input.end(typed);
    return { yes: await asked, shown: String(output.read()) };
  };

  it("takes nothing but a yes for one", async () => {
    for (const typed of ["y\n", "Yes\n", " yes \n"]) expect((await answered(typed)).yes).toBe(true);
    for (const typed of ["\n", "n\n", "yep\n", "ja\n", ""]) expect((await answered(typed)).yes).toBe(false);
  });

  it("shows the question with what can be typed", async () => {
    expect((await answered("n\n")).shown).toMatch(/^Sure\? \[y\/N\] /);
  });
});

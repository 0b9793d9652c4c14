import { describe, expect, it } from "vitest";
import type { AccessSettings } from "../../../cli/access-answers.ts";
import type { AccessFacts } from "../../../cli/access-facts.ts";
import { readAccess } from "../../../cli/access-facts.ts";
import { describeAccess } from "../../../cli/doctor/access.ts";
import { accessOf, configurationOf } from "./access-fixtures.ts";
import { AdminServer } from "./admin-server.ts";

const ADA = { personId: "telegram-42", name: "Ada", role: "owner", peers: [] } as const;
const UNKNOWN: AccessFacts = { people: null, waiting: null, configuration: null };
const BY_LIST = [{ ...ADA, peers: [{ peer: "telegram:42", how: "listed" as const, at: null }] }];

function diagnose(facts: Partial<AccessFacts>, variables: Record<string, string> = {}) {
  return describeAccess({ ...UNKNOWN, ...facts }, variables).map(
    ({ what, state, detail }) => `${what} ${state}: ${detail}`,
  );
}

function withAccess(access: Partial<AccessSettings>) {
  return diagnose({ configuration: configurationOf({ access: accessOf(access) }) });
}

describe("claw doctor, who may speak", () => {
  it("says who the owner is, and notes how to become it while nobody is", () => {
    expect(diagnose({ people: BY_LIST })).toEqual(["owner ok: Ada (telegram:42)"]);
    expect(diagnose({ people: [] })).toEqual([
      expect.stringMatching(/^owner note: nobody yet: write to the bot, .*pair approve/),
    ]);
  });

  it("finds nothing to say of the defaults but what they are", () => {
    expect(withAccess({})).toEqual(["direct chats ok: pairing", "groups ok: allowlist, none let in"]);
    expect(withAccess({ dmPolicy: "disabled", groupPolicy: "disabled" })).toEqual([
      "direct chats off: disabled",
      "groups off: disabled",
    ]);
  });

  it("notes that nobody is heard under an empty list", () => {
    expect(withAccess({ dmPolicy: "allowlist" })[0]).toMatch(/^direct chats note: allowlist, and nobody is on it, /);
    expect(withAccess({ dmPolicy: "allowlist", allowFrom: ["telegram:1"] })[0]).toBe("direct chats ok: allowlist");
    expect(withAccess({ dm: { telegram: "allowlist" } })[0]).toBe("direct chats ok: pairing; telegram: allowlist");
  });

  it("notes that everybody may speak, with the command that closes just what is open", () => {
    expect(withAccess({ dmPolicy: "open", groupPolicy: "open" })).toEqual([
      "direct chats note: open: everybody who writes is answered, at your cost; " +
        "to close: npm run claw -- config set access.dmPolicy pairing",
      expect.stringMatching(/^groups note: open: .*config set access\.groupPolicy allowlist$/),
    ]);
    expect(withAccess({ dm: { telegram: "open" } })[0]).toMatch(
      /everybody who writes on telegram is answered, .*config set access\.dm\.telegram pairing$/,
    );
    expect(withAccess({ dmPolicy: "open", dm: { slack: "open", telegram: "pairing" } })[0]).toMatch(
      /on discord, slack, whatsapp is .*config set access\.dmPolicy pairing access\.dm\.slack pairing$/,
    );
  });

  it("notes who waits to be let in", () => {
    expect(diagnose({ waiting: 0 })).toEqual([]);
    expect(diagnose({ waiting: 2 })).toEqual(["pairing note: 2 people wait to be let in; see npm run claw -- pair"]);
  });

  it("names each variable that does nothing because the configuration has the setting", () => {
    const document = { access: { dmPolicy: "pairing", allowFrom: [] }, messages: { ackReaction: null } };
    const variables = {
      DM_POLICY: "open",
      TELEGRAM_DM_POLICY: "open",
      ALLOW_FROM: "telegram:1",
      GROUP_POLICY: "open",
      ACK_REACTION: "off",
      AGENT_MODEL: "openai/x",
    };
    const said = diagnose({ configuration: configurationOf({ document }) }, variables).slice(2);
    expect(said).toEqual([
      "DM_POLICY note: has no effect, because access.dmPolicy was set; to let it count: npm run claw -- config unset access.dmPolicy",
      expect.stringMatching(/^TELEGRAM_DM_POLICY note: has no effect, because access\.dmPolicy was set/),
      expect.stringMatching(/^ALLOW_FROM note: .*config unset access\.allowFrom$/),
      expect.stringMatching(/^ACK_REACTION note: .*config unset messages\.ackReaction$/),
    ]);
  });

  it("says nothing of what an older release does not tell", async () => {
    const admin = await AdminServer.start();
    const { url = "", token = "" } = admin.options;
    const facts = await readAccess({ url, token, isLocal: false, stateDir: null, polls: false });
    admin.close();
    expect(facts).toEqual(UNKNOWN);
    expect(diagnose(facts)).toEqual([]);
  });
});

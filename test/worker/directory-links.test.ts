import { reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChannelSession } from "../../durable-objects/channel-session/object.ts";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import type { SessionKey } from "../../protocol/session-key.ts";
import { WEB_SESSION } from "../../worker/channels/registry.ts";
import {
  codeOfStranger,
  countRows,
  directory,
  dm,
  guess,
  letIn,
  OWNER_DM,
  pass,
  PATIENCE,
  roleIn,
  set,
} from "./directory-world.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await reset();
});

async function codeFrom(key: SessionKey): Promise<string> {
  const answer = await directory().askLink(key);
  return answer.kind === "code" ? answer.code : expect.fail(answer.code);
}
const take = (key: SessionKey, code: string, name = "Ada elsewhere") => directory().takeLink(key, code, name);
const peersOf = async (personId: string) =>
  (await directory().listPeople()).find((person) => person.personId === personId)?.peers.map(({ peer }) => peer);

describe("a link", () => {
  it("makes a second channel the owner's own, whatever owner they are", async () => {
    expect(await take(dm("5", "discord"), await codeFrom(OWNER_DM))).toEqual({
      kind: "linked",
      personId: "telegram-7",
      role: "owner",
      name: "Ada elsewhere",
    });
    expect(await roleIn(dm("5", "discord"))).toBe("owner");
    expect(await take(dm("6", "discord"), await codeFrom(WEB_SESSION))).toMatchObject({ role: "owner" });
    expect(await take(dm("8", "discord"), await codeFrom(dm("5", "discord")))).toMatchObject({ role: "owner" });
    expect(await peersOf("telegram-7")).toEqual(["telegram:7", "discord:5", "discord:6", "discord:8"]);
  });

  it("from the web chat makes the first owner, when there is none", async () => {
    await set({ "access.allowFrom": [] });
    expect(await take(dm("5"), await codeFrom(WEB_SESSION))).toMatchObject({ personId: "owner", role: "owner" });
    expect([await roleIn(dm("5")), await roleIn(WEB_SESSION)]).toEqual(["owner", "owner"]);
    await letIn("6");
    expect(await roleIn(dm("6"))).toBe("telegram-6");
  });

  it("brings somebody into the conversation of their first channel, and nobody else's", async () => {
    await letIn("1");
    expect(await take(dm("5", "discord"), await codeFrom(dm("1")))).toEqual({
      kind: "linked",
      personId: "telegram-1",
      role: "person",
      name: "Person 1",
    });
    expect(await roleIn(dm("5", "discord"))).toBe("telegram-1");
    await directory().removePerson("telegram-1");
    expect(await roleIn(dm("5", "discord"))).toBe("stranger");
  });

  it("takes a person of their own along, who stays on the list with nothing", async () => {
    await letIn("1");
    await letIn("2");
    const told = vi.spyOn(ChannelSession.prototype, "accessChanged");
    await take(dm("2"), await codeFrom(dm("1")));
    expect(await roleIn(dm("2"))).toBe("telegram-1");
    expect([await peersOf("telegram-1"), await peersOf("telegram-2")]).toEqual([["telegram:1", "telegram:2"], []]);
    await vi.waitFor(() => expect(told).toHaveBeenCalled(), PATIENCE);
    await vi.waitFor(async () => expect(await countRows("errands")).toBe(0), PATIENCE);
  });

  it("ends the pairing code of who was a stranger", async () => {
    const code = await codeOfStranger("1");
    await take(dm("1"), await codeFrom(OWNER_DM));
    expect(await directory().listPairings()).toEqual([]);
    expect(await directory().approvePairing({ code, place: "admin" })).toMatchObject({ code: "unknown_code" });
    expect(await roleIn(dm("1"))).toBe("owner");
  });

  it("never makes somebody else of the owner, who could be talked into it", async () => {
    await letIn("1");
    const code = await codeFrom(dm("1"));
    for (const key of [OWNER_DM, WEB_SESSION]) expect((await take(key, code)).kind).toBe("refused");
    expect([await roleIn(OWNER_DM), await roleIn(dm("1"))]).toEqual(["owner", "telegram-1"]);
  });

  it("changes nothing for who is that person already", async () => {
    expect(await take(OWNER_DM, await codeFrom(OWNER_DM))).toEqual({ kind: "refused", code: "already_linked" });
    expect(await countRows("peers")).toBe(0);
  });
});

describe("a link code", () => {
  it("is the same while it is open, and good for ten minutes and one channel", async () => {
    const code = await codeFrom(OWNER_DM);
    expect(await codeFrom(OWNER_DM)).toBe(code);
    await take(dm("1"), code);
    expect(await take(dm("2"), code)).toEqual({ kind: "refused", code: "unknown_code" });
    const late = await codeFrom(OWNER_DM);
    expect(late).not.toBe(code);
    await pass(ACCESS_BOUNDS.linkLifeMs);
    expect(await take(dm("2"), late)).toEqual({ kind: "refused", code: "unknown_code" });
    expect(await roleIn(dm("2"))).toBe("stranger");
  });

  it("is no pairing code, and the other way round", async () => {
    const [link, pair] = [await codeFrom(OWNER_DM), await codeOfStranger("1")];
    expect(await directory().approvePairing({ code: link, place: "admin" })).toMatchObject({ code: "unknown_code" });
    expect(await directory().dismissPairing({ code: link, place: "admin" })).toMatchObject({ code: "unknown_code" });
    expect(await take(dm("2"), pair)).toMatchObject({ code: "unknown_code" });
    expect([await roleIn(dm("1")), await roleIn(dm("2"))]).toEqual(["stranger", "stranger"]);
  });

  it("is given to nobody who is not let in, nor to whom only an open door lets in", async () => {
    expect(await directory().askLink(dm("1"))).toEqual({ kind: "refused", code: "not_admitted" });
    await set({ "access.dm.telegram": "open" });
    expect(await roleIn(dm("1"))).toBe("telegram-1");
    expect(await directory().askLink(dm("1"))).toEqual({ kind: "refused", code: "not_admitted" });
    expect(await countRows("codes")).toBe(0);
  });

  it("is worth nothing when who asked for it was removed, or the channel lets nobody in who is not listed", async () => {
    await letIn("1");
    const code = await codeFrom(dm("1"));
    await set({ "access.dm.discord": "allowlist" });
    expect(await take(dm("5", "discord"), code)).toMatchObject({ code: "unknown_code" });
    await directory().removePerson("telegram-1");
    expect(await take(dm("5", "slack"), code)).toMatchObject({ code: "unknown_code" });
    expect([await countRows("peers"), await countRows("codes")]).toEqual([0, 0]);
  });

  it("joins a channel that takes only whom its list names to somebody on the list", async () => {
    await set({ "access.dm.discord": "allowlist" });
    expect(await take(dm("5", "discord"), await codeFrom(OWNER_DM))).toMatchObject({ kind: "linked" });
    expect(await roleIn(dm("5", "discord"))).toBe("owner");
  });

  it("is guessed at no more often than may be, and the right one is then looked at later", async () => {
    const code = await codeFrom(OWNER_DM);
    for (let n = 0; n < ACCESS_BOUNDS.codeTriesMax; n += 1) {
      expect(await take(dm("1"), guess(n))).toMatchObject({ code: "unknown_code" });
    }
    expect(await take(dm("1"), code)).toMatchObject({ code: "too_many_tries" });
    expect(await take(dm("2"), code)).toMatchObject({ kind: "linked" });
    const other = await codeFrom(OWNER_DM);
    await pass(ACCESS_BOUNDS.codeTriesWindowMs - 1);
    expect(await take(dm("1"), other)).toMatchObject({ code: "too_many_tries" });
    await pass(1);
    expect(await take(dm("1"), await codeFrom(OWNER_DM))).toMatchObject({ kind: "linked" });
  });

  it("has an end in number: of codes, and of the channels of one person", async () => {
    await runInDurableObject(directory(), (_object, { storage: { sql } }) => {
      for (let n = 0; n < ACCESS_BOUNDS.linksOpenMax; n += 1) {
        sql.exec(
          `INSERT INTO codes (code, kind, session, person, name, created_at, expires_at) VALUES (?, 'link', ?, ?, '', 0, ?)`,
          guess(n),
          dm(String(n + 100)),
          `slack-${n}`,
          Date.now() + 60_000,
        );
      }
    });
    expect(await directory().askLink(OWNER_DM)).toEqual({ kind: "refused", code: "too_many_links" });
    await pass(60_000);
    for (let n = 1; n < ACCESS_BOUNDS.peersPerPersonMax; n += 1) {
      expect(await take(dm(String(100 + n)), await codeFrom(OWNER_DM))).toMatchObject({ kind: "linked" });
    }
    expect(await directory().askLink(OWNER_DM)).toEqual({ kind: "refused", code: "too_many_links" });
  });
});

describe("a channel that was joined", () => {
  it("is taken off alone by its peer, the owner's too, and is a stranger's again", async () => {
    await take(dm("8"), await codeFrom(OWNER_DM));
    expect(await roleIn(dm("8"))).toBe("owner");
    expect(await directory().removePerson("telegram:8")).toEqual({
      kind: "removed",
      personId: "telegram-7",
      peers: ["telegram:8"],
    });
    expect((await directory().policyFor(dm("8"))).access).toEqual({ kind: "stranger" });
    expect(await roleIn(OWNER_DM)).toBe("owner");
    expect(await peersOf("telegram-7")).toEqual(["telegram:7"]);
  });

  it("is the only one that its peer takes off: whoever was let in otherwise goes as a person", async () => {
    await letIn("8");
    await take(dm("9"), await codeFrom(dm("8")));
    expect(await directory().removePerson("telegram:7")).toEqual({ kind: "refused", code: "is_owner" });
    expect(await directory().removePerson("telegram:5")).toEqual({ kind: "refused", code: "unknown_person" });
    expect(await directory().removePerson("telegram:8")).toMatchObject({ kind: "removed", personId: "telegram-8" });
    expect((await directory().policyFor(dm("9"))).access).toEqual({ kind: "stranger" });
  });
});

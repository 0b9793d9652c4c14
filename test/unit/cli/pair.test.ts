import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EXIT } from "../../../cli/exit-code.ts";
import { pairVerbs, showPairings } from "../../../cli/verbs/pair.ts";
import { AdminServer, verbOf } from "./admin-server.ts";
import { accessOf, configurationOf } from "./access-fixtures.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const BOB = { code: "ABCDEFGH", peer: "telegram:7", name: "Bob", createdAt: NOW, expiresAt: NOW + 3_599_999 };

let admin: AdminServer;
beforeEach(async () => void (admin = await AdminServer.start()));
afterEach(() => admin.close());

const pair = (name: string, ...words: readonly string[]) => admin.run(verbOf(pairVerbs, name), words);

describe("claw pair list", () => {
  it("lists who waits with the time that is left, and says how to let one in", () => {
    const almostOver = { ...BOB, code: "HGFEDCBA", name: "Eve", peer: "telegram:8", expiresAt: NOW + 59_999 };
    const { json, lines } = showPairings([{ pairings: [BOB, almostOver] }, null], NOW);
    expect(lines).toEqual([
      "code      name  peer        good for",
      "ABCDEFGH  Bob   telegram:7  59 minutes",
      "HGFEDCBA  Eve   telegram:8  less than a minute",
      "",
      "To let one in: npm run claw -- pair approve <code>",
    ]);
    expect(json).toEqual({ pairings: [BOB, almostOver] });
  });

  it.each([
    [{ dmPolicy: "pairing" }, [/^Somebody new who writes gets a code, good for 60 minutes, and is listed here\.$/]],
    [{ dmPolicy: "allowlist" }, [/gets no answer/]],
    [{ dmPolicy: "open" }, [/^Everybody who writes is answered, without a code\.$/]],
    [{ dmPolicy: "disabled" }, [/^Nobody is answered/]],
    [{ dm: { telegram: "open" } }, [/^On telegram: Everybody/, /^On discord, slack, whatsapp: Somebody new/]],
  ] as const)("says what happens when somebody writes while nobody waits (%j)", async (access, said) => {
    admin.answers["GET /admin/api/pairings"] = { body: { pairings: [] } };
    admin.answers["GET /admin/api/config"] = { body: configurationOf({ access: accessOf(access) }) };
    const { exit, out } = await pair("list");
    expect(exit).toBe(EXIT.done);
    expect(out).toEqual(["Nobody waits.", ...said.map((words) => expect.stringMatching(words))]);
  });

  it("shows names of strangers as one line that a terminal only shows", () => {
    const evil = { ...BOB, name: "\u001b]0;pwn\u0007\u202eBob\nABCDEFGH  Ada" };
    const [, line] = showPairings([{ pairings: [evil] }, null], NOW).lines;
    expect(line).toBe("ABCDEFGH  ]0;pwnBob ABCDEFGH Ada  telegram:7  59 minutes");
  });
});

describe("claw pair approve", () => {
  const answer = { kind: "approved", peer: "telegram:7", name: "Bob\u001b[2J", personId: "telegram-7", role: "person" };

  it("sends the code without what people put into it, and says who is let in", async () => {
    admin.answers["POST /admin/api/pairings/approve"] = { body: answer };
    const { exit, out } = await pair("approve", "abcd-efgh");
    expect(exit).toBe(EXIT.done);
    expect(admin.requests).toEqual([{ asked: "POST /admin/api/pairings/approve", body: { code: "ABCDEFGH" } }]);
    expect(out[0]).toBe("Bob[2J (telegram:7) is let in, as telegram-7.");
  });

  it("says that somebody is the owner now", async () => {
    admin.answers["POST /admin/api/pairings/approve"] = { body: { ...answer, name: "", role: "owner" } };
    const { out } = await pair("approve", "ABCDEFGH");
    expect(out[0]).toBe("telegram:7 is let in, and is the owner.");
  });

  it.each([
    [
      404,
      { error: "unknown_code" },
      /nobody waits with that code: .* older than 60 minutes; npm run claw -- pair lists/,
    ],
    [409, { error: "too_many_people" }, /1000 people are let in, .*npm run claw -- people remove <id>$/],
    [
      429,
      { error: "too_many_tries", retryAt: NOW },
      /too many codes were wrong, .* try again after 2026-11-2\d \d\d:\d\d$/,
    ],
    [404, { error: "not_found" }, /older release$/],
    [400, { error: "malformed_body" }, /answered 400 to \/admin\/api\/pairings\/approve$/],
  ])("explains a %s %j in one line", async (status, body, said) => {
    admin.answers["POST /admin/api/pairings/approve"] = { status, body };
    const { exit, out, err } = await pair("approve", "ABCDEFGH");
    expect({ exit, out }).toEqual({ exit: EXIT.failed, out: [] });
    expect(err).toEqual([expect.stringMatching(said)]);
    expect(err[0]).toMatch(/^claw pair approve: /);
  });
});

describe("claw pair dismiss", () => {
  it("says whose code lets nobody in any more", async () => {
    admin.answers["POST /admin/api/pairings/dismiss"] = {
      body: { kind: "dismissed", peer: "telegram:7", name: "Bob" },
    };
    expect(await pair("dismiss", "ABCD EFGH")).toEqual({
      exit: EXIT.done,
      out: ["The code of Bob (telegram:7) lets nobody in any more."],
      err: [],
    });
  });
});

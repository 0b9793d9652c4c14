import { reset } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import { api, codeOfStranger, directory, dm, guess, roleIn } from "./directory-world.ts";

afterEach(reset);

describe("/admin/api/pairings", () => {
  it("lists who waits, lets them in and turns them away", async () => {
    const [first, second] = [await codeOfStranger("1"), await codeOfStranger("2")];
    expect(await api("GET", "/pairings")).toMatchObject({
      status: 200,
      body: { pairings: [{ code: first, peer: "telegram:1", name: "Person 1" }, { code: second }] },
    });
    expect(await api("POST", "/pairings/approve", { code: first.toLowerCase() })).toMatchObject({
      status: 200,
      body: { kind: "approved", peer: "telegram:1", name: "Person 1", personId: "telegram-1", role: "person" },
    });
    expect(await api("POST", "/pairings/dismiss", { code: second })).toMatchObject({
      status: 200,
      body: { kind: "dismissed", peer: "telegram:2", name: "Person 2" },
    });
    expect(await api("GET", "/pairings")).toMatchObject({ body: { pairings: [] } });
    expect([await roleIn(dm("1")), await roleIn(dm("2"))]).toEqual(["telegram-1", "stranger"]);
  });

  it.each(["approve", "dismiss"])(
    "answers %s of a code that is none with 404, and too many of them with 429",
    async (verb) => {
      const code = await codeOfStranger("1");
      for (let n = 0; n < ACCESS_BOUNDS.codeTriesMax; n += 1) {
        expect(await api("POST", `/pairings/${verb}`, { code: n === 0 ? "" : guess(n) })).toMatchObject({
          status: 404,
          body: { error: "unknown_code" },
        });
      }
      const late = await api("POST", `/pairings/${verb}`, { code });
      expect(late).toMatchObject({ status: 429, body: { error: "too_many_tries", retryAt: expect.any(Number) } });
      const retryAfterMs = Number(late.headers.get("retry-after")) * 1_000;
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(ACCESS_BOUNDS.codeTriesWindowMs);
      expect(await directory().listPairings()).toHaveLength(1);
    },
  );

  it.each([
    "",
    "{",
    "null",
    "[]",
    "{}",
    '{"code":1}',
    '{"code":"ABCD2345","place":"agent:main:main"}',
    `{"code":"${"A".repeat(101)}"}`,
  ])("answers the body %j with 400, and counts no try", async (body) => {
    expect(await api("POST", "/pairings/approve", body)).toMatchObject({
      status: 400,
      body: { error: "malformed_body" },
    });
    for (let n = 0; n < ACCESS_BOUNDS.codeTriesMax; n += 1) await api("POST", "/pairings/dismiss", body);
    expect(await api("POST", "/pairings/approve", { code: guess(1) })).toMatchObject({ status: 404 });
  });

  it("answers 413 to a body that is larger than any", async () => {
    const body = JSON.stringify({ code: "A".repeat(2_000_000) });
    expect(await api("POST", "/pairings/approve", body)).toMatchObject({ status: 413, body: { error: "too_large" } });
  });
});

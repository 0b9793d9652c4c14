import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verifyDiscord } from "../../../worker/channels/discord/verify.ts";
import { APP } from "./payloads.ts";
import { command, ping, press } from "./payloads-calls.ts";
import { bytes, createApplication, signed, webhook } from "./signed.ts";

const NOW = 1_777_698_269_000;
const ours = createApplication();
const another = createApplication();
const settings = { applicationId: APP, publicKey: ours.publicKey };
const ask = command("ask", { text: "hi" });
const verify = (request: ReturnType<typeof webhook>, now = NOW) => verifyDiscord(request, settings, now);
const headerOf = (request: ReturnType<typeof webhook>, name: string) => request.headers.get(name);
const unauthentic = { ok: false, error: { kind: "unauthentic" } };

describe("verifyDiscord", () => {
  it.each([
    ["a command", ask, "command"],
    ["a press", press(), "press"],
    ["a ping", ping(), "ping"],
    ["a ping that says no more than that", { type: 1 }, "ping"],
  ])("lets in %s that Discord signed", async (_what, json, kind) => {
    expect(await verify(signed(bytes(json), NOW, ours))).toMatchObject({ ok: true, value: { kind } });
  });

  it("turns away whatever another key signed: Discord's routine probe", async () => {
    expect(await verify(signed(bytes(ping()), NOW, another))).toEqual({
      ok: false,
      error: { kind: "unauthentic", why: "wrong signature" },
    });
  });

  it("turns away a body that was changed", async () => {
    const request = signed(bytes(ask), NOW, ours);
    const forged = bytes(JSON.stringify(ask).replace("hi", "ho"));
    expect(await verify({ ...request, body: forged })).toMatchObject(unauthentic);
    expect(await verify({ ...request, body: new Uint8Array() })).toMatchObject(unauthentic);
  });

  it("turns away a time that was changed", async () => {
    const { body, headers } = signed(bytes(ask), NOW, ours);
    const signature = headers.get("x-signature-ed25519");
    expect(await verify(webhook(body, signature, String(NOW / 1000 + 1)))).toMatchObject(unauthentic);
  });

  it("turns away what was signed too long ago, whatever is in it", async () => {
    const request = signed(bytes(ask), NOW, ours);
    expect(await verify(request, NOW + 300_000)).toMatchObject({ ok: true });
    expect(await verify(request, NOW + 301_000)).toMatchObject(unauthentic);
    expect(await verify(request, NOW + 360_000)).toEqual({
      ok: false,
      error: { kind: "unauthentic", why: "signed at another time" },
    });
    expect(await verify(request, NOW - 301_000)).toMatchObject(unauthentic);
  });

  it.each([
    ["a call", command("ask", { text: "hi" }, { application_id: "1100000000000000009" })],
    ["a ping", ping({ application_id: "1100000000000000009" })],
  ])("turns away %s for another application that has the same key", async (_what, json) => {
    expect(await verify(signed(bytes(json), NOW, ours))).toEqual({
      ok: false,
      error: { kind: "unauthentic", why: "another application's" },
    });
  });

  const good = signed(bytes(ask), NOW, ours);
  const signature = headerOf(good, "x-signature-ed25519") ?? "";
  const timestamp = headerOf(good, "x-signature-timestamp");

  it.each([
    ["no signature", null, timestamp, "no signature"],
    ["no time", signature, null, "no signature"],
    ["an empty signature", "", timestamp, "not a signature"],
    ["an empty time", signature, "", "not a signature"],
    ["a short signature", signature.slice(1), timestamp, "not a signature"],
    ["a long signature", `${signature}00`, timestamp, "not a signature"],
    ["a signature that is no number", `zz${signature.slice(2)}`, timestamp, "not a signature"],
    ["an oversized signature", "0".repeat(100_000), timestamp, "not a signature"],
    ["an oversized time", signature, "1".repeat(100_000), "not a signature"],
    ["a time that is no number", signature, "now", "not a signature"],
    ["a time with a fraction", signature, `${timestamp}.0`, "not a signature"],
    ["a negative time", signature, `-${timestamp}`, "not a signature"],
    ["a time in milliseconds", signature, String(NOW), "not a signature"],
    ["another signature", "0".repeat(128), timestamp, "wrong signature"],
  ])("turns away %s", async (_what, givenSignature, givenTime, why) => {
    expect(await verify(webhook(good.body, givenSignature, givenTime))).toEqual({
      ok: false,
      error: { kind: "unauthentic", why },
    });
  });

  it("takes the signature in any case", async () => {
    expect(await verify(webhook(good.body, signature.toUpperCase(), timestamp))).toMatchObject({ ok: true });
  });

  it("turns away everything while the key is none", async () => {
    for (const publicKey of ["", "zz", "0".repeat(64), ours.publicKey.slice(2)]) {
      expect(await verifyDiscord(good, { ...settings, publicKey }, NOW), publicKey).toMatchObject(unauthentic);
    }
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["no JSON", bytes("{")],
    ["no UTF-8", bytes(ask).map((byte) => (byte === 0x68 ? 0xff : byte))],
    ["null", bytes("null")],
    ["an array", bytes("[]")],
    ["a call without a type", bytes({ application_id: APP })],
    ["a call of nobody", bytes(command("ask", {}, { member: undefined }))],
    ["a call without a token", bytes(command("ask", {}, { token: undefined }))],
    ["a call with a token that leads elsewhere", bytes(command("ask", {}, { token: "a/../../b" }))],
    ["a call with an id that is no number", bytes(command("ask", {}, { id: "../1" }))],
    ["a call without an application", bytes(command("ask", {}, { application_id: undefined }))],
    ["a command without a name", bytes(command("ask", {}, { data: { options: [] } }))],
    ["a press of nothing", bytes(press({ data: { component_type: 2 } }))],
    ["a press under nothing", bytes(press({ message: undefined }))],
    ["very deep JSON", bytes("[".repeat(500_000))],
  ])("calls a body malformed that is %s", async (_what, body) => {
    expect(await verify(signed(body, NOW, ours))).toMatchObject({ ok: false, error: { kind: "malformed" } });
  });

  it("names what is malformed, and never repeats a value", async () => {
    const body = bytes(command("ask", {}, { token: "a secret / b" }));
    const verified = await verify(signed(body, NOW, ours));
    expect(verified).toMatchObject({ error: { why: expect.stringMatching(/^token: not /u) } });
    expect(JSON.stringify(verified)).not.toContain("secret");
  });

  it("never throws, whatever comes", async () => {
    const anyHeader = fc.oneof(
      fc.string(),
      fc.constantFrom(signature, timestamp ?? ""),
      fc.stringMatching(/^[0-9a-f]{128}$/),
    );
    const headers = (given: string, time: string) => {
      try {
        return webhook(good.body, given, time);
      } catch {
        return webhook(good.body, null, null); // not even a header
      }
    };
    await fc.assert(
      fc.asyncProperty(anyHeader, anyHeader, fc.uint8Array({ maxLength: 200 }), async (given, time, body) => {
        expect(await verify({ ...headers(given, time), body })).toMatchObject(unauthentic);
      }),
      { numRuns: 200 },
    );
    await fc.assert(
      fc.asyncProperty(fc.json(), async (json) => {
        const verified = await verify(signed(bytes(json), NOW, ours));
        if (!verified.ok) expect(["unauthentic", "malformed"]).toContain(verified.error.kind);
      }),
      { numRuns: 200 },
    );
  });
});

/** What Discord signs, verified inside workerd, whose Web Cryptography is another than Node's. */
import { beforeAll, describe, expect, it } from "vitest";
import { parseInteraction } from "../../worker/channels/discord/parse.ts";
import { verifyDiscord } from "../../worker/channels/discord/verify.ts";

const APP = "1100000000000000001";
const ANN = { id: "420000000000000001", username: "ann", global_name: "Ann" };
const NOW = 1_777_698_269_000;

const encode = (text: string) => new TextEncoder().encode(text);
const hex = (bytes: ArrayBuffer) =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const call = {
  id: "1500000000000000008",
  application_id: APP,
  type: 2,
  token: "token-of-nobody",
  locale: "en-US",
  context: 1,
  user: ANN,
  channel: { id: "1300000000000000002", type: 1 },
  data: { name: "ask", type: 1, options: [{ name: "text", type: 3, value: "hi" }] },
};

describe("verifyDiscord in workerd", () => {
  let publicKey = "";
  let sign = async (_body: string): Promise<string> => "";

  beforeAll(async () => {
    const keys = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
    if (!("publicKey" in keys)) throw new Error("not a pair");
    const exported = await crypto.subtle.exportKey("raw", keys.publicKey);
    if (!(exported instanceof ArrayBuffer)) throw new Error("not raw");
    publicKey = hex(exported);
    sign = async (text) => hex(await crypto.subtle.sign({ name: "Ed25519" }, keys.privateKey, encode(text)));
  });

  const verify = (body: string, signature: string, timestamp = String(NOW / 1000), now = NOW) =>
    verifyDiscord(
      {
        headers: new Headers({ "x-signature-ed25519": signature, "x-signature-timestamp": timestamp }),
        body: encode(body),
      },
      { applicationId: APP, publicKey },
      now,
    );

  it("lets in what was signed, and reads it", async () => {
    const body = JSON.stringify(call);
    const verified = await verify(body, await sign(`${NOW / 1000}${body}`));
    if (!verified.ok) throw new Error(verified.error.why);
    expect(parseInteraction(verified.value)).toMatchObject({
      kind: "messages",
      messages: [{ session: `agent:main:discord:direct:${ANN.id}`, text: "hi" }],
      answers: { taken: { type: 5 } },
    });
  });

  it("turns away forged, late and unreadable signatures without throwing", async () => {
    const body = JSON.stringify(call);
    const signature = await sign(`${NOW / 1000}${body}`);
    const unauthentic = { ok: false, error: { kind: "unauthentic" } };
    expect(await verify(`${body} `, signature)).toMatchObject(unauthentic);
    expect(await verify(body, signature, String(NOW / 1000 + 1))).toMatchObject(unauthentic);
    expect(await verify(body, signature, String(NOW / 1000), NOW + 360_000)).toMatchObject(unauthentic);
    for (const wrong of ["", "zz", "0".repeat(128), "f".repeat(128), signature.slice(2), `${signature}00`]) {
      expect(await verify(body, wrong), wrong).toMatchObject(unauthentic);
    }
  });

  it("calls malformed what was signed and is no interaction", async () => {
    for (const body of ["", "null", "[]", "{"]) {
      const verified = await verify(body, await sign(`${NOW / 1000}${body}`));
      expect(verified).toMatchObject({ ok: false, error: { kind: "malformed" } });
    }
  });
});

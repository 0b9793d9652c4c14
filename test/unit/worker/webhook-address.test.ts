import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readWebhookAddress } from "../../../worker/channels/telegram/webhook-address.ts";

const problemOf = (address: string) => {
  const read = readWebhookAddress(address);
  return read.ok ? null : read.error;
};

describe("readWebhookAddress", () => {
  it.each([
    ["https://claw.example.com", "https://claw.example.com/telegram/webhook"],
    ["https://claw.example.com/", "https://claw.example.com/telegram/webhook"],
    ["https://CLAW.example.com:443/telegram/webhook#x", "https://claw.example.com/telegram/webhook"],
    ["https://claw.example.com:8443/claw/hook?a=1", "https://claw.example.com:8443/claw/hook?a=1"],
    ["https://8.8.8.8:88", "https://8.8.8.8:88/telegram/webhook"],
    ["https://172.32.0.1", "https://172.32.0.1/telegram/webhook"],
    ["https://100.128.0.1:80", "https://100.128.0.1:80/telegram/webhook"],
    ["https://local.example.com", "https://local.example.com/telegram/webhook"],
  ])("takes %s", (given, address) => {
    expect(readWebhookAddress(given)).toEqual({ ok: true, value: address });
  });

  it.each([
    "http://127.0.0.1:8787",
    "https://127.1.2.3",
    "https://0x7f.1",
    "https://2130706433",
    "https://0.0.0.0",
    "https://10.1.2.3",
    "https://100.64.0.1",
    "https://169.254.169.254",
    "https://172.16.0.1",
    "https://172.31.255.255",
    "https://192.168.1.1",
    "https://198.18.0.1",
    "https://224.0.0.1",
    "https://255.255.255.255",
    "https://localhost",
    "https://localhost.",
    "https://claw.localhost",
    "https://laptop.local",
    "https://claw.internal",
    "https://router.lan",
    "https://nas.home.arpa",
    "https://claw",
  ])("refuses %s, which means something here only", (address) => {
    expect(problemOf(address)).toContain("in this machine or network only");
  });

  it.each([
    ["http://claw.example.com", "nothing but https"],
    ["https://claw.example.com:8787", "port 8787, only 443, 80, 88 and 8443"],
    ["https://[2001:db8::1]", "no IPv6"],
    ["https://[::1]", "no IPv6"],
    ["https://[::ffff:8.8.8.8]", "no IPv6"],
    ["https://me:secret@claw.example.com", "no name and no password"],
  ])("refuses %s because Telegram takes it not", (address, why) => {
    expect(problemOf(address)).toContain(why);
    expect(problemOf(address)).not.toContain("secret");
  });

  it.each(["", "claw.example.com", "ftp://claw.example.com", "javascript:alert(1)", "https://", "https://10.0.0.256"])(
    "says that %j is no address",
    (address) => expect(problemOf(address)).toMatch(/^that is no address/),
  );

  it("says with every refusal what to do instead", () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl({ withFragments: true }), fc.string()), (address) => {
        const problem = problemOf(address);
        expect(problem === null || /PUBLIC_URL, or --to.*npm start/.test(problem)).toBe(true);
      }),
    );
  });
});

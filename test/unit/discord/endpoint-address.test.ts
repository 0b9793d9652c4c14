import { describe, expect, it } from "vitest";
import { readEndpointAddress } from "../../../worker/channels/discord/endpoint-address.ts";

describe("readEndpointAddress", () => {
  it.each([
    ["https://claw.example.com", "https://claw.example.com/discord/interactions"],
    ["https://CLAW.example.com:443/discord/interactions#x", "https://claw.example.com/discord/interactions"],
    ["https://claw.example.com:8787/behind/a/proxy?a=1", "https://claw.example.com:8787/behind/a/proxy?a=1"],
    ["https://8.8.8.8", "https://8.8.8.8/discord/interactions"],
  ])("takes %s", (given, address) => {
    expect(readEndpointAddress(given)).toEqual({ ok: true, value: address });
  });

  it.each([
    ["http://127.0.0.1:8787", "in this machine or network only"],
    ["https://localhost", "in this machine or network only"],
    ["https://10.1.2.3", "in this machine or network only"],
    ["https://laptop.local", "in this machine or network only"],
    ["https://[::1]", "IPv6"],
    ["https://[2001:db8::1]", "IPv6"],
    ["http://claw.example.com", "nothing but https"],
    ["https://me:secret@claw.example.com", "no name and no password"],
    ["claw.example.com", "that is no address"],
    ["ftp://claw.example.com", "that is no address"],
    ["", "that is no address"],
  ])("refuses %j, and says why and what to do instead", (given, why) => {
    const read = readEndpointAddress(given);
    expect(read).toEqual({ ok: false, error: expect.stringContaining(why) });
    expect(read).toEqual({
      ok: false,
      error: expect.stringMatching(/PUBLIC_URL, or as an argument.*DISCORD_GATEWAY=on/),
    });
    expect(JSON.stringify(read)).not.toContain("secret");
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkWebhookUrl, isAllowableHost, type WebhookRules } from "../../../protocol/public-address.ts";

const NONE: WebhookRules = { allowHosts: [], publicUrl: "https://claw.example.org" };
const problemOf = (address: string, rules = NONE) => {
  const checked = checkWebhookUrl(address, rules);
  return checked.ok ? null : checked.error;
};

describe("where a webhook may go", () => {
  it.each([
    "https://example.com/hook?key=1#part",
    "https://EXAMPLE.com.:443/",
    "https://example.com:8443",
    "https://8.8.8.8/",
    "https://172.32.0.1",
    "https://100.128.0.1",
    "https://192.0.1.1",
    "https://[2606:4700::1111]/",
    "https://[2001:4860:4860::8888]/",
    "https://local.example.com/",
    "https://localhost.example.com/",
    "https://xn--bcher-kva.example.com",
    "https://bücher.example.com",
  ])("takes %s", (address) => expect(problemOf(address)).toBeNull());

  it.each([
    "https://127.0.0.1",
    "https://127.1",
    "https://2130706433",
    "https://0x7f000001",
    "https://0x7f.0.0.1",
    "https://0177.0.0.1",
    "https://017700000001",
    "https://127.0.0.1.",
    "https://127。0。0。1",
    "https://①②⑦.0.0.1",
    "https://%31%32%37.0.0.1",
    "https://0",
    "https://0.0.0.0",
    "https://10.1.2.3",
    "https://167837955",
    "https://100.64.0.1",
    "https://100.127.255.255",
    "https://169.254.169.254/latest/meta-data",
    "https://2852039166",
    "https://0xa9fea9fe",
    "https://172.16.0.1",
    "https://172.31.255.255",
    "https://192.0.0.1",
    "https://192.0.2.1",
    "https://192.88.99.1",
    "https://192.168.1.1",
    "https://198.18.0.1",
    "https://198.51.100.1",
    "https://203.0.113.1",
    "https://224.0.0.1",
    "https://240.0.0.1",
    "https://255.255.255.255",
    "https://[::]",
    "https://[::1]",
    "https://[0:0:0:0:0:0:0:1]",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:8.8.8.8]",
    "https://[::ffff:7f00:1]",
    "https://[::127.0.0.1]",
    "https://[64:ff9b::7f00:1]",
    "https://[64:ff9b:1::1]",
    "https://[100::1]",
    "https://[2001::1]",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "https://[2001:1ff::1]",
    "https://[2001:db8::1]",
    "https://[2002:7f00:1::]",
    "https://[3fff::1]",
    "https://[3fff:fff::1]",
    "https://[4000::1]",
    "https://[5f00::1]",
    "https://[fc00::1]",
    "https://[fd12:3456::1]",
    "https://[fe80::1]",
    "https://[fec0::1]",
    "https://[ff02::1]",
    "https://localhost",
    "https://LOCALHOST",
    "https://localhost.",
    "https://localhost..",
    "https://app.localhost",
    "https://printer",
    "https://printer.local",
    "https://metadata.google.internal",
    "https://nas.lan",
    "https://router.home.arpa",
    "https://host.localdomain",
    "https://wiki.corp",
    "https://intranet.private",
  ])("refuses %s, which is of no public network", (address) => {
    expect(problemOf(address)).toMatch(/^is not a public one; WEBHOOK_ALLOW_HOSTS/);
  });

  it.each([
    ["http://example.com", /^must begin with https/],
    ["https://user@example.com", /user name/],
    ["https://:word@example.com", /user name/],
    ["https://example.com:22", /^must have port 443/],
    ["https://example.com:80", /^must have port 443/],
    ["ftp://example.com", /^must be one of the web/],
    ["file:///etc/passwd", /^must be one of the web/],
    ["javascript:alert(1)", /^must be one of the web/],
    ["//example.com", /^must be one of the web/],
    ["https://", /^must be one of the web/],
    ["https://[fe80::1%25eth0]/", /^must be one of the web/],
    ["https://[::1", /^must be one of the web/],
    ["https://256.256.256.256", /^must be one of the web/],
    ["https://exa mple.com", /^must be one of the web/],
    ["", /^must be one of the web/],
    ["https://claw.example.org/agent/rpc", /^is the assistant's own/],
    ["https://CLAW.example.org.:8443/", /^is the assistant's own/],
  ])("refuses %j", (address, why) => expect(problemOf(address)).toMatch(why));

  it("refuses an address that is longer than any", () => {
    expect(problemOf(`https://example.com/${"x".repeat(2_000)}`)).toMatch(/^must be one of the web/);
  });

  it("takes exactly the hosts that the deployment names, also private and http ones", () => {
    const rules = { ...NONE, allowHosts: ["192.168.1.5:8080", "printer.lan", "localhost:9000", "[::1]:9000"] };
    const allowed = [
      "http://192.168.1.5:8080/x",
      "https://printer.lan/",
      "http://PRINTER.lan:80/",
      "http://[0::1]:9000",
    ];
    for (const address of allowed)
      expect(checkWebhookUrl(address, rules)).toMatchObject({ value: { isAllowed: true } });
    const others = [
      "http://192.168.1.5/",
      "http://192.168.1.5:8081",
      "https://printer.lan:8443",
      "http://x.printer.lan",
    ];
    for (const address of [...others, "http://printer.lan@192.168.1.6/"])
      expect(problemOf(address, rules)).not.toBeNull();
  });

  it("never takes the assistant's own address, by no name of the loopback", () => {
    const rules = {
      allowHosts: ["localhost:8787", "127.0.0.1:8787", "[::1]:8787"],
      publicUrl: "http://127.0.0.1:8787",
    };
    for (const host of ["localhost", "127.0.0.1", "127.0.0.2", "0.0.0.0", "[::1]", "localhost."]) {
      expect(problemOf(`http://${host}:8787/agent/rpc`, rules), host).toBe("is the assistant's own");
    }
    expect(problemOf("http://127.0.0.1:9000/", { ...rules, allowHosts: ["127.0.0.1:9000"] })).toBeNull();
  });

  it("takes no IPv4 address of a private network, however it is written", () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const network = fc.constantFrom<readonly number[]>([10], [127], [192, 168], [169, 254], [0]);
    fc.assert(
      fc.property(network, fc.array(byte, { minLength: 4, maxLength: 4 }), fc.nat(2), (head, tail, style) => {
        const bytes = [...head, ...tail].slice(0, 4);
        const whole = bytes.reduce((sum, each) => sum * 256 + each, 0);
        const spelled = [
          String(whole),
          `0x${whole.toString(16)}`,
          bytes.map((each) => `0${each.toString(8)}`).join("."),
        ];
        expect(problemOf(`https://${spelled[style]}/`)).toMatch(/^is not a public one/);
        const [a = 0, b = 0, c = 0, d = 0] = bytes;
        expect(problemOf(`https://[::ffff:${a}.${b}.${c}.${d}]/`)).toMatch(/^is not a public one/);
      }),
    );
  });
});

it.each([
  ["printer.lan", true],
  ["192.168.1.5:8080", true],
  ["[::1]:9000", true],
  ["http://printer.lan", false],
  ["printer.lan/path", false],
  ["user@printer.lan", false],
  ["*.lan", false],
  ["", false],
])("%j as an entry of WEBHOOK_ALLOW_HOSTS: %s", (entry, isOne) => expect(isAllowableHost(entry)).toBe(isOne));

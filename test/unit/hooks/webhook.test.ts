import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sendWebhook, type WebhookBody, type WebhookContext } from "../../../durable-objects/job-scheduler/webhook.ts";
import { JOB_BOUNDS } from "../../../protocol/own-work-bounds.ts";

const BODY: WebhookBody = {
  jobId: "daily",
  name: "Daily",
  runId: "daily:1",
  slot: 1,
  status: "ok",
  text: "All is well.",
  error: null,
  usage: null,
  startedAt: 2,
  endedAt: 3,
};
type Asked = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

let server: Server;
let asked: Asked[];
let answer: (response: ServerResponse) => void;
let host: string;

beforeEach(async () => {
  asked = [];
  answer = (response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
      answer(response);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const never = () => Promise.reject(new Error("nothing is to be sent that way"));

function context(over: Partial<WebhookContext> = {}): WebhookContext {
  return {
    allowHosts: [host],
    publicUrl: "https://claw.example.org",
    deliveryId: "delivery-1",
    token: "webhook-token",
    tokenHosts: [host],
    fetchPublic: never,
    fetchAllowed: (url, init) => fetch(url, init),
    ...over,
  };
}

describe("sendWebhook", () => {
  it("posts what became of the run, says who it is, and by which delivery", async () => {
    expect(await sendWebhook(`http://${host}/hook?key=1`, BODY, context())).toEqual({ kind: "delivered", status: 204 });
    const [request] = asked;
    expect(request).toMatchObject({ method: "POST", url: "/hook?key=1" });
    expect(JSON.parse(request?.body ?? "")).toEqual(BODY);
    expect(request?.headers).toMatchObject({
      authorization: "Bearer webhook-token",
      "content-type": "application/json",
      "idempotency-key": "delivery-1",
      "user-agent": "agent-claw",
    });
  });

  it("sends no token if there is none", async () => {
    await sendWebhook(`http://${host}/`, BODY, context({ token: null }));
    expect(asked[0]?.headers).not.toHaveProperty("authorization");
  });

  it("sends the token to no host that is not named for it", async () => {
    await sendWebhook(`http://${host}/`, BODY, context({ tokenHosts: ["127.0.0.1", `other.example:1`] }));
    expect(asked[0]?.headers).not.toHaveProperty("authorization");
  });

  it.each([
    [200, "delivered"],
    [201, "delivered"],
    [301, false],
    [302, false],
    [304, false],
    [307, false],
    [308, false],
    [400, false],
    [401, false],
    [404, false],
    [408, true],
    [410, false],
    [425, true],
    [429, true],
    [500, true],
    [503, true],
  ])("takes the answer %i for %s", async (status, expected) => {
    answer = (response) => response.writeHead(status, { location: `http://${host}/elsewhere` }).end();
    const outcome = await sendWebhook(`http://${host}/`, BODY, context());
    expect(outcome.kind === "failed" ? outcome.retry : outcome.kind).toBe(expected);
    expect(asked.map(({ url }) => url)).toEqual(["/"]);
  });

  it.each(["http://10.0.0.1/", "http://example.com/", "https://claw.example.org/agent/rpc", "nonsense"])(
    "sends nothing to %s, and does not try again",
    async (address) => {
      const outcome = await sendWebhook(address, BODY, context({ fetchAllowed: never }));
      expect(outcome).toMatchObject({ kind: "failed", retry: false });
    },
  );

  it("goes out by the network that is public alone, but to hosts that are named", async () => {
    const ways: string[] = [];
    const way = (name: string) => () =>
      Promise.resolve(new Response(null, { status: ways.push(name) > 0 ? 204 : 500 }));
    const both = context({ fetchPublic: way("public"), fetchAllowed: way("allowed") });
    await sendWebhook("https://example.com/", BODY, both);
    await sendWebhook(`http://${host}/`, BODY, both);
    expect(ways).toEqual(["public", "allowed"]);
  });

  it("tries again what was not reached or not answered in time, without saying the address", async () => {
    server.close();
    server.closeAllConnections();
    const outcome = await sendWebhook(`http://${host}/?key=secret`, BODY, context());
    expect(outcome).toEqual({ kind: "failed", retry: true, detail: "it cannot be reached" });
    const fetchAllowed = () => Promise.reject(new DOMException("too late", "TimeoutError"));
    const late = await sendWebhook(`http://${host}/?key=secret`, BODY, context({ fetchAllowed }));
    expect(late).toEqual({ kind: "failed", retry: true, detail: "it did not answer in time" });
  });

  it("reads no answer to its end that has none", async () => {
    answer = (response) => {
      response.writeHead(200);
      const more = () => response.write("x".repeat(65_536), (error) => error || more());
      more();
    };
    const began = Date.now();
    expect(await sendWebhook(`http://${host}/`, BODY, context())).toEqual({ kind: "delivered", status: 200 });
    expect(Date.now() - began).toBeLessThan(JOB_BOUNDS.webhookTimeoutMs);
  });
});

import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Clock, eachMinute, startClock } from "../../../local/clock.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** What stands beside the Worker in workerd, as far as the clock can see. */
async function open(answer: { readonly status: number; readonly body: string }): Promise<[Clock, string[]]> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      heard.push(`${request.headers.authorization ?? ""} ${body}`);
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const clock = startClock({ url: `http://127.0.0.1:${port}`, token: "secret", log: () => {} });
  closing.push(
    () => clock.stop(),
    () => new Promise((resolve) => server.close(resolve)),
  );
  return [clock, heard];
}

describe("the laptop's clock", () => {
  it("calls the scheduled handler for the times that it is told, with the token", async () => {
    const [clock, heard] = await open({ status: 200, body: '{"failed":0}' });
    await clock.tick([60_000, 120_000]);
    expect(heard).toEqual(['Bearer secret {"times":[60000,120000],"cron":"* * * * *"}']);
  });

  it("says so if the handler failed or nobody takes the call", async () => {
    const [failing] = await open({ status: 200, body: '{"failed":1}' });
    await expect(failing.tick([0])).rejects.toThrow("the scheduled handler failed");
    const [refused] = await open({ status: 401, body: "" });
    await expect(refused.tick([0])).rejects.toThrow("(401)");
  });
});

it("the clock pauses for a minute at most and ticks once for each, however the machine's time jumps", async () => {
  const minute = 60_000;
  const stop = new AbortController();
  const pauses: number[] = [];
  const ticks: number[] = [];
  // After so many pauses the time is set by so much: back by minutes that have been, then ahead, then far back.
  const jumps = new Map([
    [3, -2 * minute],
    [7, 120 * minute],
    [10, -200 * minute],
  ]);
  let now = 1_000 * minute + 1;
  const pause = async (ms: number) => {
    pauses.push(ms);
    // Timers may be early.
    now += ms === 1 ? 1 : ms - 1;
    now += jumps.get(pauses.length) ?? 0;
    if (pauses.length === 20) stop.abort();
  };
  await eachMinute({ now: () => now, pause }, async (at) => void ticks.push(at / minute), stop.signal);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(minute);
  expect(ticks).toEqual([...new Set(ticks)]);
  expect(ticks.length).toBeGreaterThan(5);
  expect(ticks).toContain(1_001);
  expect(Math.min(...ticks)).toBeLessThan(1_000);
});

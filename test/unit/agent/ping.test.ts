import { describe, expect, it } from "vitest";
import { Ping } from "../../../agent-container/src/http/ping.ts";

describe("Ping", () => {
  it("gives no time before the first invocation, because a snapshot would freeze it", () => {
    expect(new Ping().body).toEqual({ status: "Healthy" });
  });

  it("moves the time only when the status changes", () => {
    const ping = new Ping();
    const endFirst = ping.begin(10_500);
    expect(ping.body).toEqual({ status: "HealthyBusy", time_of_last_update: 10 });
    const endSecond = ping.begin(20_000);
    endFirst(30_000);
    expect(ping.body).toEqual({ status: "HealthyBusy", time_of_last_update: 10 });
    endSecond(40_000);
    endSecond(50_000);
    expect(ping.body).toEqual({ status: "Healthy", time_of_last_update: 40 });
  });
});

import { expect, it, vi } from "vitest";
import { within } from "../../../durable-objects/lib/deadline.ts";

it("what takes too long is not waited for, and what is in time is what it is", async () => {
  vi.useFakeTimers();
  const late = within(new Promise(() => {}), 15_000).catch((error: unknown) => error);
  await expect(within(Promise.resolve("in time"), 15_000)).resolves.toBe("in time");
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await late).toMatchObject({ code: "storage_unavailable" });
  vi.useRealTimers();
});

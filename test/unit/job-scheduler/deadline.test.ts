import { expect, it, vi } from "vitest";
import { StorageError } from "../../../protocol/errors.ts";
import { within } from "../../../worker/agentcore/deadline.ts";

const late = () => new StorageError("storage_unavailable", "no answer in time");

it("what takes too long is not waited for, and what is in time is what it is", async () => {
  vi.useFakeTimers();
  const slow = within(15_000, new Promise(() => {}), late).catch((error: unknown) => error);
  await expect(within(15_000, Promise.resolve("in time"), late)).resolves.toBe("in time");
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await slow).toMatchObject({ code: "storage_unavailable" });
  vi.useRealTimers();
});

import { expect, it } from "vitest";
import { jobIdOf } from "../../../durable-objects/job-scheduler/job-id.ts";

const free = () => false;

it("is made of the letters of the name", () => {
  expect(jobIdOf("Daily brief!", free)).toBe("daily-brief");
  expect(jobIdOf("Café zur Straße", free)).toBe("cafe-zur-strasse");
});

it("is a word of its own for names in other scripts", () => {
  expect(jobIdOf("毎日", free)).toBe("job");
  expect(jobIdOf("—", free)).toBe("job");
});

it("gets a number if it is taken or means something else", () => {
  expect(jobIdOf("Stretch", (id) => id === "stretch" || id === "stretch-2")).toBe("stretch-3");
  expect(jobIdOf("Heartbeat", free)).toBe("heartbeat-2");
  expect(jobIdOf(" (Hook)", free)).toBe("job-hook");
  expect(jobIdOf("Hook gmail", free)).toBe("job-hook-gmail");
  expect(jobIdOf("Hooked", free)).toBe("hooked");
});

it("has the form of an id, however long the name and however many there are", () => {
  const long = "a very long name ".repeat(20);
  expect(jobIdOf(long, free)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/);
  const taken = new Set(Array.from({ length: 200 }, (_, index) => `${jobIdOf(long, free)}-${index}`));
  const id = jobIdOf(long, (known) => known === jobIdOf(long, free) || taken.has(known));
  expect(id).toMatch(/^[a-z0-9-]{1,40}$/);
  expect(taken.has(id)).toBe(false);
});

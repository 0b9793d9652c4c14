import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Door } from "../../../durable-objects/channel-session/door.ts";
import { Policies } from "../../../durable-objects/channel-session/policies.ts";
import type { SessionPolicy } from "../../../protocol/access.ts";
import { ACCESS_BOUNDS } from "../../../protocol/bounds.ts";
import { OWNER_POLICY } from "../../worker/owner-policy.ts";

const NOBODY: SessionPolicy = { ...OWNER_POLICY, access: { kind: "stranger" } };
const saysYes = ({ access }: SessionPolicy) => access.kind === "admitted";
const never = () => Promise.withResolvers<SessionPolicy>().promise;

let asked: number;
let answer: () => Promise<SessionPolicy>;
let policies: Policies;

/** What is decided by, `afterMs` from the beginning. */
const decide = (afterMs = 0) => policies.deciding(saysYes, afterMs);

beforeEach(() => {
  vi.spyOn(console, "warn").mockReturnValue();
  vi.useFakeTimers({ now: 0 });
  asked = 0;
  answer = () => Promise.resolve(OWNER_POLICY);
  policies = new Policies("a session", () => {
    asked += 1;
    return answer();
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a session's policy", () => {
  it("is asked for once, and a yes is good for a while", async () => {
    await decide();
    expect(await decide(ACCESS_BOUNDS.policyFreshMs - 1)).toEqual(OWNER_POLICY);
    expect(asked).toBe(1);
    await decide(ACCESS_BOUNDS.policyFreshMs);
    expect(asked).toBe(2);
  });

  it("refuses nobody by an old answer: they may have been let in a moment ago", async () => {
    answer = () => Promise.resolve(NOBODY);
    expect(await decide()).toEqual(NOBODY);
    answer = () => Promise.resolve(OWNER_POLICY);
    expect(await decide(1)).toEqual(OWNER_POLICY);
    expect(asked).toBe(2);
  });

  it("is asked for again once something has changed", async () => {
    await decide();
    policies.expire();
    answer = () => Promise.resolve(NOBODY);
    expect(await decide(1)).toEqual(NOBODY);
  });

  it("is what the directory said by the way, when a turn began", async () => {
    policies.learn(OWNER_POLICY, 0);
    expect(await decide(1)).toEqual(OWNER_POLICY);
    expect(asked).toBe(0);
  });

  it("still lets people in by its last word while the directory fails, but refuses nobody", async () => {
    await decide();
    answer = () => Promise.reject(new Error("down"));
    expect(await decide(ACCESS_BOUNDS.policyFreshMs)).toEqual(OWNER_POLICY);
    policies.learn(NOBODY, 0);
    await expect(decide(ACCESS_BOUNDS.policyFreshMs)).rejects.toMatchObject({ code: "storage_unavailable" });
  });

  it("cannot be known if the directory never said a word", async () => {
    expect(() => policies.current()).toThrow("the directory has not said yet");
    answer = () => Promise.reject(new Error("down"));
    await expect(decide()).rejects.toMatchObject({ code: "storage_unavailable" });
  });

  it("is not waited for again and again while the directory is silent", async () => {
    answer = never;
    const first = decide();
    const refused = expect(first).rejects.toMatchObject({ code: "storage_unavailable" });
    await vi.advanceTimersByTimeAsync(ACCESS_BOUNDS.policyAnswerMs);
    await refused;
    await expect(decide(Date.now())).rejects.toMatchObject({ code: "storage_unavailable" });
    expect(asked).toBe(1);
    answer = () => Promise.resolve(OWNER_POLICY);
    expect(await decide(Date.now() + ACCESS_BOUNDS.policyAnswerMs)).toEqual(OWNER_POLICY);
  });
});

describe("the door of a session", () => {
  it("lets in one by one, in the order of arrival, though the first takes longer", async () => {
    const door = new Door();
    const order: number[] = [];
    const first = Promise.withResolvers<void>();
    const all = [
      door.inOrder(async () => first.promise.then(() => void order.push(1))),
      door.inOrder(async () => void order.push(2)),
    ];
    await vi.advanceTimersByTimeAsync(10);
    expect(order).toEqual([]);
    first.resolve();
    await Promise.all(all);
    expect(order).toEqual([1, 2]);
  });

  it("goes on after somebody who failed, and tells them", async () => {
    const door = new Door();
    const failed = door.inOrder(() => Promise.reject(new Error("no")));
    const next = door.inOrder(() => Promise.resolve("yes"));
    await expect(failed).rejects.toThrow("no");
    expect(await next).toBe("yes");
  });
});

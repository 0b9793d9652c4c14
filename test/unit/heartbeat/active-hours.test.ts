import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { activeHoursProblem, isWithin, readActiveHours } from "../../../protocol/active-hours.ts";

const at = (time: string) => Date.parse(`2026-11-23T${time}:00Z`);
const within = (hours: string, time: string, zone = "UTC") => {
  const read = readActiveHours(hours);
  return read === null ? null : isWithin(read, at(time), zone);
};

describe("active hours", () => {
  it("hold their first minute and not their last", () => {
    expect(["07:59", "08:00", "21:59", "22:00"].map((time) => within("08:00-22:00", time))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it("can end at midnight, go past it, and hold nothing", () => {
    expect(["23:59", "00:00"].map((time) => within("18:00-24:00", time))).toEqual([true, false]);
    expect(["21:59", "22:00", "23:59", "00:00", "05:59", "06:00"].map((time) => within("22:00-06:00", time))).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
    ]);
    expect(["08:00", "20:00"].map((time) => within("08:00-08:00", time))).toEqual([false, false]);
    expect(["00:00", "12:00", "23:59"].map((time) => within("00:00-24:00", time))).toEqual([true, true, true]);
  });

  it("are those of their own zone, else of the agent", () => {
    // 07:30 in London is 08:30 in Berlin, in winter.
    expect(within("08:00-22:00", "07:30", "Europe/Berlin")).toBe(true);
    expect(within("08:00-22:00 Europe/London", "07:30", "Europe/Berlin")).toBe(false);
    expect(within("08:00-22:00 Asia/Kolkata", "02:29")).toBe(false);
    expect(within("08:00-22:00 Asia/Kolkata", "02:30")).toBe(true);
  });

  it("leave exactly the other hours out", () => {
    const minute = fc.integer({ min: 0, max: 1_439 });
    const text = (minutes: number) =>
      `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
    fc.assert(
      fc.property(minute, minute, minute, (from, to, now) => {
        fc.pre(from !== to);
        const time = text(now);
        expect(within(`${text(from)}-${text(to)}`, time)).toBe(within(`${text(to)}-${text(from)}`, time) === false);
      }),
    );
  });

  it("say what is wrong with them", () => {
    expect(activeHoursProblem("08:00-22:00 Europe/Berlin")).toBeNull();
    expect(activeHoursProblem("8-22")).toContain("08:00-22:00");
    expect(activeHoursProblem("08:00-25:00")).toContain("08:00-22:00");
    expect(activeHoursProblem("24:00-08:00")).toContain("08:00-22:00");
    expect(activeHoursProblem("08:00-22:00 Berlin/Europe")).toContain("zone");
  });
});

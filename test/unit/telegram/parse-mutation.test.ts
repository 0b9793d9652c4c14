import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KNOWN_KINDS, decodeUpdate } from "../../../worker/channels/telegram/update.ts";
import { parseUpdate } from "../../../worker/channels/telegram/parse.ts";
import { BOT, RECEIVED_AT } from "./payloads.ts";
import { ALL_UPDATES } from "./payloads-all.ts";

type Change = "drop" | "rename" | "retype" | "repeat";
/** In no payload, so that an error that holds it holds a value. */
const MARK = "m4rk";
const OTHERS: readonly unknown[] = [
  null,
  true,
  -1,
  2 ** 60,
  1.5,
  "",
  MARK,
  [],
  {},
  [MARK],
  { [MARK]: MARK },
  [[[[5]]]],
];

/** The paths to all places below `value`. */
function pathsIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  const inner = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [...(path.length > 0 ? [path] : []), ...inner.flatMap(([key, below]) => pathsIn(below, [...path, key]))];
}

/** `value` with one change at the end of `path`. */
function changed(value: unknown, path: readonly string[], change: Change, other: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return other;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
    if (name !== key) return [[name, inner]];
    if (rest.length > 0) return [[name, changed(inner, rest, change, other)]];
    switch (change) {
      case "drop":
        return [];
      case "rename":
        return [[`${MARK}_${name}`, inner]];
      case "retype":
        return [[name, other]];
      case "repeat":
        return [[name, [inner, inner]]];
    }
  });
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

const mutation = fc
  .constantFrom(...ALL_UPDATES)
  .chain(([name, json]) =>
    fc.tuple(
      fc.constant(name),
      fc.constant(json),
      fc.array(
        fc.tuple(
          fc.constantFrom(...pathsIn(json)),
          fc.constantFrom<Change>("drop", "rename", "retype", "repeat"),
          fc.oneof(fc.constantFrom(...OTHERS), fc.jsonValue()),
        ),
        { minLength: 1, maxLength: 3 },
      ),
    ),
  );

const places = new Set<string>(["body", "update_id", ...KNOWN_KINDS]);

describe("a payload with changes", () => {
  it("is read, or refused with the place that is wrong, and never throws", () => {
    const seen = { read: 0, refused: 0 };
    fc.assert(
      fc.property(mutation, ([_name, json, changes]) => {
        const mutated = changes.reduce<unknown>((value, [path, ...how]) => changed(value, path, ...how), json);
        const decoded = decodeUpdate(mutated);
        if (!decoded.ok) {
          seen.refused += 1;
          const [place = "", ...why] = decoded.error.split(": ");
          expect(places).toContain(place.split(".")[0]);
          expect(place).toMatch(/^[a-z_]+(?:\.(?:[a-z_]+|\d+))*$/u);
          expect(why.join(": ")).toMatch(/^not /u);
          expect(decoded.error).not.toContain(MARK);
          return;
        }
        seen.read += 1;
        const intake = parseUpdate({ update: decoded.value, bot: BOT, receivedAt: RECEIVED_AT });
        expect(["ignore", "messages", "happenings"]).toContain(intake.kind);
        // What crosses to the session must survive it.
        expect(JSON.parse(JSON.stringify(intake))).toEqual(intake);
      }),
      { numRuns: 3_000 },
    );
    expect(seen.read).toBeGreaterThan(300);
    expect(seen.refused).toBeGreaterThan(300);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatPath,
  parsePath,
  type Section,
  setAt,
  settingsOf,
  unsetAt,
  valueAt,
  withoutEmpty,
} from "../../../protocol/config-path.ts";

const key = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.constantFrom(
    "access",
    "groups",
    "telegram:-100",
    "whatsapp:49@g.us",
    "__proto__",
    "constructor",
    'a"b',
    "\\",
    " ",
  ),
);
const path = fc.array(key, { minLength: 1, maxLength: 4 });
const value = fc.oneof(fc.string(), fc.boolean(), fc.integer(), fc.constant(null), fc.array(fc.string()));
/** A document as they are stored: without sections that hold nothing. */
const document = fc
  .dictionary(key, fc.oneof(value, fc.dictionary(key, fc.oneof(value, fc.dictionary(key, value)))))
  .map((given) => withoutEmpty({ ...given }));

describe("a path", () => {
  it("is read as it is written", () => {
    expect(parsePath("access.dm.telegram")).toEqual(["access", "dm", "telegram"]);
    expect(parsePath("access.groups.telegram:-100.senders")).toEqual(["access", "groups", "telegram:-100", "senders"]);
    expect(parsePath('access.groups."whatsapp:120@g.us".bots')).toEqual([
      "access",
      "groups",
      "whatsapp:120@g.us",
      "bots",
    ]);
    expect(formatPath(["access", "groups", "whatsapp:120@g.us"])).toBe('access.groups."whatsapp:120@g.us"');
  });

  it.each(["", ".", "a.", ".a", "a..b", "a b", 'a."b', 'a."b"c', '"a', "a[0]", '"\\q"', "a.b\n"])("is not %j", (text) =>
    expect(parsePath(text)).toBeNull(),
  );

  it("of any keys leads back to them", () => {
    fc.assert(
      fc.property(path, (keys) => {
        expect(parsePath(formatPath(keys))).toEqual(keys);
      }),
    );
  });

  it("is never misread: what is taken is written the same again, but for quotes", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const keys = parsePath(text);
        if (keys) expect(parsePath(formatPath(keys))).toEqual(keys);
      }),
    );
  });
});

describe("setting and unsetting", () => {
  it("puts a value where it is found, and changes nothing else", () => {
    fc.assert(
      fc.property(document, path, value, (before, keys, set) => {
        const after = setAt(before, keys, set);
        expect(valueAt(after, keys)).toEqual(set);
        const [top = ""] = keys;
        for (const other of Object.keys(before).filter((name) => name !== top)) {
          expect(valueAt(after, [other])).toBe(valueAt(before, [other]));
        }
      }),
    );
  });

  it("leads back to where it began when nothing was there before", () => {
    fc.assert(
      fc.property(document, path, value, (before, keys, set) => {
        const isFree = keys.every((_key, depth) => {
          const above = valueAt(before, keys.slice(0, depth));
          return above === undefined || (typeof above === "object" && above !== null && !Array.isArray(above));
        });
        fc.pre(isFree && valueAt(before, keys) === undefined);
        expect(unsetAt(setAt(before, keys, set), keys)).toEqual(before);
      }),
    );
  });

  it("leaves no section behind that holds nothing", () => {
    fc.assert(
      fc.property(document, path, (before, keys) => {
        const after = unsetAt(before, keys);
        expect(valueAt(after, keys)).toBeUndefined();
        expect(withoutEmpty(after)).toEqual(after);
      }),
    );
  });

  it("never touches the document that it is given, nor what all objects have", () => {
    fc.assert(
      fc.property(document, path, value, (before, keys, set) => {
        const written = JSON.stringify(before);
        setAt(before, keys, set);
        unsetAt(before, keys);
        expect(JSON.stringify(before)).toBe(written);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });
});

describe("settingsOf", () => {
  it("names every setting once, by the path where it is found", () => {
    fc.assert(
      fc.property(document, (given) => {
        for (const [at, found] of settingsOf(given)) {
          expect(valueAt(given, parsePath(at) ?? expect.fail(at))).toEqual(found);
        }
        const rebuilt = [...settingsOf(given)].reduce<Section>(
          (section, [at, found]) => setAt(section, parsePath(at) ?? [], found),
          {},
        );
        expect(rebuilt).toEqual(given);
      }),
    );
  });
});

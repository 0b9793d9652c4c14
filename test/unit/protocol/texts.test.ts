import { describe, expect, it } from "vitest";
import { LANGUAGES } from "../../../protocol/access.ts";
import { inlineCode, plainLabel } from "../../../protocol/texts/inline-code.ts";
import { formatCost, formatCount, formatTime, languageOf, textsFor } from "../../../protocol/texts/language.ts";

/** Every text of a catalogue by its path. A function is called with values that its text must show. */
function textsOf(catalogue: unknown, path = ""): readonly [string, string][] {
  if (typeof catalogue === "string") return [[path, catalogue]];
  if (typeof catalogue === "function") return [[path, String(catalogue(...samples(catalogue.length)))]];
  return Object.entries(catalogue ?? {}).flatMap(([key, below]) => textsOf(below, `${path}.${key}`));
}

/** Stands for any value by name: whichever field a text asks for, it gets that field's name between marks. */
const VALUES: Record<string, unknown> = new Proxy(
  {},
  { get: (_target, field) => (field === "hasOwner" ? true : `‹${String(field)}›`), has: () => true },
);
const samples = (count: number): unknown[] => Array.from({ length: count }, (_, index) => sample(index));

/** A value that is a text of its own, and has all fields. */
function sample(index: number): unknown {
  return new Proxy(Object(`‹${index}›`), {
    get(target: object, field) {
      if (field === Symbol.toPrimitive || field === "toString") return () => `‹${index}›`;
      return Reflect.get(VALUES, field) ?? Reflect.get(target, field);
    },
  });
}

const marksIn = (text: string) => new Set(text.match(/‹\w+›/gu) ?? []);
const flat = (language: (typeof LANGUAGES)[number]) => new Map(textsOf(textsFor(language)));

/** The same in every language: signs, ids, and names of things that have no other. */
const SHARED =
  /^\.(?:on\.(?:telegram|discord|slack|whatsapp)|language)$|\.(?:beat|heartbeat\.on|whoamiPerson|isNow|problem|setting|difference|inSession|version)$/u;

describe("the catalogue of texts", () => {
  it("has the same texts in every language", () => {
    for (const language of LANGUAGES) expect([...flat(language).keys()]).toEqual([...flat("en").keys()]);
  });

  it.each(LANGUAGES)("shows every value that a text is given (%s)", (language) => {
    for (const [path, text] of flat(language)) {
      expect([path, marksIn(text)]).toEqual([path, marksIn(flat("en").get(path) ?? "")]);
    }
  });

  it("gives no text a value that it does not show", () => {
    for (const language of LANGUAGES) {
      const unused = functionsOf(textsFor(language)).filter(
        ([path, text, count]) => marksIn(text).size < count && path !== "",
      );
      expect(unused.map(([path]) => path)).toEqual([]);
    }
  });

  it.each(LANGUAGES)(
    "has no empty text, no text that is not trimmed, and no placeholder left over (%s)",
    (language) => {
      for (const [path, text] of flat(language)) {
        expect([path, text.trim()]).toEqual([path, text]);
        expect(text).not.toBe("");
        expect(text).not.toMatch(/\$\{|undefined|\[object/u);
      }
    },
  );

  it("is translated: a text of one language is in no other", () => {
    for (const [path, text] of flat("en")) {
      if (SHARED.test(path)) continue;
      expect([path, flat("de").get(path)]).not.toEqual([path, text]);
    }
  });

  it("speaks to people as friends do, in German", () => {
    for (const [path, text] of flat("de"))
      expect([path, /\b(?:Sie|Ihnen|Ihre?[mnrs]?)\b/u.test(text)]).toEqual([path, false]);
  });

  it("tells a stranger their id and code, and how to approve it only while nobody owns the assistant", () => {
    for (const language of LANGUAGES) {
      const { stranger } = textsFor(language).pairing;
      const request = { peer: "`telegram:8`", code: "ABCDEFGH", minutes: "60" };
      const [owned, free] = [true, false].map((hasOwner) => stranger({ ...request, hasOwner }));
      for (const text of [owned, free]) {
        expect(text).toContain("`telegram:8`");
        expect(text).toContain("```\nABCDEFGH\n```");
        expect(text).toContain("60");
      }
      expect(owned).not.toContain("npm run");
      expect(free).toContain("```\nnpm run claw -- pair approve ABCDEFGH\n```");
    }
  });
});

/** The texts that take values, with how many values they take by place. */
function functionsOf(catalogue: unknown, path = ""): readonly [string, string, number][] {
  if (typeof catalogue === "function")
    return [[path, String(catalogue(...samples(catalogue.length))), catalogue.length]];
  if (typeof catalogue !== "object") return [];
  return Object.entries(catalogue ?? {}).flatMap(([key, below]) => functionsOf(below, `${path}.${key}`));
}

describe("languageOf", () => {
  it("is what was chosen, else that of the tag, else English", () => {
    expect(languageOf("de", "en")).toBe("de");
    expect(["de", "de-AT", "DE_ch", "en-GB", "fr", "", "d", undefined].map((tag) => languageOf("auto", tag))).toEqual([
      "de",
      "de",
      "de",
      "en",
      "en",
      "en",
      "en",
      "en",
    ]);
  });
});

describe("numbers and times", () => {
  it("are written as the language does", () => {
    expect([formatCount(1234.6, "en"), formatCount(1234.6, "de")]).toEqual(["1,235", "1.235"]);
    expect([formatCost(0.01234, "en"), formatCost(0.01234, "de")]).toEqual(["$0.0123", "$0,0123"]);
    expect(formatTime(0, "Europe/Berlin", "de")).toMatch(/01\.01\.1970.*01:00/u);
  });
});

describe("inlineCode", () => {
  it.each([
    ["Ada", "`Ada`"],
    ["a`b", "`a'b`"],
    ["[x](https://evil.example)", "`[x](https://evil.example)`"],
    ["two\nlines\u2028and more", "`two lines and more`"],
    ["\u202emoc.live", "`moc.live`"],
    ["", "`?`"],
    ["\u0000 \u200b", "`?`"],
  ])("shows a label that somebody else chose as nothing but text: %j", (label, shown) => {
    expect(inlineCode(label)).toBe(shown);
  });

  it("cuts what is too long", () => {
    expect(inlineCode("x".repeat(500))).toHaveLength(82);
    expect(plainLabel("x".repeat(500), 20)).toBe(`${"x".repeat(19)}…`);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHookPath, renderTemplate, templateProblem, valueAtPath } from "../../../protocol/hook-template.ts";

const MAIL = { messages: [{ from: "Ada", subject: "Tea?", tags: ["a", "b"], read: false, size: 0, cc: null }] };

describe("renderTemplate", () => {
  it.each([
    ["New mail from {{messages[0].from}}: {{ messages[0].subject }}", "New mail from Ada: Tea?"],
    ["{{messages[0].tags}} {{messages[0].tags[1]}}", '["a","b"] b'],
    ["{{messages[0].read}} {{messages[0].size}}", "false 0"],
    ["[{{messages[0].cc}}{{messages[0].none}}{{messages[9].from}}{{none.at.all}}]", "[]"],
    ["[{{messages.length}}{{messages[0].from.length}}{{constructor.name}}{{__proto__}}{{toString}}]", "[]"],
    ["no places { } }} at all", "no places { } }} at all"],
    ["", ""],
  ])("makes %j into %j", (template, text) => expect(renderTemplate(template, MAIL)).toBe(text));

  it("reads what is put in as text, never as a template", () => {
    expect(renderTemplate("{{a}}", { a: "{{b}}", b: "secret" })).toBe("{{b}}");
    expect(renderTemplate("{{{a}}}", { a: "x" })).toBe("{x}");
  });

  it("takes a name of the body's own, whatever it is", () => {
    expect(renderTemplate("{{__proto__}} {{constructor}}", JSON.parse('{"__proto__":"p","constructor":"c"}'))).toBe(
      "p c",
    );
  });

  it("cuts what is too long, and marks it", () => {
    expect(renderTemplate("{{a}}{{a}}", { a: "12345" }, 8)).toBe("1234512…");
    expect(renderTemplate("{{a}}", { a: "12😀4" }, 4)).toBe("12…");
    expect(renderTemplate("12345", {}, 4)).toBe("123…");
  });

  it("makes text of bounded length of any template and body, and never throws", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom("{{", "}}", "{{a}}", "{{a.b[0]}}", "{{__proto__.x}}", "{{[0]}}"),
    );
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join("")),
        fc.jsonValue(),
        fc.integer({ min: 1, max: 50 }),
        (template, body, max) => {
          expect(renderTemplate(template, body, max).length).toBeLessThanOrEqual(max);
        },
      ),
    );
  });

  it("leaves text without places as it is, and a place shows what stands there", () => {
    const text = fc.string().filter((each) => !each.includes("{"));
    const name = fc.stringMatching(/^[A-Za-z_$][\w$-]{0,10}$/);
    fc.assert(
      fc.property(text, text, name, fc.string(), (before, after, key, value) => {
        const body = Object.fromEntries([[key, value]]);
        expect(renderTemplate(`${before}{{${key}}}${after}`, body)).toBe(before + value + after);
        expect(renderTemplate(`${before}{{${key}}}${after}`, {})).toBe(before + after);
      }),
    );
  });
});

describe("readHookPath", () => {
  it.each([
    ["messages[0].from", ["messages", 0, "from"]],
    ["[0][1].x", [0, 1, "x"]],
    ["x-y.$z_1", ["x-y", "$z_1"]],
  ])("reads %s", (text, path) => expect(readHookPath(text)).toEqual(path));

  it.each([
    "",
    ".a",
    "a.",
    "a..b",
    "a b",
    "a[b]",
    "a[-1]",
    "a[1",
    "a[0]b",
    "1a",
    "a()",
    "a+b",
    "a[1234567]",
    "a".repeat(1) + ".a".repeat(16),
  ])("reads no path in %j", (text) => expect(readHookPath(text)).toBeNull());
});

it("valueAtPath finds what plain JavaScript finds in own properties, and nothing else", () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.array(fc.oneof(fc.constantFrom("toString", "length", "__proto__"), fc.string(), fc.nat(3))),
      (body, path) => {
        let expected: unknown = JSON.parse(JSON.stringify(body));
        for (const step of path) {
          const isOwn =
            typeof expected === "object" && expected !== null && Object.keys(expected).includes(String(step));
          const fits = Array.isArray(expected) === (typeof step === "number");
          expected =
            isOwn && fits ? Object.entries(expected as object).find(([key]) => key === String(step))?.[1] : undefined;
        }
        expect(valueAtPath(JSON.parse(JSON.stringify(body)), path)).toEqual(expected);
      },
    ),
  );
});

it.each([
  ["{{a}} and {{ b[0].c }}", null],
  ["{{a + b}}", /no path/],
  ["{{}}", /no path/],
  ["{{a.b()}}", /no path/],
  ["{{a", /never closed/],
  ["{{a}} {{", /never closed/],
])("templateProblem says of %j: %s", (template, problem) => {
  if (problem === null) expect(templateProblem(template)).toBeNull();
  else expect(templateProblem(template)).toMatch(problem);
});

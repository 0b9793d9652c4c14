import { describe, expect, it } from "vitest";
import { holds, type Said } from "./deciding.ts";

describe("a condition", () => {
  const STRING = { k: "red" };
  it.each<[operator: string, wanted: unknown, said: Said, holds: boolean]>([
    ["StringEquals", "red", STRING, true],
    ["StringEquals", ["blue", "red"], STRING, true],
    ["StringEquals", "Red", STRING, false],
    ["StringEquals", "r*", STRING, false],
    ["StringEquals", "red", {}, false],
    ["StringEqualsIfExists", "red", {}, true],
    ["StringEqualsIfExists", "red", { k: "blue" }, false],
    ["StringNotEquals", "red", STRING, false],
    ["StringNotEquals", "blue", STRING, true],
    ["StringNotEquals", ["blue", "red"], STRING, false],
    ["StringNotEquals", "red", {}, true],
    ["StringNotEqualsIfExists", "red", {}, true],
    ["StringEqualsIgnoreCase", "RED", STRING, true],
    ["StringNotEqualsIgnoreCase", "RED", STRING, false],
    ["StringLike", "r*", STRING, true],
    ["StringLike", "r??", STRING, true],
    ["StringLike", "r?", STRING, false],
    ["StringLike", "*", {}, false],
    ["StringLike", "*", { k: "" }, true],
    ["StringNotLike", "r*", STRING, false],
    ["StringNotLike", ["b*", "g*"], STRING, true],
    ["StringNotLike", "r*", {}, true],
    ["ArnLike", "arn:aws:sqs:*:1:q*", { k: "arn:aws:sqs:eu-west-1:1:queue" }, true],
    ["ArnEquals", "arn:aws:sqs:*:1:q*", { k: "arn:aws:sqs:eu-west-1:1:queue" }, true],
    ["ArnLike", "arn:aws:sqs:*:queue", { k: "arn:aws:sqs:eu-west-1:1:queue" }, false],
    ["ArnLike", "arn:aws:*:1:queue", { k: "arn:aws:sqs:eu-west-1:1:queue" }, false],
    ["ArnLike", "arn:aws:x:r:1:a*", { k: "arn:aws:x:r:1:a:b:c" }, true],
    ["ArnLike", "arn:aws:x:r:1:${t:g}", { k: "arn:aws:x:r:1:*", "t:g": "*" }, true],
    ["ArnLike", "arn:aws:x:r:1:${t:g}", { k: "arn:aws:x:r:1:b", "t:g": "*" }, false],
    ["ArnNotLike", "arn:aws:x:r:1:a*", { k: "arn:aws:x:r:1:b" }, true],
    ["ArnNotEquals", "arn:aws:x:r:1:a*", { k: "arn:aws:x:r:1:ab" }, false],
    ["ArnLike", "arn:aws:x:r:1:*", { k: "no arn" }, false],
    ["Bool", "true", { k: "true" }, true],
    ["Bool", true, { k: "true" }, true],
    ["Bool", "true", { k: "false" }, false],
    ["Bool", "false", {}, false],
    ["BoolIfExists", "false", {}, true],
    ["Null", "true", {}, true],
    ["Null", "true", STRING, false],
    ["Null", "false", STRING, true],
    ["Null", "false", {}, false],
    ["Null", "false", { k: [] }, false],
    ["Null", "true", { k: [] }, true],
    ["Null", "true", { k: [""] }, true],
    ["Null", "false", { k: ["", "a"] }, true],
    ["Null", "false", { k: "" }, true],
    ["NumericEquals", "5", { k: "5.0" }, true],
    ["NumericNotEquals", 5, { k: "6" }, true],
    ["NumericLessThan", 5, { k: "4" }, true],
    ["NumericLessThan", 5, { k: "5" }, false],
    ["NumericLessThanEquals", 5, { k: "5" }, true],
    ["NumericLessThanEquals", 5, { k: "10" }, false],
    ["NumericGreaterThan", 5, { k: "10" }, true],
    ["NumericGreaterThanEquals", "5", { k: "5" }, true],
    ["NumericGreaterThan", 5, { k: "many" }, false],
    ["NumericGreaterThan", 5, {}, false],
  ])("%s %j, said %j: %s", (operator, wanted, said, expected) => {
    expect(holds({ [operator]: { k: wanted } }, said)).toBe(expected);
  });

  it.each<[operator: string, said: Said, holds: boolean]>([
    ["ForAllValues:StringEquals", { k: ["a", "b"] }, true],
    ["ForAllValues:StringEquals", { k: ["b"] }, true],
    ["ForAllValues:StringEquals", { k: ["a", "c"] }, false],
    ["ForAllValues:StringEquals", { k: [] }, true],
    ["ForAllValues:StringEquals", {}, true],
    ["ForAllValues:StringEquals", { k: [""] }, true],
    ["ForAllValues:StringEquals", { k: ["", "c"] }, false],
    ["ForAllValues:StringEquals", { k: "a" }, true],
    ["ForAnyValue:StringEquals", { k: ["c", "b"] }, true],
    ["ForAnyValue:StringEquals", { k: ["c"] }, false],
    ["ForAnyValue:StringEquals", { k: [] }, false],
    ["ForAnyValue:StringEquals", {}, false],
    ["ForAnyValue:StringEqualsIfExists", {}, true],
    ["ForAllValues:StringNotEquals", { k: ["c", "d"] }, true],
    ["ForAllValues:StringNotEquals", { k: ["c", "a"] }, false],
    ["ForAllValues:StringNotEquals", {}, true],
    ["ForAnyValue:StringNotEquals", { k: ["a", "c"] }, true],
    ["ForAnyValue:StringNotEquals", { k: ["a", "b"] }, false],
    ["ForAnyValue:StringNotEquals", {}, false],
  ])("%s [a, b], said %j: %s", (operator, said, expected) => {
    expect(holds({ [operator]: { k: ["a", "b"] } }, said)).toBe(expected);
  });

  it("holds only with all others of its statement", () => {
    const both = { StringEquals: { a: "1", b: "2" }, Null: { c: "true" } };
    expect(holds(both, { a: "1", b: "2" })).toBe(true);
    expect(holds(both, { a: "1", b: "3" })).toBe(false);
    expect(holds(both, { a: "1", b: "2", c: "x" })).toBe(false);
  });

  it("with every key of a list set and the list not empty is ForAllValues beside Null", () => {
    const keys = {
      "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["${aws:PrincipalTag/agent}"] },
      Null: { "dynamodb:LeadingKeys": "false" },
    };
    const said = (leading?: readonly string[]) => ({ "aws:PrincipalTag/agent": "a", "dynamodb:LeadingKeys": leading });
    expect(holds(keys, said(["a", "a"]))).toBe(true);
    expect(holds(keys, said(["a", "b"]))).toBe(false);
    expect(holds(keys, said())).toBe(false);
  });

  it.each([
    ["DateLessThan", "2020-01-01"],
    ["IpAddress", "10.0.0.0/8"],
    ["StringMatches", "x"],
    ["NullIfExists", "true"],
    ["ForSomeValues:StringEquals", "x"],
    ["ForAllValues:Null", "true"],
  ])("%s is refused, also where another condition fails already", (operator, wanted) => {
    expect(() => holds({ StringEquals: { other: "x" }, [operator]: { k: wanted } }, STRING)).toThrow(/not known/);
  });

  it("for one value is refused where the request has a list of them", () => {
    expect(() => holds({ StringEquals: { k: "a" } }, { k: ["a"] })).toThrow(/several values/);
  });
});

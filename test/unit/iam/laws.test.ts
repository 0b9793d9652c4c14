import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, READ } from "./deciding.ts";

describe("for any policies", () => {
  const action = fc.constantFrom("s3:GetObject", "s3:PutObject", "s3:*", "*", "s3:?etObject");
  const resource = fc.constantFrom("*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${t:a}/*", "arn:aws:s3:::b/x/1");
  const condition = fc.constantFrom(
    {},
    { StringEquals: { "t:a": "x" } },
    { "ForAllValues:StringLike": { l: ["x*", "${t:a}"] }, Null: { l: "false" } },
    { StringNotLike: { "t:a": "*" } },
  );
  const statement = fc.record({
    Effect: fc.constantFrom("Allow", "Deny"),
    Action: fc.array(action, { minLength: 1, maxLength: 2 }),
    Resource: fc.array(resource, { minLength: 1, maxLength: 2 }),
    Condition: condition,
  });
  const asked = fc.record({
    action: fc.constantFrom("s3:GetObject", "s3:PutObject", "iam:PassRole"),
    resource: fc.constantFrom("arn:aws:s3:::b/x/1", "arn:aws:s3:::b/y/1", "arn:aws:s3:::c"),
    said: fc.record(
      { "t:a": fc.constantFrom("x", "y", "*", ""), l: fc.array(fc.constantFrom("x", "x1", "y"), { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
  });

  it("a further denial never allows, and a further allow never denies", () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 4 }), statement, asked, (statements, further, request) => {
        const before = decide(statements, request);
        const denied = decide([...statements, { ...further, Effect: "Deny" }], request);
        const allowed = decide([...statements, { ...further, Effect: "Allow" }], request);
        if (before !== "allowed") expect(denied).not.toBe("allowed");
        if (before === "explicitly_denied") expect([denied, allowed]).toEqual([before, before]);
        if (before === "allowed") expect(allowed).toBe("allowed");
      }),
    );
  });

  it("the order of statements does not matter", () => {
    const shuffled = fc
      .array(statement, { maxLength: 5 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(shuffled, asked, ([one, other], request) => {
        expect(decide(other, request)).toBe(decide(one, request));
      }),
    );
  });

  it("a tag's value reaches exactly what is called so", () => {
    const own = { ...READ, Resource: "arn:aws:s3:::b/${aws:PrincipalTag/agent}/*" };
    const name = fc.string({
      unit: fc.constantFrom("a", "b", "*", "?", "$", "{", "}", "-"),
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(name, name, (mine, theirs) => {
        const resource = `arn:aws:s3:::b/${theirs}/k`;
        const decision = decide(own, { resource, said: { "aws:PrincipalTag/agent": mine } });
        expect(decision === "allowed").toBe(mine === theirs);
      }),
    );
  });
});

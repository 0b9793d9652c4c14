import { describe, expect, it } from "vitest";
import { type AccessRequest, evaluate } from "../../emulators/iam/evaluate.ts";
import { createContext } from "../../emulators/iam/pattern.ts";
import { parsePolicy } from "../../emulators/iam/policy.ts";
import { decide, holds, READ } from "./deciding.ts";

describe("a decision", () => {
  it("is a denial when nobody allows", () => {
    expect(decide([])).toBe("implicitly_denied");
    expect(decide({ ...READ, Action: "s3:PutObject" })).toBe("implicitly_denied");
  });

  it("is an allow when one statement allows", () => {
    expect(decide([{ ...READ, Action: "s3:PutObject" }, READ])).toBe("allowed");
  });

  it("is a denial when one statement denies, whichever comes first and in whichever policy", () => {
    const deny = { ...READ, Effect: "Deny" };
    expect(decide([READ, deny])).toBe("explicitly_denied");
    expect(decide([deny, READ])).toBe("explicitly_denied");
    const [one, two] = [READ, deny].map((Statement) => parsePolicy({ Version: "2012-10-17", Statement }));
    if (one === undefined || two === undefined) throw new Error("no policies");
    const request = { action: "s3:GetObject", resource: "arn:aws:s3:::b/k", context: createContext({}) };
    expect([evaluate([one, two], request), evaluate([two, one], request)]).toEqual(Array(2).fill("explicitly_denied"));
  });

  it("is not changed by a denial whose condition does not hold", () => {
    const deny = { ...READ, Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } };
    expect(decide([READ, deny], { said: { "aws:SecureTransport": "true" } })).toBe("allowed");
    expect(decide([READ, deny], { said: { "aws:SecureTransport": "false" } })).toBe("explicitly_denied");
  });
});

describe("what a statement is about", () => {
  it.each([
    ["s3:GetObject", true],
    ["s3:getobject", true],
    ["S3:GetObject".toLowerCase(), true],
    ["s3:Get*", true],
    ["s3:*", true],
    ["*", true],
    ["s3:G?tObject", true],
    ["s3:*Object", true],
    ["s3:GetObjec", false],
    ["s3:GetObject?", false],
    ["s3:GetObjectVersion", false],
    ["s3:PutObject", false],
    ["dynamodb:*", false],
  ])("the action %s: %s", (Action, isMeant) => {
    expect(decide({ ...READ, Action }) === "allowed").toBe(isMeant);
  });

  it.each([
    ["arn:aws:s3:::store/a/owner/one", true],
    ["arn:aws:s3:::store/*", true],
    ["arn:aws:s3:::store/a/*/one", true],
    ["arn:aws:s3:::store/?/owner/on?", true],
    ["arn:aws:s3:::*", true],
    ["*", true],
    ["arn:aws:s3:::store", false],
    ["arn:aws:s3:::store/", false],
    ["arn:aws:s3:::store/a/owner/", false],
    ["arn:aws:s3:::store/a/owner/one?", false],
    ["arn:aws:s3:::store/A/owner/one", false],
    ["arn:aws:s3:::stor/*", false],
    ["arn:aws:s3:::store/a/owner/one/*", false],
  ])("the resource %s: %s", (Resource, isMeant) => {
    expect(decide({ ...READ, Resource }) === "allowed").toBe(isMeant);
  });

  it("is one of several actions and resources", () => {
    const several = { Action: ["s3:PutObject", "s3:GetObject"], Resource: ["arn:aws:s3:::x", "arn:aws:s3:::store/*"] };
    expect(decide({ ...READ, ...several })).toBe("allowed");
  });

  it("is everything else with NotAction and NotResource", () => {
    const but = (name: string, what: string | string[]) => {
      const { [name.slice(3)]: _, ...rest }: Record<string, unknown> = READ;
      return decide({ ...rest, [name]: what });
    };
    expect(but("NotAction", "s3:PutObject")).toBe("allowed");
    expect(but("NotAction", ["iam:*", "s3:Get*"])).toBe("implicitly_denied");
    expect(but("NotResource", "arn:aws:s3:::other/*")).toBe("allowed");
    expect(but("NotResource", ["arn:aws:s3:::other/*", "arn:aws:s3:::store/*"])).toBe("implicitly_denied");
    expect(but("NotResource", "arn:aws:s3:::store/${aws:PrincipalTag/agent}/*")).toBe("implicitly_denied");
  });
});

describe("a policy variable", () => {
  const own = { ...READ, Resource: "arn:aws:s3:::store/${aws:PrincipalTag/agent}/${aws:PrincipalTag/space}/*" };
  const tags = (agent?: string, space?: string) => ({
    "aws:PrincipalTag/agent": agent,
    "aws:PrincipalTag/space": space,
  });

  it.each([
    ["a", "owner", true],
    ["a", "own", false],
    ["a", "owner2", false],
    ["A", "owner", false],
    ["*", "owner", false],
    ["a", "*", false],
    ["?", "owner", false],
    ["a", "o?ner", false],
    ["${aws:PrincipalTag/space}", "owner", false],
    ["", "", false],
    ["a", undefined, false],
    [undefined, "owner", false],
    [undefined, undefined, false],
  ])("stands for the literal value: agent %s, space %s reaches a/owner: %s", (agent, space, reaches) => {
    expect(decide(own, { said: tags(agent, space) }) === "allowed").toBe(reaches);
  });

  it("reaches what is literally called so", () => {
    const resource = "arn:aws:s3:::store/*/${x}/one";
    expect(decide(own, { resource, said: tags("*", "${x}") })).toBe("allowed");
  });

  it("is found whatever case its name has", () => {
    expect(decide(own, { said: { "AWS:principaltag/AGENT": "a", "aws:PrincipalTag/Space": "owner" } })).toBe("allowed");
  });

  it("writes the three characters that mean something", () => {
    const starred = { ...READ, Resource: "arn:aws:s3:::store/${*}${?}${$}/*" };
    expect(decide(starred, { resource: "arn:aws:s3:::store/*?$/k" })).toBe("allowed");
    expect(decide(starred, { resource: "arn:aws:s3:::store/abc/k" })).toBe("implicitly_denied");
  });

  it("compares a condition, and never with what has no value", () => {
    const is = { StringEquals: { "s3:prefix": "${aws:PrincipalTag/agent}/" } };
    expect(holds(is, { "s3:prefix": "a/", ...tags("a") })).toBe(true);
    expect(holds(is, { "s3:prefix": "b/", ...tags("a") })).toBe(false);
    expect(holds(is, { "s3:prefix": "/" })).toBe(false);
    const isNot = { StringNotEquals: { "s3:prefix": "${aws:PrincipalTag/agent}/" } };
    expect(holds(isNot, { "s3:prefix": "b/", ...tags("a") })).toBe(true);
    expect(holds(isNot, { "s3:prefix": "b/" })).toBe(false);
    expect(holds(isNot, {})).toBe(false);
  });

  it("stays literal under StringLike, beside the policy's own wildcards", () => {
    const like = { StringLike: { "s3:prefix": "${aws:PrincipalTag/agent}/*" } };
    expect(holds(like, { "s3:prefix": "a/x", ...tags("a") })).toBe(true);
    expect(holds(like, { "s3:prefix": "a/x", ...tags("*") })).toBe(false);
    expect(holds(like, { "s3:prefix": "*/x", ...tags("*") })).toBe(true);
  });

  it.each([
    ["a default", "arn:aws:s3:::store/${aws:PrincipalTag/agent, 'x'}"],
    ["no end", "arn:aws:s3:::store/${aws:PrincipalTag/agent"],
    ["a place before the resource's own part", "arn:aws:s3::${aws:PrincipalAccount}:store"],
  ])("is refused with %s", (_name, Resource) => {
    expect(() => decide({ ...READ, Resource })).toThrow();
  });

  it("is refused when its key has several values", () => {
    expect(() =>
      decide({ ...READ, Resource: "arn:aws:s3:::${aws:TagKeys}" }, { said: { "aws:TagKeys": ["a"] } }),
    ).toThrow(/several values/);
  });
});

describe("a policy with principals", () => {
  const relay = "arn:aws:iam::111122223333:user/relay";
  const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: relay } };
  const ask = (statement: object, caller?: AccessRequest["caller"]) =>
    decide(statement, { action: "sts:AssumeRole", ...(caller && { caller }) });
  const user = (arn: string) => ({ kind: "aws", account: arn.split(":")[4] ?? "", arns: [arn] }) as const;

  it("is about those whom it names and nobody else", () => {
    expect(ask(trust, user(relay))).toBe("allowed");
    expect(ask(trust, user(`${relay}2`))).toBe("implicitly_denied");
    expect(ask(trust, user("arn:aws:iam::999999999999:user/relay"))).toBe("implicitly_denied");
    expect(ask(trust, { kind: "service", name: "lambda.amazonaws.com" })).toBe("implicitly_denied");
    expect(ask(trust)).toBe("implicitly_denied");
  });

  it.each(["*", { AWS: "*" }])("is about everybody as %j", (Principal) => {
    expect(ask({ ...trust, Principal }, user("arn:aws:iam::999999999999:user/x"))).toBe("allowed");
  });

  it.each(["111122223333", "arn:aws:iam::111122223333:root"])("is about a whole account as %s", (AWS) => {
    expect(ask({ ...trust, Principal: { AWS } }, user(`${relay}2`))).toBe("allowed");
    expect(ask({ ...trust, Principal: { AWS } }, user("arn:aws:iam::999999999999:user/x"))).toBe("implicitly_denied");
  });

  it("names services", () => {
    const Principal = { Service: ["a.amazonaws.com", "b.amazonaws.com"] };
    expect(ask({ ...trust, Principal }, { kind: "service", name: "b.amazonaws.com" })).toBe("allowed");
    expect(ask({ ...trust, Principal }, user("arn:aws:iam::1:user/b.amazonaws.com"))).toBe("implicitly_denied");
  });
});

describe("a document", () => {
  it.each<[string, object]>([
    ["an unknown element", { ...READ, Principals: "*" }],
    ["NotPrincipal", { ...READ, NotPrincipal: { AWS: "1" } }],
    ["a federated principal", { ...READ, Principal: { Federated: "x" } }],
    ["a wildcard in a principal", { ...READ, Principal: { AWS: "arn:aws:iam::1:role/*" } }],
    ["no effect", { Action: "s3:*", Resource: "*" }],
    ["another effect", { ...READ, Effect: "Maybe" }],
    ["no action", { Effect: "Allow", Resource: "*" }],
    ["both Action and NotAction", { ...READ, NotAction: "s3:*" }],
    ["no resource and no principal", { Effect: "Allow", Action: "s3:*" }],
    ["a resource that is no ARN", { ...READ, Resource: "store/*" }],
    ["a variable in an action", { ...READ, Action: "s3:${x}" }],
    ["an empty list", { ...READ, Action: [] }],
    ["what CloudFormation has not resolved", { ...READ, Resource: { Ref: "Bucket" } }],
  ])("is refused with %s", (_name, statement) => {
    expect(() => parsePolicy({ Version: "2012-10-17", Statement: statement })).toThrow();
  });

  it("is refused in the version that knows no variables", () => {
    expect(() => parsePolicy({ Version: "2008-10-17", Statement: READ })).toThrow();
    expect(() => parsePolicy({ Statement: READ })).toThrow();
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import { isSpaceId, spaceFolder } from "../../protocol/space.ts";
import { actorNamespace } from "../stack/namespaces.ts";
import {
  BUCKET_ADMINISTRATION,
  ELSEWHERE,
  listing,
  listings,
  memoryEvents,
  memoryRecords,
  MEMORY_ADMINISTRATION,
  namespacesOf,
  objectAdministration,
  objectReads,
  objectWrites,
  rowReads,
  rowWrites,
  versionRemovals,
  wholeTable,
} from "./isolation-requests.ts";
import { ARNS, createWorld, decide, type Question, type Tags, type World } from "./isolation-world.ts";

let world: World;
beforeAll(() => {
  world = createWorld();
});

function folderOf(space: string): string {
  if (!isSpaceId(space)) throw new Error(`not a space: ${space}`);
  return spaceFolder(space);
}

/** The questions that are answered with another decision than a denial, or than an allow. */
function allowed(tags: Tags, questions: readonly Question[]): readonly Question[] {
  return questions.filter((question) => decide(world, world.dataRole, tags, question) === "allowed");
}
function refused(tags: Tags, questions: readonly Question[]): readonly Question[] {
  return questions.filter((question) => decide(world, world.dataRole, tags, question) !== "allowed");
}

/** Everything that would show or change something of the space `agent/space`, besides its administration. */
function everythingOf(place: string): readonly Question[] {
  return [
    ...objectReads(place),
    ...objectWrites(place),
    ...objectAdministration(place),
    ...versionRemovals(place),
    ...listings(place),
    ...rowReads(place),
    ...rowWrites(place),
    ...memoryEvents(place),
    ...namespacesOf(place).flatMap(memoryRecords),
  ];
}

const ADMINISTRATION = [...BUCKET_ADMINISTRATION, ...MEMORY_ADMINISTRATION, ...ELSEWHERE];

/** Pairs that a careless comparison could take for each other, in both directions. */
const SPACES = [
  "owner",
  "person:1",
  "person:12",
  "person:telegram-1",
  "person:*",
  "person:?",
  "person:1/../2",
  "person:${aws:PrincipalTag/agent}",
  "person:$",
  "person:owner",
  "person:A",
  "person:a",
  "group:telegram:-1",
  "group:telegram:-10",
  "group:discord:1.2",
  "group:*",
].map(folderOf);
const AGENTS = ["main", "main2", "mai", "shared", "owner"];
const FEW = ["owner", "person:1"].map(folderOf);
const PLACES = AGENTS.flatMap((agent) => (agent === "main" ? SPACES : FEW).map((space) => ({ agent, space })));

describe("a session of a space", () => {
  it("does with its own data everything that a turn does", () => {
    for (const tags of PLACES) {
      const own = `${tags.agent}/${tags.space}`;
      const wanted = [
        ...objectReads(own),
        ...objectWrites(own),
        ...versionRemovals(own),
        listing("s3:ListBucketVersions", `${own}/blobs/`),
        ...rowReads(own),
        ...rowReads(own, own),
        ...rowWrites(own),
        ...memoryEvents(own),
        ...memoryRecords(actorNamespace(own)),
        ...memoryRecords(`${actorNamespace(own)}facts/`),
      ];
      expect({ own, refused: refused(tags, wanted) }).toEqual({ own, refused: [] });
    }
  });

  it("reaches nothing of any other space, whatever the two are called", () => {
    for (const tags of PLACES) {
      const own = `${tags.agent}/${tags.space}`;
      const others = PLACES.map(({ agent, space }) => `${agent}/${space}`).filter((place) => place !== own);
      for (const other of others) {
        const reached = allowed(tags, everythingOf(other));
        expect({ own, other, reached }).toEqual({ own, other, reached: [] });
      }
    }
  });

  it("gains nothing by naming its own data beside another's", () => {
    const tags = { agent: "main", space: folderOf("person:1") };
    const [own, other] = [`main/${tags.space}`, `main/${folderOf("person:12")}`];
    for (const keys of [
      [own, other],
      [other, own],
      [own, "main/owner"],
      [own, ""],
      [own, `${own}/`],
      ["", other],
    ]) {
      expect(allowed(tags, [...rowReads(...keys), ...rowWrites(...keys)])).toEqual([]);
    }
    const both = ["namespace", "namespacePath"].map((key) => {
      const another = key === "namespace" ? "namespacePath" : "namespace";
      return {
        action: "bedrock-agentcore:RetrieveMemoryRecords",
        resource: ARNS.memory,
        said: {
          [`bedrock-agentcore:${key}`]: actorNamespace(own),
          [`bedrock-agentcore:${another}`]: actorNamespace(other),
        },
      };
    });
    expect(allowed(tags, both)).toEqual([]);
  });

  it("never asks the whole table, by Scan, PartiQL, an index, or a request that names no partition", () => {
    for (const tags of PLACES) {
      const own = `${tags.agent}/${tags.space}`;
      for (const keys of [undefined, [], [own]]) expect(allowed(tags, wholeTable(keys))).toEqual([]);
    }
  });

  it("administers nothing, assumes nothing, reads no secret and runs no agent", () => {
    for (const tags of PLACES) {
      const own = `${tags.agent}/${tags.space}`;
      expect(allowed(tags, [...ADMINISTRATION, ...objectAdministration(own)])).toEqual([]);
    }
    const { arn } = world.dataRole;
    for (const action of ["sts:AssumeRole", "sts:TagSession"]) {
      expect(allowed({ agent: "main", space: "owner" }, [{ action, resource: arn }])).toEqual([]);
    }
  });

  it("reaches no other bucket, table or memory", () => {
    const tags = { agent: "main", space: "owner" };
    const elsewhere = everythingOf("main/owner").map((question) => {
      const resource = question.resource
        .replace(ARNS.bucket, `${ARNS.bucket}-2`)
        .replace(ARNS.table, `${ARNS.table}-2`)
        .replace(ARNS.memory, `${ARNS.memory}2`);
      return { ...question, resource };
    });
    expect(allowed(tags, elsewhere)).toEqual([]);
  });

  it("is refused by the bucket without TLS", () => {
    const tags = { agent: "main", space: "owner" };
    const [read] = objectReads("main/owner");
    if (read === undefined) throw new Error("no question");
    for (const said of [{ "aws:SecureTransport": "false" }, { "s3:TlsVersion": "1.1" }]) {
      expect(decide(world, world.dataRole, tags, { ...read, said })).toBe("explicitly_denied");
    }
  });
});

describe("what all spaces of an agent share", () => {
  const reads = (agent: string) => [...objectReads(`${agent}/shared`), ...rowReads(`${agent}/shared`)];
  const writes = (agent: string) => [...objectWrites(`${agent}/shared`), ...rowWrites(`${agent}/shared`)];

  it("is read by every space of the agent, alone and beside its own", () => {
    for (const tags of PLACES) {
      const own = `${tags.agent}/${tags.space}`;
      const together = rowReads(own, `${tags.agent}/shared`);
      expect(refused(tags, [...reads(tags.agent), ...together])).toEqual([]);
    }
  });

  it("is written by the owner's alone", () => {
    for (const tags of PLACES) {
      const wanted = writes(tags.agent);
      expect(allowed(tags, wanted)).toEqual(tags.space === "owner" ? wanted : []);
    }
  });

  it("is for no space of another agent", () => {
    for (const tags of PLACES) {
      const others = AGENTS.filter((agent) => agent !== tags.agent);
      expect(
        allowed(
          tags,
          others.flatMap((agent) => [...reads(agent), ...writes(agent)]),
        ),
      ).toEqual([]);
    }
  });

  it("is nobody's to list or to remove for good, nor an actor of the memory", () => {
    for (const tags of PLACES) {
      const place = `${tags.agent}/shared`;
      const wanted = [...versionRemovals(place), ...listings(place), ...memoryEvents(place)];
      expect(allowed(tags, [...wanted, ...namespacesOf(place).flatMap(memoryRecords)])).toEqual([]);
    }
  });
});

describe("a session with tags that the edge never gives", () => {
  const victims = PLACES.filter(({ agent }) => agent === "main").map(({ agent, space }) => `${agent}/${space}`);
  const everything = victims.flatMap(everythingOf);

  it.each<Tags>([
    {},
    { agent: "main" },
    { space: "owner" },
    { agent: "", space: "" },
    { agent: "", space: "owner" },
    { agent: "main", space: "" },
    { agent: "*", space: "*" },
    { agent: "main", space: "*" },
    { agent: "main", space: "?????" },
    { agent: "main", space: "person_3a1*" },
    { agent: "?ain", space: "owner" },
    { agent: "main", space: "${*}" },
    { agent: "main", space: "${aws:PrincipalTag/agent}" },
    { agent: "main/owner", space: "" },
    { agent: "main", space: "owner/" },
    { agent: "main", space: "Owner" },
    { agent: "Main", space: "owner" },
    { agent: "main ", space: "owner" },
    { other: "main", space: "owner" },
  ])("%j reaches no space", (tags) => {
    const reached = allowed(tags, [...everything, ...wholeTable(undefined), ...wholeTable(victims), ...ADMINISTRATION]);
    expect(reached).toEqual([]);
  });

  it("without a tag has no right at all", () => {
    const questions = [...everything, ...toolQuestions()];
    expect(allowed({}, questions)).toEqual([]);
  });
});

describe("models and the browser", () => {
  it("are for the spaces of persons, and models for groups as well", () => {
    for (const tags of PLACES) {
      const isGroup = tags.space.startsWith("group_3a");
      const wanted = toolQuestions().filter(({ action }) => !isGroup || action.startsWith("bedrock:"));
      expect(allowed(tags, toolQuestions())).toEqual(wanted);
    }
  });

  it("are no right to other things of Bedrock", () => {
    const tags = { agent: "main", space: "owner" };
    const more = [
      "arn:aws:bedrock:us-east-1:123456789012:custom-model/x",
      "arn:aws:bedrock:us-east-1:1:inference-profile/x",
    ];
    expect(
      allowed(
        tags,
        more.map((resource) => ({ action: "bedrock:InvokeModel", resource })),
      ),
    ).toEqual([]);
  });
});

function toolQuestions(): readonly Question[] {
  const model = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-x";
  const profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-x";
  const browser = ["StartBrowserSession", "GetBrowserSession", "StopBrowserSession", "ConnectBrowserAutomationStream"];
  return [
    ...[model, profile].flatMap((resource) =>
      ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"].map((action) => ({ action, resource })),
    ),
    ...browser.map((name) => ({ action: `bedrock-agentcore:${name}`, resource: ARNS.browser })),
  ];
}

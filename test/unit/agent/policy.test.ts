import type { Message, TranscriptContext } from "@earendil-works/pi-ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HOME_TOOLS, openHome } from "../../../agent-container/src/home.ts";
import { type AgentTool, Type } from "../../../agent-container/src/agent/tool.ts";
import { createTurnPolicy } from "../../../agent-container/src/turn/turn-policy.ts";
import {
  CLASS_OF_TOOL,
  COMPANIES,
  type Company,
  companyOf,
  permissionOf,
  permissionOfClass,
  POLICY,
  STEERING_FILES,
  TAINT_FACTS,
  TAINTED_CLASSES,
  TAINTS,
  taintsOfCompany,
  TOOL_CLASSES,
  type ToolClass,
  toolClassOf,
} from "../../../protocol/policy.ts";
import { type EdgeServer, startEdge } from "../cron-tool/edge-server.ts";
import { run } from "./agent-client.ts";
import { useAgent } from "./agent-fixture.ts";
import { CONVERSATION, conversation, GROUP, PERSON, space, turn } from "./invocations.ts";
import { scriptedModel, toolCall } from "./scripted-model.ts";

const agent = useAgent();
let edge: EdgeServer;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.close());
const endpoints = () => ({ ...agent.endpoints, edge: edge.url });

const PLACES = {
  owner: { conversation: CONVERSATION, space: space("owner") },
  person: { conversation: PERSON, space: space("person:telegram-7") },
  group: GROUP,
  job: { conversation: conversation("agent:main:job:brief:run:1"), space: space("owner") },
} as const satisfies Record<Company, object>;

/** One tool of each class, whether or not there is a real one yet, and one that the table does not know. */
const CLASS_TOOLS = new Map<string, ToolClass | null>([
  ...TOOL_CLASSES.map((name) => [`do_${name}`, name] as const),
  ["do_unheard_of", null],
]);
const classOf = (tool: string) => CLASS_TOOLS.get(tool) ?? toolClassOf(tool);
/** Arguments with which the real tools do something. */
const ARGS: Readonly<Record<string, Record<string, string>>> = {
  write: { path: "memory/a.md", content: "a" },
  read: { path: "memory/a.md" },
  edit: { path: "memory/a.md", oldText: "a", newText: "b" },
  attach_file: { path: "memory/a.md" },
  cron: { action: "status" },
};

type Outcome = {
  readonly offered: readonly string[];
  readonly ran: readonly string[];
  readonly failed: readonly string[];
};

/** A turn in which the model calls every tool by name, offered or not. */
async function callAll(company: Company): Promise<Outcome> {
  const names = ["write", ...Object.keys(CLASS_OF_TOOL).filter((name) => name !== "write"), ...CLASS_TOOLS.keys()];
  const ran: string[] = [];
  let seen: readonly Message[] = [];
  const script = ({ messages }: TranscriptContext) => {
    seen = messages;
    const done = messages.filter(({ role }) => role === "toolResult").length;
    const name = names[done];
    const choices = { choices: [{ label: "yes" }] };
    return name === undefined
      ? { text: "Done." }
      : { calls: [toolCall(`c${String(done)}`, name, name === "offer_choices" ? choices : (ARGS[name] ?? {}))] };
  };
  const workDir = agent.stateDir;
  const tools = [...CLASS_TOOLS.keys()].map((name): AgentTool => ({
    name,
    description: "Does it.",
    parameters: Type.Object({}),
    execute: async () => {
      ran.push(name);
      return { text: "Done." };
    },
  }));
  const { url } = await agent.startAgent({
    openModel: async () => scriptedModel(script),
    classOf,
    homeTools: [...HOME_TOOLS, ...CLASS_TOOLS.keys()],
    openHome: async (request) => {
      const home = await openHome(request, { workDir });
      return { ...home, tools: [...home.tools, ...tools] };
    },
  });
  const stream = await run(url, turn(endpoints(), "go", PLACES[company]));
  expect(stream.of("final")[0]?.text).toBe("Done.");
  const results = seen.flatMap((message) => (message.role === "toolResult" ? [message] : []));
  expect(results.map(({ toolName }) => toolName)).toEqual(names);
  return {
    offered: seen
      .flatMap((message) => (message.role === "system" ? (message.toolsAdded ?? []) : []))
      .map(({ name }) => name),
    ran: [
      ...ran,
      ...results
        .filter(({ isError, toolName }) => !isError && !CLASS_TOOLS.has(toolName))
        .map(({ toolName }) => toolName),
    ],
    failed: results.filter(({ isError }) => isError).map(({ toolName }) => toolName),
  };
}

describe("the tools of a turn", () => {
  it.each(COMPANIES)(
    "in the company of %s are those that the table allows, and no other can be called",
    async (company) => {
      const real = Object.keys(CLASS_OF_TOOL).filter((tool) => permissionOf(tool, company) !== "deny");
      const made = TOOL_CLASSES.filter((name) => permissionOfClass(name, company, []) !== "deny").map(
        (name) => `do_${name}`,
      );
      const { offered, ran, failed } = await callAll(company);
      expect(offered.toSorted()).toEqual([...real, ...made].toSorted());
      expect([...ran, ...failed].toSorted()).toEqual([...Object.keys(CLASS_OF_TOOL), ...CLASS_TOOLS.keys()].toSorted());
      expect(ran.filter((tool) => !offered.includes(tool))).toEqual([]);
      // Of what is offered, only what text of others must not decide is held back: a web tool came before.
      expect(failed.filter((tool) => offered.includes(tool))).toEqual(
        TAINTED_CLASSES.map((name) => `do_${name}`).filter((tool) => offered.includes(tool)),
      );
    },
  );

  it("have a class each, whatever the agent makes", async () => {
    let made: readonly string[] = [];
    const { url } = await agent.startAgent({
      openModel: async () =>
        scriptedModel(({ messages }) => {
          made = messages
            .flatMap((message) => (message.role === "system" ? (message.toolsAdded ?? []) : []))
            .map(({ name }) => name);
          return { text: "Done." };
        }),
      classOf: () => "files", // so that none is left out
    });
    await run(url, turn(endpoints(), "go"));
    expect(made.toSorted()).toEqual(Object.keys(CLASS_OF_TOOL).toSorted());
  });
});

describe("the table", () => {
  it.each([
    ["exec", "allow deny deny allow"],
    ["reach_out", "allow deny deny deny"],
    ["browser", "allow allow deny allow"],
    ["web", "allow allow allow allow"],
    ["files", "allow allow allow allow"],
  ] as const)("says of %s to owner, person, group and job: %s", (name, row) => {
    expect(COMPANIES.map((company) => POLICY[name][company]).join(" ")).toBe(row);
  });

  it("gives no class to a tool that it does not know, be it called like something of JavaScript's", () => {
    for (const name of ["", "exec", "toString", "__proto__", "constructor"]) {
      expect(toolClassOf(name)).toBeNull();
      expect(permissionOf(name, "owner")).toBe("deny");
    }
  });

  it("knows the company of each kind of conversation", () => {
    const kinds = ["main", "person", "group", "job"] as const;
    expect(kinds.map((kind) => companyOf({ kind }))).toEqual(["owner", "person", "group", "job"]);
  });

  it("lets text of others take away, never give", () => {
    for (const name of TOOL_CLASSES) {
      for (const company of COMPANIES) {
        const plain = permissionOfClass(name, company, []);
        for (const taint of TAINTS) {
          const tainted = permissionOfClass(name, company, [taint]);
          expect(tainted).toBe(plain === "allow" && TAINTED_CLASSES.includes(name) ? "ask" : plain);
        }
      }
    }
  });

  it("has every turn of a group tainted, and of no other company", () => {
    expect(COMPANIES.map(taintsOfCompany)).toEqual([[], [], ["group_text"], []]);
    for (const taint of TAINTS) expect(TAINT_FACTS[taint].what).not.toBe("");
  });

  it.each(["AGENTS.md", "soul.md", "IDENTITY.md", "USER.md", "TOOLS.md", "MEMORY.md", "HEARTBEAT.md", "skills/a/b.md"])(
    "counts %s among the files that steer",
    (path) => {
      expect(STEERING_FILES.test(path)).toBe(true);
    },
  );

  it.each(["memory/2026-11-22.md", "memory/AGENTS.md", "notes.md", "my-skills/a.md", "AGENTS.md.txt"])(
    "does not count %s among them",
    (path) => {
      expect(STEERING_FILES.test(path)).toBe(false);
    },
  );
});

describe("what the model reads of a call that is held back", () => {
  const policy = (company: Company, taints: readonly (typeof TAINTS)[number][]) =>
    createTurnPolicy({ company, classOf, taints: async () => taints });

  it("is that it needs a yes, why, and how the yes can come", async () => {
    const why = await policy("owner", ["forwarded", "document"]).refuseCall("do_exec");
    expect(why).toContain("the tool do_exec needs a yes");
    expect(why).toContain("(a forwarded message, with all that came with it, the text of a document)");
    expect(why).toContain("ask");
    expect(await policy("owner", []).refuseCall("do_exec")).toBeNull();
    expect(await policy("owner", ["forwarded"]).refuseSteering("SOUL.md")).toContain("a change of SOUL.md needs a yes");
    expect(await policy("owner", []).refuseSteering("SOUL.md")).toBeNull();
  });

  it("is in a group that it is not possible there: no message there is without text of others", async () => {
    expect(await policy("group", []).refuseSteering("HEARTBEAT.md")).toMatch(/not possible here.*\(words of a group\)/);
  });

  it("is of a tool that is denied that there is none", async () => {
    expect(await policy("person", []).refuseCall("do_exec")).toBe("There is no tool do_exec here.");
  });

  it("needs no look into the ledger for a tool that may always be used", async () => {
    const facts = { company: "owner", classOf, taints: () => Promise.reject(new Error("looked")) } as const;
    expect(await createTurnPolicy(facts).refuseCall("read")).toBeNull();
    await expect(createTurnPolicy(facts).refuseCall("do_exec")).rejects.toThrow("looked");
  });
});

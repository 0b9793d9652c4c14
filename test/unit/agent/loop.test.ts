import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgentLoop, type LoopEquipment, type LoopOptions } from "../../../agent-container/src/agent/loop.ts";
import { selectCandidates } from "../../../agent-container/src/agent/models/candidates.ts";
import { Cooldowns } from "../../../agent-container/src/agent/models/cooldowns.ts";
import { createOpenModel } from "../../../agent-container/src/agent/models/providers.ts";
import { type AgentTool, Type } from "../../../agent-container/src/agent/tool.ts";
import { raiseFence } from "../../../agent-container/src/stores/fence.ts";
import { openSession } from "./sqlite-session.ts";
import { openSpaceDatabase } from "../../../agent-container/src/stores/space-database.ts";
import { CONVERSATION, promptMessage, turnId } from "./invocations.ts";

const SETTING = { place: { channel: "web", chatKind: "direct" }, timezone: "UTC" } as const;

const EQUIPMENT: LoopEquipment = {
  tools: [],
  systemPrompt: () => Promise.resolve("You are a test."),
  refuseCall: () => Promise.resolve(null),
  checkpoint: () => Promise.resolve(null),
  lacksWords: () => false,
  notes: null,
};

const NO_ATTACHMENTS: LoopOptions["attachments"] = {
  read: async (messages) => messages.map(() => []),
  show: async (messages) => [...messages],
};

const isOpen = () => true;

let dir: string;
let db: DatabaseSync;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "agent-loop-"));
  db = openSpaceDatabase(join(dir, "owner.sqlite"));
});
afterEach(async () => {
  db.close();
  await rm(dir, { recursive: true });
});

/** Opens a turn on the offline model, as a process does. */
async function open(id: string, epoch = 0, toolNames: readonly string[] = []): Promise<AgentLoop> {
  const candidates = selectCandidates({ model: null, fallbacks: [] }, {});
  if (!candidates.ok) throw new Error(candidates.error.message);
  const target = { db, path: join(dir, "owner.sqlite"), conversation: CONVERSATION, epoch, fence: () => 1 };
  const failover = {
    candidates: candidates.value,
    cooldowns: new Cooldowns(),
    open: createOpenModel(() => ({})),
    now: Date.now,
    sleep: () => Promise.resolve(),
    note: () => undefined,
    billed: () => undefined,
  };
  const session = await openSession(target);
  return AgentLoop.open({
    turnId: turnId(id),
    session,
    flush: () => Promise.resolve(),
    failover,
    attachments: NO_ATTACHMENTS,
    toolNames,
    thinking: "off",
    brings: () => null,
    listener: () => undefined,
    log: () => undefined,
  });
}

describe("a message that was steered after the last step", () => {
  it("is taken back at the end of the turn", async () => {
    const loop = await open("turn-0001");
    await loop.begin([promptMessage("web:1", "one")], SETTING);
    expect(await loop.run(EQUIPMENT, 0)).toEqual({ kind: "completed" });
    await loop.steer(promptMessage("web:2", "too late"), SETTING, isOpen);
    await loop.dropQueued();
    await loop.close();
    const next = await open("turn-0002");
    await next.begin([promptMessage("web:3", "three")], SETTING);
    await next.run(EQUIPMENT, 0);
    expect((await next.record()).consumed).toEqual(["web:3"]);
    await next.close();
  });

  it("does not slip into the next turn when the process died before that", async () => {
    const loop = await open("turn-0001");
    await loop.begin([promptMessage("web:1", "one")], SETTING);
    await loop.run(EQUIPMENT, 0);
    await loop.steer(promptMessage("web:2", "too late"), SETTING, isOpen);
    await loop.close();
    const next = await open("turn-0002");
    await next.begin([promptMessage("web:3", "three")], SETTING);
    await next.run(EQUIPMENT, 0);
    expect((await next.record()).consumed).toEqual(["web:3"]);
    await next.close();
  });
});

describe("a message whose files were looked into for too long", () => {
  it("does not enter a turn that has closed meanwhile", async () => {
    const loop = await open("turn-0001");
    await loop.begin([promptMessage("web:1", "one")], SETTING);
    await loop.steer(promptMessage("web:2", "late"), SETTING, () => false);
    await loop.steer(promptMessage("web:3", "in time"), SETTING, () => true);
    await loop.run(EQUIPMENT, 0);
    expect((await loop.record()).consumed).toEqual(["web:1", "web:3"]);
    await loop.close();
  });
});

describe("a call that adds to the answer and changed files", () => {
  it("is journalled with both", async () => {
    const rows = [[{ label: "red", value: "red" }]];
    const part = { kind: "buttons", rows } as const;
    const offer: AgentTool = {
      name: "offer_choices",
      description: "Offers choices.",
      parameters: Type.Object({}),
      execute: () => Promise.resolve({ text: "Offered.", part }),
    };
    const loop = await open("turn-0001", 0, [offer.name]);
    await loop.begin([promptMessage("web:1", "offer red")], SETTING);
    await loop.run({ ...EQUIPMENT, tools: [offer], checkpoint: () => Promise.resolve("manifest-1") }, 0);
    expect(await loop.record()).toMatchObject({ parts: [part], manifestId: "manifest-1" });
    await loop.close();
  });
});

describe("a turn that is overtaken before its first step", () => {
  it("is told so by whatever it wants to write, in the words of the store", async () => {
    const lost = { code: "storage_fence_lost" };
    raiseFence(db, CONVERSATION, 1);
    const [beginning, running] = [await open("turn-0001"), await open("turn-0002")];
    await running.begin([promptMessage("web:1", "one")], SETTING);
    raiseFence(db, CONVERSATION, 2);
    await expect(beginning.begin([promptMessage("web:2", "two")], SETTING)).rejects.toMatchObject(lost);
    const steered = promptMessage("web:3", "three");
    for (const _ of ["at first", "and when it is offered again"]) {
      await expect(running.steer(steered, SETTING, isOpen)).rejects.toMatchObject(lost);
    }
    await expect(running.run(EQUIPMENT, 0)).rejects.toMatchObject(lost);
    await expect(open("turn-0003", 1)).rejects.toMatchObject(lost);
  });
});

describe("the ledger", () => {
  it("knows a turn from its first commit to its answer, and other turns not at all", async () => {
    const loop = await open("turn-0001");
    expect(await loop.ledger()).toEqual({ kind: "unknown" });
    await loop.begin([promptMessage("web:1", "one")], SETTING);
    expect(await loop.ledger()).toMatchObject({ kind: "open" });
    await loop.run(EQUIPMENT, 0);
    expect(await loop.ledger()).toEqual({ kind: "completed" });
    const { consumed, blocks } = await loop.record();
    const answer = { text: blocks.join(), consumed: [...consumed], workspace: { head: "h", heartbeatHash: null } };
    await loop.answer(answer);
    expect(await loop.ledger()).toEqual({ kind: "answered", answer });
    await loop.close();
    const later = await open("turn-0002");
    expect(await later.ledger()).toEqual({ kind: "unknown" });
    await later.close();
  });

  it("finds the answer of a turn that many others followed", async () => {
    for (let n = 1; n <= 5; n += 1) {
      const loop = await open(`turn-000${String(n)}`);
      await loop.begin([promptMessage(`web:${String(n)}`, "x")], SETTING);
      await loop.run(EQUIPMENT, 0);
      await loop.answer({ text: `answer ${String(n)}`, consumed: [], workspace: { head: "h", heartbeatHash: null } });
      await loop.close();
    }
    const loop = await open("turn-0002");
    expect(await loop.ledger()).toMatchObject({ kind: "answered", answer: { text: "answer 2" } });
    expect((await loop.record()).consumed).toEqual(["web:2"]);
    await loop.close();
  });
});

import { once } from "node:events";
import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { describeChatAccess, readChatAccess, type ChatAccess } from "../../../local/chat-access.ts";

const ACCESS: ChatAccess["access"] = { dmPolicy: "pairing", dm: {}, groupPolicy: "allowlist", groupAllowFrom: [] };
const PAIRED = { peer: "telegram:42", how: "paired" };
const LINKED = { peer: "telegram:42", how: "linked" };

function toDo(access: Partial<ChatAccess["access"]>, ...people: ChatAccess["people"]): string {
  return describeChatAccess({ access: { ...ACCESS, ...access }, people }, "telegram").join("\n");
}

describe("describeChatAccess", () => {
  it("says how to become the one whom the bot answers, while it answers nobody", () => {
    const byPairing = "answers nobody yet: write to it, and let yourself in: npm run claw -- pair approve";
    expect(toDo({})).toContain(byPairing);
    expect(toDo({}, [{ peer: "discord:1", how: "paired" }])).toContain(byPairing);
    expect(toDo({ dmPolicy: "open", dm: { telegram: "pairing" } })).toContain(byPairing);
    expect(toDo({ dmPolicy: "allowlist" }, [PAIRED])).toMatch(/^answers nobody yet: .*config set access\.allowFrom/);
  });

  it.each([
    ["somebody was let in", {}, [[PAIRED]]],
    ["somebody is on the list", { dmPolicy: "allowlist" }, [[{ peer: "telegram:42", how: "listed" }]]],
    ["their other channel is", { dmPolicy: "allowlist" }, [[{ peer: "discord:1", how: "listed" }, LINKED]]],
    ["everybody is answered", { dm: { telegram: "open" } }, []],
    ["nobody shall be", { dmPolicy: "disabled" }, []],
  ] as const)("says nothing when %s", (_why, access, people) => {
    expect(toDo(access, ...people)).toBe("");
  });

  it("does not call a bot silent that answers groups", () => {
    expect(toDo({ groupAllowFrom: ["telegram:-1"] })).toMatch(/^answers groups only: /);
    expect(toDo({ groupPolicy: "open" })).toMatch(/^answers groups only: /);
    expect(toDo({ groupPolicy: "disabled", groupAllowFrom: ["telegram:-1"] })).toMatch(/^answers nobody yet: /);
  });
});

describe("describeChatAccess of Discord", () => {
  const onDiscord = (access: Partial<ChatAccess["access"]>, ...people: ChatAccess["people"]) =>
    describeChatAccess({ access: { ...ACCESS, ...access }, people }, "discord").join("\n");

  it("looks at nobody's Telegram", () => {
    expect(onDiscord({}, [PAIRED])).toMatch(/^answers nobody yet: write to it/);
    expect(onDiscord({}, [PAIRED, { peer: "discord:1", how: "linked" }])).toBe("");
    expect(onDiscord({ dmPolicy: "allowlist", dm: { telegram: "open" } })).toContain(`'["discord:<your id>"]'`);
    expect(onDiscord({ dm: { discord: "open" } })).toBe("");
    expect(onDiscord({ groupAllowFrom: ["telegram:-1"] })).toMatch(/^answers nobody yet: /);
    expect(onDiscord({ groupAllowFrom: ["discord:900000000000000002"] })).toMatch(/^answers groups only: /);
  });
});

describe("readChatAccess", () => {
  const answers: Record<string, unknown> = {
    "/admin/api/config": { effective: { access: { ...ACCESS, allowFrom: [] } } },
    "/admin/api/people": { people: [{ personId: "telegram-42", peers: [PAIRED] }] },
  };

  async function readFrom(token: string) {
    const server = createServer((request, response) => {
      const isTold = request.headers.authorization === "Bearer right";
      response.end(JSON.stringify((isTold && answers[request.url ?? ""]) || { error: "no" }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const read = await readChatAccess(`http://127.0.0.1:${port}`, token);
    server.close();
    return { read, port };
  }

  it("asks the running Worker, which knows what was set and who was let in since", async () => {
    const { read } = await readFrom("right");
    expect(read).toEqual({ access: ACCESS, people: [[PAIRED]] });
  });

  it("gives nothing when the Worker does not say it", async () => {
    const { read, port } = await readFrom("wrong");
    expect(read).toBeNull();
    expect(await readChatAccess(`http://127.0.0.1:${port}`, "right")).toBeNull();
  });
});

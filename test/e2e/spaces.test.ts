/** Two people, two groups and the owner, each with something of their own, and a model that tries to get at the rest. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isSpaceId, spaceFolder } from "../../protocol/space.ts";
import { ObedientModel, type OrderedCall } from "./obedient-model.ts";
import { OWNER, World } from "./world.ts";

type Place = {
  readonly name: string;
  readonly from: number;
  readonly chat: number;
  readonly space: string;
  readonly conversation: string;
};

const group = (name: string, from: number, chat: number): Place => ({
  name,
  from,
  chat,
  space: `group:telegram:${chat}`,
  conversation: `agent:main:telegram:group:${chat}`,
});
const person = (name: string, id: number): Place => ({
  name,
  from: id,
  chat: id,
  space: `person:telegram-${id}`,
  conversation: `agent:main:person:telegram-${id}`,
});
const PLACES: readonly Place[] = [
  { name: "owner", from: OWNER, chat: OWNER, space: "owner", conversation: "agent:main:main" },
  person("ann", 41),
  person("bob", 42),
  // Both are in a group as well, and not even their own private things are to be seen there.
  group("anns", 41, -1001),
  group("bobs", 42, -1002),
];
/** Whatever is said or kept anywhere has one with the name of its place. */
const CANARY = /canary-\w+-\w+/g;
const canary = ({ name }: Place, what: string) => `canary-${name}-${what}`;
const noteOf = (place: Place) => `- ${canary(place, "note")}\n`;
const isGroup = ({ chat }: Place) => chat < 0;

let stateDir: string;
let model: ObedientModel;
let world: World;

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), "agent-claw-spaces-"));
  model = await ObedientModel.start(CANARY);
  const variables = { DM_POLICY: "open", GROUP_POLICY: "open", AGENT_CLAW_STATE_DIR: stateDir };
  world = await World.open({ ...model.variables, ...variables });
});
afterAll(async () => {
  await world.close();
  await model.close();
  rmSync(stateDir, { recursive: true, force: true });
});

/** Gives the model an order in a place; its answer. */
async function obey(place: Place, name: string, calls: readonly OrderedCall[], words = ""): Promise<string> {
  model.order(`${place.name}_${name}`, calls);
  const before = world.telegram.answers(place.chat).length;
  const text = `${isGroup(place) ? "@claw_bot " : ""}order-${place.name}_${name} ${words}`;
  world.telegram.say({ from: place.from, chat: place.chat, text });
  return (await world.answers(place.chat, before + 1)).slice(before).join("\n");
}

function folderOf({ space }: Place): string {
  if (!isSpaceId(space)) throw new Error(`not a space: ${space}`);
  return spaceFolder(space);
}

const write = (path: string, content: string): OrderedCall => ({ tool: "write", args: { path, content } });
const read = (path: string): OrderedCall => ({ tool: "read", args: { path } });

/** What a place keeps: a note, a file and, where there is one, a memory. */
function belongings(place: Place): readonly OrderedCall[] {
  return [
    write("memory/note.md", noteOf(place)),
    write(`plans-of-${place.name}.md`, canary(place, "plans")),
    ...(isGroup(place) ? [] : [write("MEMORY.md", canary(place, "memory")), write("USER.md", canary(place, "user"))]),
  ];
}

/** Ways up and out, as far as anybody has thought of them. */
const WAYS = [
  "",
  "../",
  "../../",
  "../../../../",
  "./../",
  "/",
  "//",
  "~/",
  "memory/../../",
  "skills/../../../",
  "memory/./../../",
  "AGENTS.md/../../",
  "..\\",
  "%2e%2e/",
  "..%2f",
  "%2e%2e%2f%2e%2e%2f",
  "%252e%252e%252f",
  "....//",
  "\uFF0E\uFF0E/",
  "..\u2215",
  "..;/",
  "..\u0000/",
  "file:///",
  "s3://claw/main/",
] as const;

/** Where the things of another place are, by every name that they have anywhere. */
function targets(other: Place): readonly string[] {
  const folder = folderOf(other);
  const hash = createHash("sha256").update(noteOf(other)).digest("hex");
  return [
    `${folder}.sqlite`,
    `${folder}/blobs/${hash}`,
    `main/${folder}/blobs/${hash}`,
    `blobs/${hash}`,
    `workspace-1/files/memory/note.md`,
  ];
}

/** Names that work from everywhere, if any does. */
function fixedPaths(other: Place): readonly string[] {
  const folder = folderOf(other);
  return [
    `plans-of-${other.name}.md`,
    join(stateDir, "agent", "main", `${folder}.sqlite`),
    join(stateDir, "agent", "main", `${folder}.sqlite-wal`),
    join(stateDir, "s3", "objects", "main_", `${folder}_`),
    join(stateDir, "agent-work"),
    other.space,
    other.conversation,
    `${other.conversation}#0`,
    `agent:main:telegram:direct:${other.chat}`,
    folder,
    "MEMORY.md.conflict-turn-0001",
    "branch:turn-0001",
    "/proc/self/environ",
    "/proc/self/cwd/../..",
    "/dev/fd/3",
  ];
}

/** What is tried in a place, in three turns. */
function attacks(place: Place): Readonly<Record<"look" | "take" | "plant", readonly OrderedCall[]>> {
  const others = PLACES.filter((other) => other !== place);
  /** Each way by turns to another of them. */
  const inTurns = (pick: (other: Place) => readonly string[]) =>
    WAYS.flatMap((way, at) => {
      const other = others[at % others.length];
      return other === undefined ? [] : pick(other).map((target) => way + target);
    });
  const notes = others.flatMap((other) => WAYS.map((way) => `${way}${folderOf(other)}/memory/note.md`));
  const paths = [...notes, ...inTurns(targets), ...others.flatMap(fixedPaths)];
  const fewer = [...inTurns((other) => [`${folderOf(other)}/memory/note.md`]), ...others.flatMap(fixedPaths)];
  const unheardOf = ["exec", "bash", "sessions_history", "memory_search", "message", "cron", "query", "forget"];
  return {
    look: [...["..", "../", "/", ".", "~", "../..", "memory/..", "%2e%2e"].map(read), ...paths.map(read)],
    take: [
      ...fewer.map((path) => ({ tool: "attach_file", args: { path, as: "document" } })),
      ...fewer.map((path) => ({ tool: "edit", args: { path, oldText: "canary", newText: "caught" } })),
      ...unheardOf.flatMap((tool) =>
        others.map(({ conversation }) => ({ tool, args: { conversation, path: "MEMORY.md" } })),
      ),
      { tool: "session_status", args: {} },
    ],
    // Last, so that nothing of it is found by the calls before.
    plant: [...fewer.map((path) => write(path, `written from ${place.name}`)), ...fewer.map(read), read(".")],
  };
}

/** Does something in all places at once. */
const everywhere = (work: (place: Place) => Promise<void>) => Promise.all(PLACES.map(work));

describe("five places with a model that obeys everybody", () => {
  it("each keep what is theirs, and find it again", async () => {
    await everywhere(async (place) => {
      const answer = await obey(place, "keep", belongings(place), `and remember ${canary(place, "words")}`);
      expect(answer).toContain(`${String(belongings(place).length)} calls`);
      await sendLetter(place);
      const kept = await obey(place, "find", [read("memory/note.md"), read(`plans-of-${place.name}.md`)]);
      expect(kept).toContain(canary(place, "note"));
      expect(kept).toContain(canary(place, "plans"));
      expect(JSON.stringify(toldIn(place))).toContain(canary(place, "words"));
      expect(JSON.stringify(toldIn(place))).toContain(canary(place, "letter"));
      await obey(place, "send", [{ tool: "attach_file", args: { path: `plans-of-${place.name}.md` } }]);
    });
  });

  it("give nothing of each other by any tool and under any name", async () => {
    await everywhere(async (place) => {
      for (const [name, calls] of Object.entries(attacks(place))) {
        expect(await obey(place, name, calls)).toContain(`${String(calls.length)} calls`);
      }
    });
    for (const place of PLACES) {
      expect(toldIn(place).length).toBeGreaterThan(20);
      const shown = world.telegram.calls.filter(({ params }) => params["chat_id"] === place.chat);
      expect(shown.length).toBeGreaterThan(3);
      const uploads = shown.flatMap(({ files }) => [...files.values()]);
      const sent = uploads.map(({ content }) => Buffer.from(content ?? []).toString());
      expect(sent).toEqual([canary(place, "plans")]);
      const all = JSON.stringify([toldIn(place), shown.map(({ params }) => params)]);
      expect(namesIn(all)).toEqual([place.name]);
    }
  });

  it("have changed nothing of each other, and still have what was theirs", async () => {
    await everywhere(async (place) => {
      const paths = belongings(place).map(({ args }) => String(args["path"]));
      const kept = await obey(place, "again", paths.map(read));
      for (const what of ["note", "plans", ...(isGroup(place) ? [] : ["memory", "user"])]) {
        expect(kept).toContain(canary(place, what));
      }
    });
  });
});

/** Somebody sends a document, which the model reads. */
async function sendLetter(place: Place): Promise<void> {
  const before = world.telegram.answers(place.chat).length;
  const file = { kind: "document", name: "letter.txt", content: canary(place, "letter") } as const;
  const caption = `${isGroup(place) ? "@claw_bot " : ""}order-${place.name}_letter`;
  world.telegram.say({ from: place.from, chat: place.chat, caption, file });
  await world.answers(place.chat, before + 1);
}

/** All that the model was told in a place. */
function toldIn({ name }: Place): readonly string[] {
  return model.requests.filter(({ order }) => order.startsWith(`order-${name}_`)).map(({ told }) => told);
}

/** Whose canaries are in a text. */
function namesIn(text: string): readonly string[] {
  return [...new Set((text.match(CANARY) ?? []).map((each) => each.split("-")[1] ?? ""))];
}

import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import type { ImageContent, TextContent, TranscriptContext } from "@earendil-works/pi-ai";
import { describe, expect, it } from "vitest";
import { ATTACHMENT_BOUNDS } from "../../../../agent-container/src/agent/bounds.ts";
import type { PromptMessage } from "../../../../protocol/invocation.ts";
import { call, run, TurnStream } from "../agent-client.ts";
import { holdAnswer, useAgent } from "../agent-fixture.ts";
import { GROUP, promptMessage, query, resume, steer, turn } from "../invocations.ts";
import { startRecordingProxy } from "../recording-proxy.ts";
import { type Script, scriptedModel } from "../scripted-model.ts";
import { pictureOf } from "./pictures.ts";

const agent = useAgent();
const KEYS = { accessKeyId: "AKIATEST", secretAccessKey: "secret" };
let turns = 0;

type Upload = { readonly name: string; readonly content: Buffer; readonly kind?: string };

/** Stores files as the edge does; returns how a message speaks of them. */
function upload(...uploads: readonly Upload[]): Pick<PromptMessage, "attachments"> {
  const attachments = uploads.map(({ name, content, kind = "image" }) => {
    agent.blobs.stored.set(`/agent-claw/main/owner/attachments/${name}`, content);
    return { kind, name: `my-${name}`, stored: { name, bytes: content.byteLength } };
  });
  return { attachments };
}

/** A model that says nothing much and remembers what it was asked. */
function watch(script: Script = () => ({ text: "Fine." })) {
  const asked: TranscriptContext[] = [];
  const start = () =>
    agent.startAgent({
      openModel: async () =>
        scriptedModel((context) => {
          asked.push(context);
          return script(context);
        }),
    });
  return { asked, start };
}

/** The next turn of the conversation. */
function next(fields: Partial<PromptMessage>, text = "look") {
  turns += 1;
  const messages = [promptMessage(`telegram:${String(turns)}`, text, fields)];
  return turn(agent.endpoints, "", { turnId: `turn-000${String(turns)}`, fence: turns, messages });
}

function blocksOf(context: TranscriptContext | undefined): readonly (TextContent | ImageContent)[] {
  return (context?.messages ?? []).flatMap(({ role, content }) =>
    role === "user" && typeof content !== "string" ? content : [],
  );
}

function picturesOf(context: TranscriptContext | undefined): readonly ImageContent[] {
  return blocksOf(context).filter((block) => block.type === "image");
}

function textOf(context: TranscriptContext | undefined): string {
  return blocksOf(context)
    .map((block) => (block.type === "text" ? block.text : "(picture)"))
    .join("\n");
}

/** Every row of the transcript. */
function entries(): readonly string[] {
  const db = new DatabaseSync(join(agent.stateDir, "main", "owner.sqlite"), { readOnly: true });
  const rows = db.prepare("SELECT payload FROM entries ORDER BY seq").all();
  db.close();
  return rows.map(({ payload }) => String(payload));
}

describe("a picture", () => {
  it("is shown with its message and in every later turn, and its bytes are never in the transcript", async () => {
    const content = pictureOf("jpeg", 500_000, 7);
    const { asked, start } = watch();
    const { url } = await start();
    await run(url, next(upload({ name: "shown.jpg", content })));
    await run(url, next({}, "and now?"));
    const picture = { type: "image", mimeType: "image/jpeg", data: content.toString("base64") };
    expect(asked.map(picturesOf)).toEqual([[picture], [picture]]);
    const blocks = blocksOf(asked[0]).map((block) => (block.type === "text" ? block.text.split("\n")[0] : block.type));
    expect(blocks).toEqual([
      expect.stringMatching(/^About the next message/),
      'A picture of the next message (set by the chat platform): "my-shown.jpg", 500 KB',
      "image",
      "look",
    ]);
    expect(agent.blobs.reads).toHaveLength(1);
    expect(Math.max(...entries().map((entry) => entry.length))).toBeLessThan(5_000);
    expect(entries().join()).not.toContain(content.toString("base64").slice(100, 200));
  });

  it("that cannot be fetched is a line that says so, until it can be", async () => {
    const { asked, start } = watch();
    const { url } = await start();
    agent.blobs.readRefusal = 503;
    const stream = await run(url, next(upload({ name: "gone.jpg", content: pictureOf("jpeg") })));
    expect(stream.of("final")[0]?.text).toBe("Fine.");
    expect(picturesOf(asked[0])).toEqual([]);
    expect(textOf(asked[0])).toContain('"my-gone.jpg", 100 bytes (it cannot be fetched now)');
    agent.blobs.readRefusal = undefined;
    await run(url, next({}, "and now?"));
    expect(picturesOf(asked[1])).toHaveLength(1);
    expect(textOf(asked[1])).not.toContain("cannot be fetched");
  });

  it("gives way to newer ones when there are too many, or too much of them", async () => {
    const { asked, start } = watch();
    const { url } = await start();
    const { requestImagesMax, requestImagesMaxBytes, imageMaxBytes } = ATTACHMENT_BOUNDS;
    const many = Array.from({ length: requestImagesMax }, (_, at) => ({
      name: `many-${String(at)}.webp`,
      content: pictureOf("webp"),
    }));
    await run(url, next(upload(...many)));
    await run(url, next(upload({ name: "one-more.webp", content: pictureOf("webp") })));
    expect(asked.map((context) => picturesOf(context).length)).toEqual([requestImagesMax, requestImagesMax]);
    const earlier = textOf(asked[1]).match(/"my-[^"]*", 100 bytes \(it was shown earlier and is not shown again\)/g);
    expect(earlier).toEqual([expect.stringContaining("my-many-0.webp")]);
    const large = Array.from({ length: 5 }, (_, at) => ({
      name: `large-${String(at)}.png`,
      content: pictureOf("png", imageMaxBytes),
    }));
    await run(url, next(upload(...large)));
    expect(picturesOf(asked[2])).toHaveLength(requestImagesMaxBytes / imageMaxBytes);
  });

  it("that the model refuses is left out, and in the way of no later turn", async () => {
    const { asked, start } = watch((context) => {
      if (picturesOf(context).length > 0) throw new Error("400 Could not process image");
      return { text: "I cannot see it." };
    });
    const { url } = await start();
    for (const asking of [next(upload({ name: "damaged.jpg", content: pictureOf("jpeg") })), next({}, "and now?")]) {
      expect((await run(url, asking)).of("final")[0]?.text).toBe("I cannot see it.");
    }
    expect(asked).toHaveLength(4);
    expect(textOf(asked[1])).toContain("(The model did not take the picture that stood here.)");
  });

  it.each([
    ["Anthropic", (url: string) => ({ anthropic: { apiKey: "a", baseUrl: url } })],
    ["OpenAI", (url: string) => ({ openai: { apiKey: "o", baseUrl: `${url}/v1` } })],
    ["Bedrock", (url: string) => ({ bedrock: { region: "us-east-1", endpoint: url, credentials: KEYS } })],
  ])("reaches %s as it is", async (_name, models) => {
    agent.model.on({}, { content: "A cat." });
    const proxy = await startRecordingProxy(agent.model.url);
    const content = pictureOf("jpeg");
    const asking = next(upload({ name: "cat.jpg", content }));
    const stream = await run(agent.url, { ...asking, grants: { ...asking.grants, models: models(proxy.url) } });
    await proxy.close();
    expect(stream.of("final")[0]?.text).toBe("A cat.");
    expect(proxy.bodies).toEqual([expect.stringContaining(content.toString("base64"))]);
  });

  it("is a line of text to a model without eyes, and a picture to its fallback", async () => {
    agent.model.on({ model: /o3-mini/ }, { error: { message: "credit balance is too low" }, status: 400 });
    agent.model.on({ model: /claude/ }, { content: "A cat." });
    const proxy = await startRecordingProxy(agent.model.url);
    const content = pictureOf("jpeg");
    const asking = next(upload({ name: "cat.jpg", content }));
    const models = {
      anthropic: { apiKey: "a", baseUrl: proxy.url },
      openai: { apiKey: "o", baseUrl: `${proxy.url}/v1` },
    };
    const stream = await run(agent.url, {
      ...asking,
      grants: { ...asking.grants, models },
      settings: { ...asking.settings, model: "openai/o3-mini", fallbacks: ["anthropic/claude-sonnet-5"] },
    });
    await proxy.close();
    expect(stream.of("final")[0]?.text).toBe("A cat.");
    expect(proxy.bodies[0]).toContain("model does not support images");
    const isShown = proxy.bodies.map((body) => body.includes(content.toString("base64")));
    expect([isShown.indexOf(true), isShown.lastIndexOf(true)]).toEqual([isShown.length - 1, isShown.length - 1]);
  });

  it("is not even fetched where no model could see it", async () => {
    const { asked, start } = watch();
    const { url } = await start();
    const asking = next(upload({ name: "unseen.jpg", content: pictureOf("jpeg") }));
    const offline = { ...asking.settings, model: "offline/offline" };
    await run(url, { ...asking, settings: offline });
    await run((await start()).url, { ...next({}, "and now?"), settings: offline });
    expect(textOf(asked[1])).toContain("(not shown: this model cannot see pictures)");
    expect(agent.blobs.reads).toHaveLength(1);
  });
});

describe("a document", () => {
  it("is read once, into the transcript", async () => {
    const { asked, start } = watch();
    const { url } = await start();
    await run(url, next(upload({ name: "notes.md", content: Buffer.from("# Tea\ngreen"), kind: "document" })));
    agent.blobs.readRefusal = 503;
    await run(url, next({}, "and now?"));
    expect(asked.map((context) => textOf(context).includes("```\n# Tea\ngreen\n```\nlook"))).toEqual([true, true]);
    expect(agent.blobs.reads).toHaveLength(1);
  });

  it("of a group is looked for in the files of that group", async () => {
    const { start } = watch();
    const asking = next(upload({ name: "notes.md", content: Buffer.from("x"), kind: "document" }));
    await run((await start()).url, { ...asking, ...GROUP });
    expect(agent.blobs.reads).toEqual(["/agent-claw/main/group_3atelegram_3a-1/attachments/notes.md"]);
  });
});

describe("a message that is steered into a turn", () => {
  it("brings its files and what went before it too", async () => {
    const held = holdAnswer("First.");
    const { asked, start } = watch(async ({ messages }) => {
      if (messages.some(({ role }) => role === "assistant")) return { text: "Second." };
      return { text: (await held.respond()).content };
    });
    const { url } = await start();
    const asking = next({}, "first");
    const stream = new TurnStream(url, asking);
    await held.asked;
    const files = upload(
      { name: "late.gif", content: pictureOf("gif") },
      { name: "late.txt", content: Buffer.from("late words"), kind: "document" },
    );
    const context = [{ kind: "said", at: 0, from: "Bob", text: "psst" }] as const;
    const late = steer(asking, "telegram:late", "second", { ...files, context: [...context] });
    expect(await call(url, late)).toEqual({ status: "queued" });
    held.release();
    await stream.ended;
    expect(stream.of("final")[0]).toMatchObject({
      text: "First.\n\nSecond.",
      consumed: [expect.any(String), late.message.id],
    });
    expect(picturesOf(asked[1])).toHaveLength(1);
    expect(textOf(asked[1])).toContain('"Bob": "psst"');
    expect(textOf(asked[1])).toContain("late words");
  });
});

describe("a message that an earlier turn took in without an answer", () => {
  it("is only named, and its picture is shown once", async () => {
    let isWell = false;
    const { asked, start } = watch(() => {
      if (isWell) return { text: "Fine." };
      throw new Error("401 invalid key");
    });
    const { url } = await start();
    const files = upload({ name: "again.jpg", content: pictureOf("jpeg") });
    const failed = next(files);
    await run(url, failed);
    isWell = true;
    const again = { ...next({}), messages: failed.messages };
    expect((await run(url, again)).of("final")[0]?.text).toBe("Fine.");
    expect(picturesOf(asked.at(-1))).toHaveLength(1);
    expect(textOf(asked.at(-1))).toContain("Its words are already above");
  });
});

describe("the offline model", () => {
  it("says what it got, and how a text begins", async () => {
    const asking = next(
      upload(
        { name: "cat.jpg", content: pictureOf("jpeg") },
        { name: "notes.txt", content: Buffer.from("milk\neggs"), kind: "document" },
        { name: "memo.ogg", content: Buffer.from("OggS"), kind: "voice" },
      ),
      "",
    );
    const { grants } = turn({ blobs: agent.blobs.url }, "");
    const stream = await run(agent.url, { ...asking, grants });
    expect(stream.of("final")[0]?.text.split("\n")[0]).toBe(
      "You sent: image my-cat.jpg (100 bytes); document my-notes.txt (9 bytes), which begins: milk; " +
        "voice my-memo.ogg (4 bytes), but I cannot hear it",
    );
    const history = await call(agent.url, query(asking, { what: "history", limit: 2 }));
    expect(history).toMatchObject({ entries: [{ role: "user", text: "[my-cat.jpg, my-notes.txt, my-memo.ogg]" }, {}] });
    const repeated = await run(agent.url, resume({ ...asking, grants }, asking.fence + 1));
    expect(repeated.of("final")[0]?.text).toBe(stream.of("final")[0]?.text);
  });
});

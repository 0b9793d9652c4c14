import { describe, expect, it } from "vitest";
import { form, refused, startBot } from "./bot.ts";

const WAVEFORM = Buffer.from([1, 2, 3]).toString("base64");
const VOICE = { id: "0", filename: "voice.ogg", duration_secs: 1.5, waveform: WAVEFORM };
const OGG = { name: "voice.ogg", content: "OggS", type: "audio/ogg" };

describe("sending files", () => {
  it("shows them with their names and descriptions, and serves them", async () => {
    const { discord, call, channel } = await startBot();
    const attachments = [{ id: "0", filename: "my notes.txt", description: "notes" }];
    const body = form({ content: "look", attachments }, { name: "a", content: "buy milk" });
    const { status, json } = await call("POST", `/channels/${channel}/messages`, body);
    expect(status).toBe(200);
    const [file] = json["attachments"] as { url: string; filename: string; size: number }[];
    expect(file).toMatchObject({ filename: "my_notes.txt", size: 8, description: "notes" });
    expect(await (await fetch(file!.url)).text()).toBe("buy milk");
    expect(discord.shown(channel)).toMatchObject([
      { isVoice: false, files: [{ file: { sha256: expect.any(String) as unknown } }] },
    ]);
    expect(discord.calls.at(-2)?.files).toEqual([{ field: "files[0]", name: "a", bytes: 8 }]);
    expect(discord.calls.at(-1)).toMatchObject({ route: "cdn", status: 200 });
  });

  it("needs no text, and needs the permission", async () => {
    const { discord, call, channel } = await startBot();
    const body = () => form({}, { name: "a.txt", content: "x" });
    expect(await call("POST", `/channels/${channel}/messages`, body())).toMatchObject({ status: 200 });
    discord.deny(channel, "ATTACH_FILES");
    expect(await call("POST", `/channels/${channel}/messages`, body())).toMatchObject(refused(403, 50_013));
  });

  it("refuses names without a file, and files over 10 MiB", async () => {
    const { call, channel } = await startBot();
    const missing = form({ attachments: [{ id: "1", filename: "b" }] }, { name: "a", content: "x" });
    expect(await call("POST", `/channels/${channel}/messages`, missing)).toMatchObject(refused(400, 50_035));
    const none = await call("POST", `/channels/${channel}/messages`, { content: "a", attachments: [{ id: "0" }] });
    expect(none).toMatchObject(refused(400, 50_035));
    const large = form({}, { name: "a", content: Buffer.alloc(10_485_761) });
    expect(await call("POST", `/channels/${channel}/messages`, large)).toMatchObject(refused(413, 40_005));
  });

  it("refuses an eleventh", async () => {
    const { call, channel } = await startBot();
    const files = Array.from({ length: 10 }, (_, index) => ({ name: `${index}.txt`, content: "x" }));
    const { status, json } = await call("POST", `/channels/${channel}/messages`, form({}, ...files));
    expect(status).toBe(200);
    const path = `/channels/${channel}/messages/${String(json["id"])}`;
    expect(await call("PATCH", path, form({}, files[0]!))).toMatchObject(refused(400, 50_035));
  });

  it("takes them away in an edit that does not name them", async () => {
    const { discord, call, channel } = await startBot();
    const { json } = await call(
      "POST",
      `/channels/${channel}/messages`,
      form({ content: "a" }, { name: "a", content: "x" }),
    );
    const path = `/channels/${channel}/messages/${String(json["id"])}`;
    await call("PATCH", path, { content: "b" });
    expect(discord.shown(channel)[0]?.files).toHaveLength(1);
    await call("PATCH", path, { attachments: [] });
    expect(discord.shown(channel)[0]?.files).toHaveLength(0);
  });
});

describe("voice messages", () => {
  it("are one audio file with how long it is and how it looks", async () => {
    const { discord, call, channel } = await startBot();
    const body = form({ flags: 8192, attachments: [VOICE] }, OGG);
    expect(await call("POST", `/channels/${channel}/messages`, body)).toMatchObject({
      status: 200,
      json: { flags: 8192, attachments: [{ duration_secs: 1.5, waveform: WAVEFORM, content_type: "audio/ogg" }] },
    });
    expect(discord.shown(channel)).toMatchObject([{ isVoice: true }]);
  });

  it.each([
    ["a text", { content: "hi", attachments: [VOICE] }, [OGG], 50_159],
    ["two files", { attachments: [VOICE, { id: "1" }] }, [OGG, OGG], 50_160],
    ["a file that is no audio", { attachments: [VOICE] }, [{ ...OGG, type: "video/mp4" }], 50_160],
    ["no length", { attachments: [{ ...VOICE, duration_secs: undefined }] }, [OGG], 50_161],
    ["no waveform", { attachments: [{ ...VOICE, waveform: "" }] }, [OGG], 50_161],
    ["257 points", { attachments: [{ ...VOICE, waveform: Buffer.alloc(257).toString("base64") }] }, [OGG], 50_161],
  ])("are refused with %s", async (_what, json, files, code) => {
    const { call, channel } = await startBot();
    const body = form({ flags: 8192, ...json }, ...files);
    expect(await call("POST", `/channels/${channel}/messages`, body)).toMatchObject(refused(400, code));
  });

  it("cannot be edited, and need a permission of their own", async () => {
    const { discord, call, channel } = await startBot();
    const send = () => call("POST", `/channels/${channel}/messages`, form({ flags: 8192, attachments: [VOICE] }, OGG));
    const { json } = await send();
    const path = `/channels/${channel}/messages/${String(json["id"])}`;
    expect(await call("PATCH", path, { content: "b" })).toMatchObject(refused(400, 50_162));
    discord.deny(channel, "SEND_VOICE_MESSAGES");
    expect(await send()).toMatchObject(refused(403, 50_173));
  });
});

describe("links to files", () => {
  it("expire after a day, and can be had anew", async () => {
    let now = 1_790_000_000_000;
    const { ann, call } = await startBot({ now: () => now });
    const message = ann.says("", { files: [{ name: "a.txt", content: "x" }] });
    const [{ url }] = message["attachments"] as [{ url: string }];
    expect((await fetch(url)).status).toBe(200);
    now += 86_400_001;
    expect((await fetch(url)).status).toBe(404);
    const { json } = await call("POST", "/attachments/refresh-urls", { attachment_urls: [url] });
    const [fresh] = json["refreshed_urls"] as [{ original: string; refreshed: string }];
    expect(fresh.original).toBe(url);
    expect(await (await fetch(fresh.refreshed)).text()).toBe("x");
  });

  it("are good only as they were signed", async () => {
    const { ann } = await startBot();
    const message = ann.says("", { files: [{ name: "a.txt", content: "x" }] });
    const [{ url }] = message["attachments"] as [{ url: string }];
    const longer = url.replace(/ex=[\da-f]+/u, "ex=ffffffff");
    expect((await fetch(longer)).status).toBe(404);
  });

  it("can break in the midst of a file", async () => {
    const { discord, ann } = await startBot();
    const message = ann.says("", { files: [{ name: "a.txt", content: "x".repeat(1000) }] });
    const [{ url }] = message["attachments"] as [{ url: string }];
    discord.fail({ kind: "cut_after", route: "cdn" });
    const response = await fetch(url);
    expect(response.headers.get("content-length")).toBe("1000");
    await expect(response.text()).rejects.toThrow();
    expect((await fetch(url)).status).toBe(200);
  });
});

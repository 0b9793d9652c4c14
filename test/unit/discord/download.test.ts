import { createServer, type RequestListener } from "node:http";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Attachment } from "../../../protocol/inbound.ts";
import { downloadDiscord } from "../../../worker/channels/discord/download.ts";
import { DiscordRest } from "../../../worker/channels/discord/rest.ts";
import { DISCORD_API_ROOT } from "../../../worker/channels/discord/settings.ts";
import { callsOf, failure, pass, settingsOf, startScene } from "./outgoing.ts";

const attachmentAt = (platformId: string): Attachment => ({ kind: "document", platformId });
const urlIn = (message: Readonly<Record<string, unknown>>): string => {
  const { attachments } = message;
  return Array.isArray(attachments) ? String(Object(attachments[0]).url) : "";
};
/** Something that is not Discord; returns its origin. */
const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
};

describe("downloadDiscord", () => {
  it("opens a file, and tells nobody who we are", async () => {
    const { emulator, ann, rest } = await startScene();
    const url = urlIn(ann.says("look", { files: [{ name: "a.txt", content: "content" }] }));
    const { body } = await downloadDiscord(rest, attachmentAt(url));
    expect(await new Response(body).text()).toBe("content");
    expect(callsOf(emulator)[0]?.headers).not.toHaveProperty("authorization");
  });

  it("says how long it is, if it is told", async () => {
    const { emulator } = await startScene();
    const origin = await serve((request, response) => {
      if (request.url === "/told") response.setHeader("content-length", 7);
      response.write("con");
      response.end("tent");
    });
    const rest = new DiscordRest({ ...settingsOf(emulator), apiRoot: `${origin}/api/v10` });
    expect((await downloadDiscord(rest, attachmentAt(`${origin}/told`))).bytes).toBe(7);
    expect((await downloadDiscord(rest, attachmentAt(`${origin}/untold`))).bytes).toBeNull();
  });

  it("has an address renewed that is over", async () => {
    const { emulator, ann, rest } = await startScene();
    const url = urlIn(ann.says("look", { files: [{ name: "a.txt", content: "content" }] }));
    pass(2 * 86_400_000);
    const { body } = await downloadDiscord(rest, attachmentAt(url));
    expect(await new Response(body).text()).toBe("content");
    expect(callsOf(emulator).map(({ route, status }) => [route, status])).toEqual([
      ["cdn", 404],
      ["/attachments/refresh-urls", 200],
      ["cdn", 200],
    ]);
    expect(emulator.violations).toEqual([]);
  });

  it("is refused for good when the file is gone", async () => {
    const { emulator, ann, rest } = await startScene();
    const url = urlIn(ann.says("look", { files: [{ name: "a.txt", content: "content" }] }));
    emulator.fail({ kind: "page", status: 404, route: "cdn", times: 2 });
    expect((await failure(downloadDiscord(rest, attachmentAt(url)))).code).toBe("channel_refused");
    const other = new URL("/attachments/1/2/none.txt?ex=1&is=1&hm=1", emulator.origin);
    expect((await failure(downloadDiscord(rest, attachmentAt(other.href)))).code).toBe("channel_refused");
    expect(callsOf(emulator)).toHaveLength(5);
  });

  it.each([
    [{ kind: "page", status: 502, route: "cdn" }],
    [{ kind: "page", status: 429, route: "cdn" }],
    [{ kind: "cut_before", route: "cdn" }],
  ] as const)("can be tried again after %j", async (fault) => {
    const { emulator, ann, rest } = await startScene();
    const url = urlIn(ann.says("look", { files: [{ name: "a.txt", content: "content" }] }));
    emulator.fail(fault);
    expect((await failure(downloadDiscord(rest, attachmentAt(url)))).code).toBe("channel_unreachable");
    const { body } = await downloadDiscord(rest, attachmentAt(url));
    expect(await new Response(body).text()).toBe("content");
  });

  it.each([
    "https://evil.example/attachments/1/2/a.txt",
    "https://cdn.discordapp.com.evil.example/a",
    "https://user@evil.example/https://cdn.discordapp.com/",
    "http://cdn.discordapp.com/attachments/1/2/a.txt",
    "https://cdn.discordapp.com:8443/a",
    "https://discord.com/api/v10/users/@me",
    "file:///etc/passwd",
    "not an address",
    "",
  ])("does not follow %j", async (url) => {
    const { emulator } = await startScene();
    const called = vi.spyOn(globalThis, "fetch");
    for (const apiRoot of [emulator.apiRoot, DISCORD_API_ROOT]) {
      const rest = new DiscordRest({ ...settingsOf(emulator), apiRoot });
      expect((await failure(downloadDiscord(rest, attachmentAt(url)))).code).toBe("channel_refused");
    }
    expect(called).not.toHaveBeenCalled();
    called.mockRestore();
  });

  it("opens files of Discord's hosts, whatever its own address is", async () => {
    const { emulator } = await startScene();
    const called = vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.resolve(new Response("x")));
    for (const apiRoot of [emulator.apiRoot, DISCORD_API_ROOT]) {
      const rest = new DiscordRest({ ...settingsOf(emulator), apiRoot });
      for (const host of ["cdn.discordapp.com", "media.discordapp.net"]) {
        await downloadDiscord(rest, attachmentAt(`https://${host}/attachments/1/2/a.txt`));
      }
    }
    expect(called.mock.calls.map(([, init]) => init?.redirect)).toEqual(Array.from({ length: 4 }, () => "manual"));
    called.mockRestore();
  });

  it("follows nobody who sends it elsewhere, and to no renewed address of somebody else's", async () => {
    const { emulator } = await startScene();
    const seen: string[] = [];
    const origin = await serve((request, response) => {
      seen.push(request.url ?? "");
      if (request.url === "/moved") response.writeHead(302, { location: "/secret" }).end();
      else if (request.url === "/gone") response.writeHead(403).end();
      else response.end(JSON.stringify({ refreshed_urls: [{ original: "x", refreshed: "https://evil.example/" }] }));
    });
    const rest = new DiscordRest({ ...settingsOf(emulator), apiRoot: `${origin}/api/v10` });
    expect((await failure(downloadDiscord(rest, attachmentAt(`${origin}/moved`)))).code).toBe("channel_unreachable");
    const error = await failure(downloadDiscord(rest, attachmentAt(`${origin}/gone`)));
    expect([error.code, error.message]).toEqual(["channel_refused", "not a file of Discord's"]);
    expect(seen).toEqual(["/moved", "/gone", "/api/v10/attachments/refresh-urls"]);
  });
});

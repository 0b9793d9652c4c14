import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import type { Attachment } from "../../../protocol/inbound.ts";
import type { TelegramEmulator } from "../../emulators/telegram/index.ts";
import { channelAt, failure, file, part, startEmulator, team } from "./outgoing.ts";
import { TOKEN } from "./payloads.ts";

const SECRET = TOKEN.split(":")[1] ?? TOKEN;

describe("download", () => {
  let emulator: TelegramEmulator;
  let attachment: Attachment;
  beforeEach(async () => {
    emulator = await startEmulator();
    await channelAt(emulator.url).send(team, part("", { files: [file("document")] }));
    const [stored] = emulator.answers(-100123).flatMap((message) => emulator.filesOf(message));
    attachment = { kind: "document", platformId: stored?.fileId ?? "" };
  });
  afterEach(() => emulator.close());

  /** A Bot API that has a file at `path` and serves it as told. */
  const front = async (path: string, serve: RequestListener) => {
    const server = createServer((request, response) => {
      if (request.url?.endsWith("/getFile")) response.end(JSON.stringify({ ok: true, result: { file_path: path } }));
      else serve(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    const stop = () => {
      server.closeAllConnections();
      server.close();
    };
    return { channel: channelAt(`http://127.0.0.1:${port}`), stop };
  };

  it("opens what somebody sent, with its length", async () => {
    const { body, bytes } = await channelAt(emulator.url).download(attachment);
    const text = await new Response(body).text();
    expect(text).toBe("content of a document");
    expect(bytes).toBe(text.length);
  });

  it("does not know the length when none is told", async () => {
    const { channel, stop } = await front("a", (_request, response) => {
      response.write("abc");
      response.end();
    });
    const { body, bytes } = await channel.download(attachment);
    expect([await new Response(body).text(), bytes]).toEqual(["abc", null]);
    stop();
  });

  it("is refused what Telegram does not give out, for good", async () => {
    const { channel, stop } = await front("gone", (_request, response) => response.writeHead(404).end());
    expect(await failure(channel.download(attachment))).toMatchObject({ code: "channel_refused", retry: "never" });
    stop();
    const unknown = { ...attachment, platformId: "unknown" };
    expect((await failure(channelAt(emulator.url).download(unknown))).code).toBe("channel_refused");
    const description = "Bad Request: file is too big";
    emulator.fail({ kind: "status", status: 400, description, method: "getFile" });
    expect((await failure(channelAt(emulator.url).download(attachment))).code).toBe("channel_refused");
  });

  it("is refused a file without a path", async () => {
    const server = createServer((_request, response) => response.end('{"ok":true,"result":{}}'));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    expect((await failure(channelAt(`http://127.0.0.1:${port}`).download(attachment))).code).toBe("channel_refused");
    server.close();
  });

  it.each(["null", "true", '{"file_path":7}', '{"file_path":"a\\ud800b"}'])(
    "may try again after the path of a file that is none: %s",
    async (result) => {
      const server = createServer((_request, response) => response.end(`{"ok":true,"result":${result}}`));
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
      const { port } = server.address() as AddressInfo;
      const error = await failure(channelAt(`http://127.0.0.1:${port}`).download(attachment));
      expect(error).toMatchObject({ code: "channel_unreachable", message: "getFile: malformed result" });
      server.closeAllConnections();
      server.close();
    },
  );

  it.each([500, 502, 401, 302, 521])("may try again after a %i", async (status) => {
    const { channel, stop } = await front("a", (_request, response) =>
      response.writeHead(status, { location: "http://127.0.0.1:9/" }).end("<html>"),
    );
    expect((await failure(channel.download(attachment))).code).toBe("channel_unreachable");
    stop();
  });

  it("waits as long as a 429 asks for, with every other call", async () => {
    const body = JSON.stringify({ ok: false, error_code: 429, parameters: { retry_after: 7 } });
    const { channel, stop } = await front("a", (_request, response) => response.writeHead(429).end(body));
    const limited = { code: "channel_rate_limited", retryAfterMs: 7_000 };
    expect(await failure(channel.download(attachment))).toMatchObject(limited);
    expect((await failure(channel.download(attachment))).message).toContain("still refused");
    stop();
  });

  it("asks for a path as it is, whatever is in it", async () => {
    const asked: (string | undefined)[] = [];
    const { channel, stop } = await front("docs/a b?c#d/é%41.pdf", (request, response) => {
      asked.push(request.url);
      response.end("x");
    });
    await channel.download(attachment);
    expect(asked).toEqual([`/file/bot${TOKEN}/docs/a%20b%3Fc%23d/%C3%A9%2541.pdf`]);
    stop();
  });

  it("gives up a file that does not come in time, before its first byte or in its midst", async () => {
    const silent = await front("a", () => {});
    for (const [channel, isOpened] of [
      [silent.channel, false],
      [channelAt(emulator.url), true],
    ] as const) {
      const clock = new AbortController();
      const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(clock.signal);
      emulator.fail({ kind: "hang", method: "file" });
      const read = channel.download(attachment).then(({ body }) => new Response(body).text());
      const ended = read.then(
        () => null,
        (error: unknown) => error,
      );
      await vi.waitFor(() => expect(timeout).toHaveBeenCalledWith(INBOUND_BOUNDS.attachmentTimeoutMs));
      if (isOpened) await vi.waitFor(() => expect(emulator.calls.at(-1)?.method).toBe("file"));
      clock.abort(new DOMException("too slow", "TimeoutError"));
      const error = await ended;
      expect(error).toBeInstanceOf(Error);
      expect(inspect(error, { depth: 5, showHidden: true })).not.toContain(SECRET);
      timeout.mockRestore();
    }
    silent.stop();
  });

  it("tells nothing of the address when a file breaks off", async () => {
    emulator.fail({ kind: "cut_after", method: "file" });
    const { body } = await channelAt(emulator.url).download(attachment);
    const error: unknown = await new Response(body).text().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: 5, showHidden: true })).not.toContain(SECRET);
  });

  it("names no address in what it throws", async () => {
    for (const url of ["http://127.0.0.1:9", "http://unknown.invalid", "nonsense"]) {
      expect((await failure(channelAt(url).download(attachment))).message).not.toContain(SECRET);
    }
    emulator.fail({ kind: "page", status: 500, method: "file" });
    const error = await failure(channelAt(emulator.url).download(attachment));
    expect(error.message).toBe("file: 500");
  });
});

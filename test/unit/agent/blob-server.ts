/** A loopback stand-in for the bucket: path-style PUT and GET, no signatures (the real stand-in checks those). */
import { createServer } from "node:http";
import { close, listen } from "./loopback.ts";

export type BlobServer = {
  readonly url: string;
  readonly stored: ReadonlyMap<string, Buffer>;
  /** While set, PUTs wait for it. Resolving lets them through. */
  hold: Promise<void> | undefined;
  /** PUTs that wait. */
  waiting: number;
  close(): Promise<void>;
};

export async function startBlobServer(): Promise<BlobServer> {
  const stored = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    void (async () => {
      const url = request.url ?? "";
      const chunks: Buffer[] = [];
      for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
      if (request.method === "PUT") {
        blobs.waiting += 1;
        await blobs.hold;
        blobs.waiting -= 1;
        stored.set(url, Buffer.concat(chunks));
        response.end();
        return;
      }
      const content = stored.get(url);
      response.writeHead(content === undefined ? 404 : 200).end(content);
    })();
  });
  const blobs: BlobServer = {
    url: await listen(server),
    stored,
    hold: undefined,
    waiting: 0,
    close: () => close(server),
  };
  return blobs;
}

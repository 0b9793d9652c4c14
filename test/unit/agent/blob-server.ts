/** A loopback stand-in for the bucket: path-style PUT and GET, no signatures (the real stand-in checks those). */
import { createServer } from "node:http";
import { close, listen } from "./loopback.ts";

export type BlobServer = {
  readonly url: string;
  readonly stored: Map<string, Buffer>;
  /** Paths that were asked for. */
  readonly reads: string[];
  /** While set, PUTs wait for it. Resolving lets them through. */
  hold: Promise<void> | undefined;
  /** While set, PUTs are answered with this status and not stored. */
  refusal: number | undefined;
  /** While set, GETs are answered with this status and nothing else. */
  readRefusal: number | undefined;
  /** PUTs that wait. */
  waiting: number;
  close(): Promise<void>;
};

export async function startBlobServer(): Promise<BlobServer> {
  const stored = new Map<string, Buffer>();
  const reads: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const url = request.url ?? "";
      const chunks: Buffer[] = [];
      for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
      if (request.method === "PUT") {
        blobs.waiting += 1;
        await blobs.hold;
        blobs.waiting -= 1;
        if (blobs.refusal === undefined) stored.set(url, Buffer.concat(chunks));
        response.writeHead(blobs.refusal ?? 200).end();
        return;
      }
      reads.push(url);
      const content = blobs.readRefusal === undefined ? stored.get(url) : undefined;
      response.writeHead(blobs.readRefusal ?? (content === undefined ? 404 : 200)).end(content);
    })();
  });
  const blobs: BlobServer = {
    url: await listen(server),
    stored,
    reads,
    hold: undefined,
    refusal: undefined,
    readRefusal: undefined,
    waiting: 0,
    close: () => close(server),
  };
  return blobs;
}

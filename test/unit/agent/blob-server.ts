/** A loopback stand-in for the bucket: path-style PUT and GET, no signatures (the real stand-in checks those). */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type BlobServer = {
  readonly url: string;
  readonly stored: ReadonlyMap<string, Buffer>;
  /** While set, PUTs wait for it. Resolving lets them through. */
  hold: Promise<void> | undefined;
  /** PUTs that arrived, held ones included. */
  puts: number;
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
        blobs.puts += 1;
        await blobs.hold;
        stored.set(url, Buffer.concat(chunks));
        response.end();
        return;
      }
      const content = stored.get(url);
      response.writeHead(content === undefined ? 404 : 200).end(content);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const blobs: BlobServer = {
    url: `http://127.0.0.1:${String(port)}`,
    stored,
    hold: undefined,
    puts: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return blobs;
}

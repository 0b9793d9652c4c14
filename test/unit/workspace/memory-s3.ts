/** An S3 of thirty lines: path-style GET and PUT in memory, checked content hashes, a log of requests, failures on demand. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Grants } from "../../../protocol/invocation.ts";

export type MemoryS3 = {
  readonly grant: Grants["blobs"];
  readonly objects: Map<string, Buffer>;
  readonly requests: string[];
  /** The access key id of each request. */
  readonly keyIds: string[];
  /** Statuses for the next requests; 0 cuts the connection. */
  readonly failures: number[];
  stop(): Promise<void>;
};

function keyIdOf({ headers }: IncomingMessage): string {
  return /Credential=([^/]+)/.exec(headers.authorization ?? "")?.[1] ?? "none";
}

export async function startMemoryS3(): Promise<MemoryS3> {
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  const keyIds: string[] = [];
  const failures: number[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await buffer(request);
      const key = decodeURIComponent(request.url ?? "");
      requests.push(`${request.method} ${key}`);
      keyIds.push(keyIdOf(request));
      const failure = failures.shift();
      if (failure === 0) return void request.socket.destroy();
      const hash = createHash("sha256").update(body).digest("hex");
      const isIntact = request.headers["x-amz-content-sha256"] === hash;
      const status = failure ?? (!isIntact ? 400 : request.method === "PUT" || objects.has(key) ? 200 : 404);
      if (status === 200 && request.method === "PUT") objects.set(key, body);
      response.writeHead(status);
      if (status === 200) response.end(request.method === "GET" ? objects.get(key) : "");
      else response.end(`<Error><Code>${status === 404 ? "NoSuchKey" : "Broken"}</Code></Error>`);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKeyId: "AKIDTEST", secretAccessKey: "very-secret", sessionToken: "very-secret-token" };
  return {
    grant: { endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", bucket: "claw", credentials, expiresAt: 0 },
    objects,
    requests,
    keyIds,
    failures,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

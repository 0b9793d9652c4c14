/** A bucket in our process: takes objects and gives them back, without looking at signatures. */
import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";

export type Bucket = AsyncDisposable & { readonly url: string };

/** Starts it on any port of the loopback. */
export async function startBucket(): Promise<Bucket> {
  const objects = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const name = request.url ?? "";
    if (request.method !== "PUT") {
      const object = objects.get(name);
      response.writeHead(object === undefined ? 404 : 200).end(object);
      return;
    }
    buffer(request).then(
      (object) => {
        objects.set(name, object);
        response.end();
      },
      () => response.destroy(),
    );
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

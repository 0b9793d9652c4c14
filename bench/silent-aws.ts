/**
 * Holds turns off: an AWS and a chat platform in one that takes every call and never answers it, except for the
 * credentials that a turn asks for first. Each chat then has one turn that has begun and does nothing.
 */
import { once } from "node:events";
import { createServer } from "node:http";

export type SilentAws = AsyncDisposable & { readonly url: string };

const SESSION_MS = 7_200_000;

const credentials = () => `<AssumeRoleResponse><AssumeRoleResult><Credentials>
  <AccessKeyId>ASIABENCH</AccessKeyId><SecretAccessKey>bench</SecretAccessKey><SessionToken>bench</SessionToken>
  <Expiration>${new Date(Date.now() + SESSION_MS).toISOString()}</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>`;

/** Starts it on any port of the loopback. */
export async function startSilentAws(): Promise<SilentAws> {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === "/") response.end(credentials());
  });
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

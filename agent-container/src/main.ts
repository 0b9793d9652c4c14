/** Everything a text turn needs is imported before the server listens: listening is being healthy. */
import type { AddressInfo } from "node:net";
import { createAgent } from "./agent.ts";
import { loadClients } from "./agent/models/provider-clients.ts";
import { dropAmbientAuthority, readEnvironment } from "./environment.ts";
import { createAgentServer } from "./http/agent-server.ts";

/** The platform gives 15 s after SIGTERM: most of it to finish turns, the rest to say goodbye. */
const DRAIN_MS = 12_000;

/** Starts the server; resolves when it listens. */
export async function main(): Promise<void> {
  const environment = readEnvironment(process.env);
  dropAmbientAuthority(process.env);
  await loadClients(environment.providers);
  const agent = createAgent(environment);
  const server = createAgentServer(agent, { token: environment.token, isLoopback: environment.host === "127.0.0.1" });
  process.once("SIGTERM", () => {
    server.close();
    void agent.shutDown(DRAIN_MS).finally(() => {
      server.closeAllConnections();
      process.exit(0);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(environment.port, environment.host, resolve);
  });
  const address = server.address();
  if (environment.port === 0 && isAddressInfo(address)) {
    process.stdout.write(`${JSON.stringify({ listening: address.port })}\n`);
  }
}

function isAddressInfo(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}

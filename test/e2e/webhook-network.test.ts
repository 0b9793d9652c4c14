import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { claimPort } from "../../local/free-port.ts";
import { startWorkerd } from "../../local/workerd.ts";

/** Fetches what its address names by the way that it names. */
const WORKER = `export default {
  async fetch(request, env) {
    const { searchParams } = new URL(request.url);
    const way = searchParams.get("way") === "public" ? env.PUBLIC_NETWORK : globalThis;
    const response = await way.fetch(searchParams.get("to"), { redirect: "manual" }).catch(() => null);
    return new Response(response ? String(response.status) : "refused");
  },
};`;

it("a webhook by a name that leads to this machine connects to nothing", async () => {
  const stateDir = mkdtempSync(join(tmpdir(), "agent-claw-network-"));
  const modulePath = join(stateDir, "worker.js");
  writeFileSync(modulePath, WORKER);
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.writeHead(204).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  const port = await claimPort(0);
  const wrangler = {
    name: "probe",
    main: "worker.js",
    compatibility_date: "2026-10-01",
    compatibility_flags: [],
    durable_objects: { bindings: [] },
    exports: {},
    vars: {},
  };
  const workerd = await startWorkerd({
    worker: { wrangler, modulePath },
    stateDir,
    port,
    variables: {},
    log: () => {},
  });
  try {
    const ask = async (way: string, host: string) => {
      const to = encodeURIComponent(`http://${host}:${address.port}/`);
      return (await fetch(`http://127.0.0.1:${port}/?way=${way}&to=${to}`)).text();
    };
    expect(await ask("public", "127.0.0.1")).toBe("refused");
    expect(await ask("public", "localhost")).toBe("refused");
    expect(requests).toBe(0);
    expect(await ask("all", "localhost")).toBe("204");
    expect(requests).toBe(1);
  } finally {
    await workerd.stop();
    server.close();
    rmSync(stateDir, { recursive: true, force: true });
  }
});

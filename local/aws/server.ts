/**
 * The laptop's AWS: one HTTP server on the loopback that serves AgentCore Runtime, S3, STS and Secrets Manager on the wire of the real
 * ones. The service is told by the SigV4 scope; whatever is not signed for one of them is refused.
 */
import { mkdir, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import type { AwsCredentials } from "../../protocol/invocation.ts";
import { RUNTIME_STAND_IN_BOUNDS } from "./bounds.ts";
import { type FaultInjection, FaultRules } from "./faults.ts";
import type { Log } from "./log.ts";
import type { IdentityLookup } from "./principal.ts";
import type { BusyWithoutTime } from "./runtime/liveness.ts";
import { AgentRuntime, type ProcessView } from "./runtime/runtime.ts";
import type { VersionSource } from "./runtime/versions.ts";
import { ObjectStore } from "./s3/object-store.ts";
import type { SecretLookup } from "./secrets/get-secret-value.ts";
import { serve } from "./serve.ts";
import { createIdentityLookup } from "./sts/session-credentials.ts";

export type LocalAwsSettings = {
  /** 0: any free one. */
  readonly port: number;
  /** Everything that outlives a process: objects, and `agent/`, the agents' session store. */
  readonly stateDir: string;
  readonly accountId: string;
  readonly region: string;
  readonly runtimeArn: string;
  readonly dataRoleArn: string;
  readonly bucket: string;
  /** Whether the bucket keeps versions, as a deployed one does (default: no, a laptop's disk is not filled with them). */
  readonly bucketVersions?: boolean;
  /** The account's own key: what the edge signs with. */
  readonly credentials: AwsCredentials;
  /** More keys that count as the account's own, looked up anew for each request. */
  readonly moreIdentities?: IdentityLookup;
  /** What Secrets Manager holds (default: nothing). */
  readonly secrets?: SecretLookup;
  /** The agent container's entry, and the Node that runs it. */
  readonly agentEntry: string;
  readonly nodePath: string;
  /** Most agent processes, spares included; and how many spares are kept ready. */
  readonly processMax: number;
  readonly spares: number;
  readonly idleTimeoutMs?: number;
  readonly maxLifetimeMs?: number;
  /** HealthyBusy without `time_of_last_update`: sources differ on whether AgentCore honours it (default: it does). */
  readonly busyWithoutTime?: BusyWithoutTime;
  /** Most new sessions within one second; AWS allows 25, the laptop has no limit unless given one. */
  readonly newSessionsPerSecondMax?: number;
  /** Request headers that reach the agent besides AgentCore's own, in lower case. */
  readonly requestHeaderAllowlist?: readonly string[];
  /** More of the agent's environment. Never a secret: a shell that the model drives can read it. */
  readonly agentEnvironment?: Readonly<Record<string, string>>;
  readonly log: Log;
};

export type LocalAws = {
  readonly url: string;
  readonly port: number;
  /** Resolves when the first agent process is healthy; rejects, with one clear line, when it cannot be started. */
  readonly ready: Promise<void>;
  readonly faults: FaultInjection;
  processes(): readonly ProcessView[];
  /**
   * Makes a new version of the runtime and returns its number; the one it is started with is "1". `environment`: as
   * `agentEnvironment`. New sessions by `DEFAULT` have it at once; sessions that run keep theirs until they end.
   */
  publish(version: VersionSource): string;
  /** Makes an endpoint, or leads its new sessions to another version. Throws if there is no such version. */
  pointEndpoint(name: string, version: string): void;
  /** Ends all agents, with their grace time, and the server. */
  stop(): Promise<void>;
};

/** Emptied at start, so it may be called nothing that a person would call a folder of theirs. */
const WORK_FOLDER = "agent-work";

/** Starts it. Rejects when the port is taken or the state directory cannot be written. */
export async function startLocalAws(settings: LocalAwsSettings): Promise<LocalAws> {
  const faults = new FaultRules();
  const workRoot = join(settings.stateDir, WORK_FOLDER);
  await rm(workRoot, { recursive: true, force: true }); // what processes of an earlier start left
  await mkdir(workRoot, { recursive: true, mode: 0o700 });
  const runtime = new AgentRuntime(runtimeOptions(settings, faults, workRoot));
  const objects = new ObjectStore(join(settings.stateDir, "s3"), settings.bucketVersions);
  const own = createIdentityLookup(settings.credentials);
  const lookup: IdentityLookup = (id, token) => own(id, token) ?? settings.moreIdentities?.(id, token) ?? null;
  const accountSecret = settings.credentials.secretAccessKey;
  const secrets: SecretLookup = settings.secrets ?? (() => undefined);
  const stage = { ...settings, accountSecret, lookup, runtime, objects, faults, secrets };
  const server = createServer((incoming, response) => void serve(stage, incoming, response));
  server.keepAliveTimeout = 120_000; // longer than the edge keeps a connection: it may not close under a turn
  const port = await listen(server, settings.port);
  const ready = runtime.open();
  ready.catch(() => {}); // whoever waits for it learns
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    ready,
    faults,
    processes: () => runtime.processes(),
    publish: ({ agentEntry, environment }) =>
      runtime.publish({ agentEntry, environment: agentEnvironment(settings.stateDir, environment) }),
    pointEndpoint: (name, version) => runtime.pointEndpoint(name, version),
    async stop() {
      server.close();
      await runtime.close();
      server.closeAllConnections();
    },
  };
}

function runtimeOptions(settings: LocalAwsSettings, faults: FaultRules, workRoot: string) {
  return {
    ...settings,
    faults,
    workRoot,
    idleTimeoutMs: settings.idleTimeoutMs ?? RUNTIME_STAND_IN_BOUNDS.idleTimeoutMs,
    maxLifetimeMs: settings.maxLifetimeMs ?? RUNTIME_STAND_IN_BOUNDS.maxLifetimeMs,
    busyWithoutTime: settings.busyWithoutTime ?? ("honoured" as const),
    newSessionsPerSecondMax: settings.newSessionsPerSecondMax ?? Number.POSITIVE_INFINITY,
    requestHeaderAllowlist: settings.requestHeaderAllowlist ?? [],
    environment: agentEnvironment(settings.stateDir, settings.agentEnvironment),
  };
}

function agentEnvironment(stateDir: string, more: LocalAwsSettings["agentEnvironment"] = {}) {
  return {
    PATH: process.env["PATH"] ?? "",
    AGENT_STATE_DIR: join(stateDir, "agent"),
    NODE_COMPILE_CACHE: join(stateDir, "compile-cache"), // a third of the start-up time of a bundled agent
    ...more,
  };
}

async function listen(server: Server, port: number): Promise<number> {
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject);
  server.listen(port, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

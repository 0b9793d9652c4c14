/**
 * The laptop's AWS: one HTTP server on the loopback that serves AgentCore Runtime, S3 and STS on the wire of the real
 * ones. The service is told by the SigV4 scope; whatever is not signed for one of them is refused.
 */
import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { RUNTIME_BOUNDS } from "../../protocol/bounds.ts";
import type { AwsCredentials } from "../../protocol/invocation.ts";
import { AwsError, formatError, type Service } from "./aws-error.ts";
import { RUNTIME_STAND_IN_BOUNDS } from "./bounds.ts";
import { answerFaultOrder, FAULTS_PATH } from "./fault-orders.ts";
import { type FaultInjection, FaultRules } from "./faults.ts";
import type { Log } from "./log.ts";
import type { IdentityLookup } from "./principal.ts";
import { readBody, readHead } from "./request.ts";
import type { BusyWithoutTime } from "./runtime/liveness.ts";
import { AgentRuntime, type ProcessView } from "./runtime/runtime.ts";
import { ObjectStore } from "./s3/object-store.ts";
import { answerS3 } from "./s3/s3.ts";
import { admitClaim, type Verified, verifySignature } from "./sigv4.ts";
import { type Denial, readClaim } from "./sigv4-claim.ts";
import { answerSts } from "./sts/assume-role.ts";
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
  /** The account's own key: what the edge signs with. */
  readonly credentials: AwsCredentials;
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
  /** Ends all agents, with their grace time, and the server. */
  stop(): Promise<void>;
};

type Parts = {
  readonly settings: LocalAwsSettings;
  readonly faults: FaultRules;
  readonly lookup: IdentityLookup;
  readonly runtime: AgentRuntime;
  readonly objects: ObjectStore;
};

/** Starts it. Rejects when the port is taken or the state directory cannot be written. */
export async function startLocalAws(settings: LocalAwsSettings): Promise<LocalAws> {
  const faults = new FaultRules();
  const workRoot = join(settings.stateDir, "work");
  await rm(workRoot, { recursive: true, force: true }); // what processes of an earlier start left
  await mkdir(workRoot, { recursive: true, mode: 0o700 });
  const runtime = new AgentRuntime(runtimeOptions(settings, faults, workRoot));
  const objects = new ObjectStore(join(settings.stateDir, "s3"));
  const lookup = createIdentityLookup(settings.credentials);
  const parts = { settings, faults, lookup, runtime, objects };
  const server = createServer((incoming, response) => void serve(parts, incoming, response));
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
    async stop() {
      server.close();
      await runtime.close();
      server.closeAllConnections();
    },
  };
}

function runtimeOptions(settings: LocalAwsSettings, faults: FaultRules, workRoot: string) {
  const { stateDir, agentEnvironment } = settings;
  return {
    ...settings,
    faults,
    workRoot,
    idleTimeoutMs: settings.idleTimeoutMs ?? RUNTIME_STAND_IN_BOUNDS.idleTimeoutMs,
    maxLifetimeMs: settings.maxLifetimeMs ?? RUNTIME_STAND_IN_BOUNDS.maxLifetimeMs,
    busyWithoutTime: settings.busyWithoutTime ?? ("honoured" as const),
    newSessionsPerSecondMax: settings.newSessionsPerSecondMax ?? Number.POSITIVE_INFINITY,
    requestHeaderAllowlist: settings.requestHeaderAllowlist ?? [],
    environment: {
      PATH: process.env["PATH"] ?? "",
      AGENT_STATE_DIR: join(stateDir, "agent"),
      NODE_COMPILE_CACHE: join(stateDir, "compile-cache"), // a third of the start-up time of a bundled agent
      ...agentEnvironment,
    },
  };
}

async function serve(parts: Parts, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID();
  const startedAt = performance.now();
  const { log } = parts.settings;
  response.on("error", () => {}); // a caller that went away: "close" tells
  let outcome: Readonly<Record<string, unknown>>;
  try {
    outcome = await answer(parts, incoming, response, requestId);
  } catch (error) {
    outcome = refuse(incoming, response, error, requestId);
  }
  const ms = Math.round(performance.now() - startedAt);
  log({ event: "aws_request", requestId, status: response.statusCode, ms, ...outcome });
}

async function answer(
  parts: Parts,
  incoming: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<Readonly<Record<string, unknown>>> {
  const head = readHead(incoming);
  if (head.path === FAULTS_PATH) {
    return answerFaultOrder(incoming, response, parts.faults, parts.settings.credentials.secretAccessKey);
  }
  const options = { region: parts.settings.region, lookup: parts.lookup, now: Date.now() };
  const claim = readClaim(head);
  if (!claim.ok) throw new Denied(claim.error, serviceOfPath(head.path));
  const { service } = claim.value;
  const identity = admitClaim(head, claim.value, options);
  if (!identity.ok) throw new Denied(identity.error, service);
  const body = await readBody(incoming, RUNTIME_BOUNDS.payloadMaxBytes);
  if (!body.ok) throw new ServiceError(service, new AwsError(400, "ValidationException", "the payload is too large"));
  const request = { ...head, body: body.value };
  const verified = await verifySignature(request, claim.value, identity.value);
  if (!verified.ok) throw new Denied(verified.error, service);
  try {
    return { service, ...(await dispatch(parts, request, verified.value, response, requestId)) };
  } catch (error) {
    throw error instanceof AwsError ? new ServiceError(service, error) : error;
  }
}

async function dispatch(
  parts: Parts,
  request: Parameters<typeof answerSts>[0],
  { service, principal }: Verified,
  response: ServerResponse,
  requestId: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { settings } = parts;
  switch (service) {
    case "bedrock-agentcore":
      if (principal.kind !== "account") throw new AwsError(403, "AccessDeniedException", "not authorized");
      return parts.runtime.answer(request, response, requestId);
    case "s3":
      return answerS3(request, response, { principal, bucket: settings.bucket, objects: parts.objects, requestId });
    case "sts": {
      const accountSecret = settings.credentials.secretAccessKey;
      const options = { roleArn: settings.dataRoleArn, accountSecret, now: Date.now() };
      const xml = answerSts(request, principal, options);
      response.writeHead(200, { "content-type": "text/xml" }).end(xml);
      return { operation: "AssumeRole" };
    }
  }
}

/** An AWS error and the service whose words it takes on the wire. */
class ServiceError extends Error {
  readonly service: Service;
  readonly error: AwsError;

  constructor(service: Service, error: AwsError) {
    super(error.message);
    this.service = service;
    this.error = error;
  }
}

/** A request whose signature is not believed. The caller gets AWS's name for it, the log ours. */
class Denied extends ServiceError {
  readonly denial: Denial;

  constructor(denial: Denial, service: Service) {
    super(service, denialError(denial, service));
    this.denial = denial;
  }
}

function denialError(denial: Denial, service: Service): AwsError {
  if (service === "bedrock-agentcore") {
    return new AwsError(403, "AccessDeniedException", `the request is not authorized: ${denial}`);
  }
  if (denial === "session_expired") {
    return new AwsError(service === "s3" ? 400 : 403, "ExpiredToken", "the security token has expired");
  }
  if (denial === "unknown_key") {
    return new AwsError(403, service === "s3" ? "InvalidAccessKeyId" : "InvalidClientTokenId", "unknown key or token");
  }
  if (denial === "outside_window" && service === "s3") {
    return new AwsError(403, "RequestTimeTooSkewed", "the signature is too old, or not yet valid");
  }
  const isSigned = denial !== "unsigned";
  return new AwsError(403, isSigned ? "SignatureDoesNotMatch" : "AccessDenied", `the request is refused: ${denial}`);
}

function serviceOfPath(path: string): Service {
  return path.startsWith("/runtimes/") ? "bedrock-agentcore" : "s3";
}

function refuse(incoming: IncomingMessage, response: ServerResponse, error: unknown, requestId: string) {
  const known = error instanceof ServiceError ? error : internal(error);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return { error: known.error.code, why: known.message };
  }
  const { headers, body } = formatError(known.service, known.error, requestId);
  if (!incoming.complete) response.setHeader("connection", "close"); // the rest of the body is not wanted
  response.writeHead(known.error.status, headers).end(incoming.method === "HEAD" ? undefined : body);
  return { service: known.service, error: known.error.code, why: known.message };
}

function internal(error: unknown): ServiceError {
  const why = error instanceof Error ? error.message : "unknown";
  return new ServiceError("s3", new AwsError(500, "InternalError", why));
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

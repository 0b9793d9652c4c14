/** One request of the laptop's AWS from its first byte to its log line: believed or not, given to its service, answered. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { RUNTIME_BOUNDS } from "../../protocol/bounds.ts";
import { AwsError, formatError, type Service } from "./aws-error.ts";
import { answerFaultOrder, FAULTS_PATH } from "./fault-orders.ts";
import type { FaultRules } from "./faults.ts";
import type { Log } from "./log.ts";
import type { IdentityLookup } from "./principal.ts";
import { type AwsRequest, readBody, readHead } from "./request.ts";
import { strikeBefore } from "./strike.ts";
import type { AgentRuntime } from "./runtime/runtime.ts";
import type { ObjectStore } from "./s3/object-store.ts";
import { answerS3 } from "./s3/s3.ts";
import { admitClaim, type Verified, verifySignature } from "./sigv4.ts";
import { type Denial, denialError, readClaim } from "./sigv4-claim.ts";
import { answerSecrets, type SecretLookup } from "./secrets/get-secret-value.ts";
import { answerSts } from "./sts/assume-role.ts";

/** What requests are served from. */
export type Stage = {
  readonly region: string;
  readonly bucket: string;
  readonly dataRoleArn: string;
  readonly accountSecret: string;
  readonly lookup: IdentityLookup;
  readonly runtime: AgentRuntime;
  readonly objects: ObjectStore;
  readonly faults: FaultRules;
  readonly secrets: SecretLookup;
  readonly log: Log;
};

const DROPPED_BODY_MAX_BYTES = 1_048_576;

type Fields = Readonly<Record<string, unknown>>;

/** Answers one request. Never throws. */
export async function serve(stage: Stage, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID();
  const startedAt = performance.now();
  response.on("error", () => {}); // a caller that went away: "close" tells
  let outcome: Fields;
  try {
    outcome = await answer(stage, incoming, response, requestId);
  } catch (error) {
    outcome = refuse(incoming, response, error, requestId);
  }
  const ms = Math.round(performance.now() - startedAt);
  stage.log({ event: "aws_request", requestId, status: response.statusCode, ms, ...outcome });
}

async function answer(
  stage: Stage,
  incoming: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<Fields> {
  const head = readHead(incoming);
  if (head.path === FAULTS_PATH) {
    return answerFaultOrder(incoming, response, stage.faults, stage.accountSecret);
  }
  const options = { region: stage.region, lookup: stage.lookup, now: Date.now() };
  const claim = readClaim(head);
  if (!claim.ok) throw deny(claim.error, serviceOfPath(head.path));
  const { service } = claim.value;
  const identity = admitClaim(head, claim.value, options);
  if (!identity.ok) throw deny(identity.error, service);
  const body = await readBody(incoming, RUNTIME_BOUNDS.payloadMaxBytes);
  if (!body.ok) throw new ServiceError(service, new AwsError(400, "ValidationException", "the payload is too large"));
  const request = { ...head, body: body.value };
  const verified = await verifySignature(request, claim.value, identity.value);
  if (!verified.ok) throw deny(verified.error, service);
  try {
    return { service, ...(await dispatch(stage, request, verified.value, response, requestId)) };
  } catch (error) {
    throw new ServiceError(service, error instanceof AwsError ? error : internalError(service, error));
  }
}

async function dispatch(
  stage: Stage,
  request: AwsRequest,
  { service, principal }: Verified,
  response: ServerResponse,
  requestId: string,
): Promise<Fields> {
  switch (service) {
    case "bedrock-agentcore":
      if (principal.kind !== "account") throw new AwsError(403, "AccessDeniedException", "not authorized");
      return stage.runtime.answer(request, response, requestId);
    case "s3": {
      const operation = request.method === "PUT" ? "s3_put" : "s3_get";
      await strikeBefore(stage.faults.take({ operation, sessionId: "", body: request.body }), service);
      return answerS3(request, response, { principal, bucket: stage.bucket, objects: stage.objects, requestId });
    }
    case "sts": {
      await strikeBefore(stage.faults.take({ operation: "assume_role", sessionId: "", body: request.body }), service);
      const options = { roleArn: stage.dataRoleArn, accountSecret: stage.accountSecret, now: Date.now() };
      const xml = answerSts(request, principal, options);
      response.writeHead(200, { "content-type": "text/xml", "x-amzn-requestid": requestId }).end(xml);
      return { operation: "AssumeRole" };
    }
    case "secretsmanager": {
      await strikeBefore(stage.faults.take({ operation: "get_secret", sessionId: "", body: request.body }), service);
      const json = answerSecrets(request, principal, stage.secrets);
      const headers = { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": requestId };
      response.writeHead(200, headers).end(json);
      return { operation: "GetSecretValue" };
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

function serviceOfPath(path: string): Service {
  return path.startsWith("/runtimes/") ? "bedrock-agentcore" : "s3";
}

function deny(denial: Denial, service: Service): ServiceError {
  return new ServiceError(service, denialError(denial, service));
}

function internalError(service: Service, cause: unknown): AwsError {
  const code = service === "bedrock-agentcore" ? "InternalServerException" : "InternalError";
  return new AwsError(500, code, cause instanceof Error ? cause.message : "unknown");
}

function refuse(incoming: IncomingMessage, response: ServerResponse, cause: unknown, requestId: string): Fields {
  const { service, error } = cause instanceof ServiceError ? cause : new ServiceError("s3", internalError("s3", cause));
  const outcome = { service, error: error.code, why: error.message };
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return outcome;
  }
  const { headers, body } = formatError(service, error, requestId);
  // The rest of a small body is read and dropped, so that the caller gets the answer; nobody reads a large one.
  const rest = incoming.complete ? 0 : Number(incoming.headers["content-length"] ?? Number.POSITIVE_INFINITY);
  if (rest > DROPPED_BODY_MAX_BYTES) response.setHeader("connection", "close");
  response.writeHead(error.status, headers).end(incoming.method === "HEAD" ? undefined : body);
  return outcome;
}

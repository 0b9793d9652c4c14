/**
 * An AWS account on the loopback, for the real CDK CLI and SDK clients: one server for all services, each request's
 * signature verified. What the deployed assistant needs (AgentCore, objects, keys of a space) is passed on to the
 * laptop's AWS. What is not emulated is refused and noted in `unknown`.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { AwsError, escapeXml, XML } from "../../../local/aws/aws-error.ts";
import { type AwsRequest, header, readBody, readHead, type RequestHead } from "../../../local/aws/request.ts";
import { admitClaim, verifySignature } from "../../../local/aws/sigv4.ts";
import { type Claim, readClaimFor } from "../../../local/aws/sigv4-claim.ts";
import type { AwsCredentials } from "../../../protocol/invocation.ts";
import { createIdentityLookup } from "../../../local/aws/sts/session-credentials.ts";
import type { IdentityLookup } from "../../../local/aws/principal.ts";
import type { Log } from "../../../local/aws/log.ts";
import { Assets } from "./assets.ts";
import { answerCloudFormation, type CloudFormation } from "./cloudformation.ts";
import { answerIam } from "./iam.ts";
import { Deployed } from "./deployed.ts";
import { type Caller, Identities, type Known } from "./identities.ts";
import { type Json, readJson } from "./json.ts";
import { answerJson } from "./json-services.ts";
import { passOn } from "./pass-on.ts";
import type { Place } from "./resources.ts";
import { type AccountState, emptyAccount, resourcesOf } from "./state.ts";
import { answerSts, requireTrust } from "./sts.ts";
import { Tables } from "./tables.ts";
import { queryAnswer, type XmlValue } from "./xml.ts";

export type AccountOptions = Place & {
  /** The administrator's key. */
  readonly admin: AwsCredentials;
  /** How long a stack is at work, in ms. */
  readonly stackWorkMs?: number;
  /** Where DynamoDB Local listens; without it there are tables, but no items. */
  readonly dynamoUrl?: string;
  /** The folder of what runs behind the account. */
  readonly folder?: string;
  readonly agentEnvironment?: Readonly<Record<string, string>>;
  readonly log?: Log;
  readonly now?: () => number;
};

/** One request as a test may want to see it: never a body, for it may hold secrets. */
export type RecordedRequest = {
  readonly service: string;
  readonly operation: string;
  readonly caller: string;
  readonly status: number;
  readonly error?: string;
};

const SERVICES = [
  "sts",
  "iam",
  "cloudformation",
  "ssm",
  "secretsmanager",
  "s3",
  "dynamodb",
  "bedrock-agentcore",
] as const;
type Service = (typeof SERVICES)[number];

const BODY_MAX_BYTES = 268_435_456;
/** IAM is one for all regions; its requests are signed for this one. */
const IAM_REGION = "us-east-1";

export class Account {
  readonly state: AccountState = emptyAccount();
  readonly requests: RecordedRequest[] = [];
  /** Operations that are not emulated. */
  readonly unknown: string[] = [];
  readonly assets: Assets;
  readonly identities: Identities;
  /** Called before a request is answered; a test can hold it, or kill what asks. */
  onRequest: (request: { readonly service: string; readonly operation: string }) => void | Promise<void> = () => {};
  /** What runs behind it; null without a folder. */
  readonly deployed: Deployed | null;
  readonly #options: AccountOptions;
  readonly #tables: Tables | null;
  readonly #spaces: IdentityLookup;
  readonly #cloudFormation: CloudFormation;
  readonly #server = createServer((incoming, response) => void this.#serve(incoming, response));

  constructor(options: AccountOptions) {
    this.#options = options;
    this.assets = new Assets(options.region);
    this.identities = new Identities(this.state, options.admin, options.accountId);
    const { folder, dynamoUrl, log = () => {} } = options;
    const { state, assets } = this;
    this.deployed = folder === undefined ? null : new Deployed({ ...options, folder, state, assets, log });
    this.#tables = dynamoUrl === undefined ? null : new Tables(this.state, dynamoUrl);
    this.#spaces = createIdentityLookup(options.admin);
    this.#cloudFormation = {
      state: this.state,
      place: { accountId: options.accountId, region: options.region },
      workMs: options.stackWorkMs ?? 50,
      now: () => this.#now(),
      templateAt: (url) => this.#template(url),
      failing: { reason: null },
    };
  }

  /** Starts it and returns its URL. */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
    return this.url;
  }

  get url(): string {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the account is not listening");
    return `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.deployed?.close();
  }

  /** Lets every stack operation fail from now on with this reason, or none again. */
  failStacks(reason: string | null): void {
    this.#cloudFormation.failing.reason = reason;
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  #template(url: string): string | null {
    const [bucket = "", ...key] = new URL(url).pathname.slice(1).split("/");
    const host = new URL(url).hostname.split(".")[0] ?? "";
    const found = this.assets.get(bucket, key.join("/")) ?? this.assets.get(host, [bucket, ...key].join("/"));
    return found?.toString("utf8") ?? null;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    response.on("error", () => {});
    const head = readHead(incoming);
    const noted = { service: "?", operation: "?", caller: "?" };
    let error: string | undefined;
    try {
      await this.#answer(incoming, response, head, noted, requestId);
    } catch (thrown) {
      const refusal = thrown instanceof AwsError ? thrown : internal(thrown);
      error = refusal.code;
      if (UNKNOWN.has(refusal.code)) this.unknown.push(`${noted.service} ${noted.operation}`);
      refuse(response, noted.service, refusal, requestId, head.method);
    }
    this.requests.push({ ...noted, status: response.statusCode, ...(error !== undefined && { error }) });
  }

  // oxlint-disable-next-line complexity -- one branch a wire
  async #answer(
    incoming: IncomingMessage,
    response: ServerResponse,
    head: RequestHead,
    noted: { service: string; operation: string; caller: string },
    requestId: string,
  ): Promise<void> {
    const claim = readClaimFor(head, SERVICES);
    if (!claim.ok) throw new AwsError(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
    const { service } = claim.value;
    noted.service = service;
    noted.operation = operationOf(service, head);
    if (this.#isBackends(service, head)) {
      await this.onRequest(noted);
      return await this.#passOn(incoming, null, response, head);
    }
    const body = await readBody(incoming, BODY_MAX_BYTES);
    if (!body.ok) throw new AwsError(413, "RequestEntityTooLarge", "too large");
    const request = { ...head, body: body.value };
    const form = new URLSearchParams(QUERY_SERVICES.has(service) ? request.body.toString("utf8") : "");
    noted.operation = form.get("Action") ?? noted.operation;
    const { caller } = await this.#verify(request, claim.value);
    noted.caller = caller.arn;
    await this.onRequest(noted);
    if (QUERY_SERVICES.has(service)) {
      if (service === "sts" && this.#isSpaces(form)) {
        requireTrust(this.state, form, caller, this.#options.accountId);
        return await this.#passOn(incoming, request.body, response, head);
      }
      const result = this.#answerQuery(service, form, caller);
      response.writeHead(200, { "content-type": "text/xml", "x-amzn-requestid": requestId });
      response.end(queryAnswer(form.get("Action") ?? "", result, requestId));
      return;
    }
    if (service === "dynamodb" && !isOfTables(noted.operation)) {
      const url = await this.#tables?.open(request.body);
      if (url === undefined) throw new AwsError(400, "ResourceNotFoundException", "no items are emulated here");
      return await passOn({ incoming, body: request.body, response, head, url });
    }
    this.#authorize(service, noted.operation, caller);
    if (service === "s3") return this.#answerS3(request, response);
    const input: Json = request.body.byteLength === 0 ? {} : readJson(request.body.toString("utf8"));
    const result = answerJson(this.state, header(head, "x-amz-target") ?? "", input);
    response.writeHead(200, { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": requestId });
    response.end(JSON.stringify(result));
  }

  /** What goes to the laptop's AWS, which verifies it itself. */
  #isBackends(service: Service, head: RequestHead): boolean {
    if (service === "bedrock-agentcore") return true;
    return service === "s3" && !this.#isAssetsBucket(bucketAndKey(head.path).bucket);
  }

  #isAssetsBucket(bucket: string): boolean {
    const toolkit = this.state.stacks["CDKToolkit"];
    return Object.values(toolkit?.resources ?? {}).some(
      ({ type, physicalId }) => type === "AWS::S3::Bucket" && physicalId === bucket,
    );
  }

  /** Whether a role is asked for a session with tags: the data role, whose sessions the laptop's AWS knows. */
  #isSpaces(form: URLSearchParams): boolean {
    return form.get("Action") === "AssumeRole" && form.has("Tags.member.1.Key");
  }

  async #passOn(incoming: IncomingMessage, body: Buffer | null, response: ServerResponse, head: RequestHead) {
    const url = (await this.deployed?.url()) ?? null;
    if (url === null) throw new AwsError(404, "NoSuchBucket", "nothing is deployed there");
    await passOn({ incoming, body, response, head, url });
  }

  async #verify(request: AwsRequest, claim: Claim<Service>): Promise<Known> {
    const now = this.#now();
    const known = this.identities.find(claim.accessKeyId, claim.sessionToken, now) ?? this.#ofSpace(claim, now);
    if (!known)
      throw new AwsError(403, "InvalidClientTokenId", "The security token included in the request is invalid.");
    const identity = { principal: { kind: "account" } as const, credentials: known.credentials };
    // A client that was given an endpoint of its own signs for its own region, also for IAM.
    const isGlobal = claim.service === "iam" && claim.region === IAM_REGION;
    const region = isGlobal ? IAM_REGION : this.#options.region;
    const admitted = admitClaim(request, claim, { region, now, lookup: () => identity });
    if (!admitted.ok) throw new AwsError(403, "SignatureDoesNotMatch", admitted.error);
    const verified = await verifySignature(request, claim, admitted.value);
    if (!verified.ok) throw new AwsError(403, "SignatureDoesNotMatch", verified.error);
    const key = this.state.accessKeys[claim.accessKeyId];
    if (key) key.lastUsed = { at: now, service: claim.service };
    return known;
  }

  /** A session of the data role, whose keys the laptop's AWS has issued. */
  #ofSpace({ accessKeyId, sessionToken, service }: Claim<Service>, now: number): Known | null {
    const found = service === "dynamodb" ? this.#spaces(accessKeyId, sessionToken) : null;
    if (found?.principal.kind !== "session" || found.principal.expiresAt <= now) return null;
    const { agent, space } = found.principal;
    const caller = { kind: "role", arn: `data-role/${agent}/${space}`, roleName: "data" } as const;
    return { caller, credentials: found.credentials };
  }

  /** The relay's key may do very little; here: read the one secret. The administrator and CDK's roles may do all. */
  #authorize(service: Service, operation: string, caller: Caller): void {
    if (caller.kind !== "user") return;
    if (service === "secretsmanager" && operation.endsWith("GetSecretValue")) return;
    throw new AwsError(
      400,
      "AccessDeniedException",
      `${caller.arn} is not authorized to perform: ${service}:${operation}`,
    );
  }

  #answerQuery(service: Service, form: URLSearchParams, caller: Caller): XmlValue {
    const now = this.#now();
    if (service === "sts") {
      const { state, identities } = this;
      return answerSts({ state, identities, accountId: this.#options.accountId, now }, form, caller);
    }
    if (caller.kind === "user") {
      throw new AwsError(403, "AccessDenied", `${caller.arn} is not authorized to perform: ${form.get("Action")}`);
    }
    if (service === "iam") return answerIam(this.state, form, now);
    return answerCloudFormation(this.#cloudFormation, form);
  }

  #answerS3(request: AwsRequest, response: ServerResponse): void {
    const { bucket, key } = bucketAndKey(request.path);
    const isThere = resourcesOf(this.state).some(
      ({ type, physicalId }) => type === "AWS::S3::Bucket" && physicalId === bucket,
    );
    if (!isThere) throw new AwsError(404, "NoSuchBucket", "The specified bucket does not exist");
    const { status, headers, body } = this.assets.answer(request, bucket, key);
    response.writeHead(status, headers).end(body);
  }
}

const QUERY_SERVICES: ReadonlySet<Service> = new Set(["sts", "iam", "cloudformation"]);
const UNKNOWN: ReadonlySet<string> = new Set(["InvalidAction", "UnknownOperationException", "NotImplemented"]);

/** Whether a DynamoDB operation is about tables, which the account keeps itself. */
function isOfTables(target: string): boolean {
  return /\.(?:Describe|Delete|Create|Update|List)(?:Table|Tables)$/.test(target);
}

function operationOf(service: Service, head: RequestHead): string {
  return (
    header(head, "x-amz-target") ??
    (service === "s3" ? `${head.method} ${[...head.query.keys()].join(",")}` : head.method)
  );
}

function bucketAndKey(path: string): { readonly bucket: string; readonly key: string } {
  const [bucket = "", ...key] = decodeURIComponent(path).slice(1).split("/");
  return { bucket, key: key.join("/") };
}

function internal(cause: unknown): AwsError {
  return new AwsError(500, "InternalFailure", cause instanceof Error ? (cause.stack ?? cause.message) : "unknown");
}

function refuse(response: ServerResponse, service: string, error: AwsError, requestId: string, method: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const fields = `<Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message>`;
  if (service === "s3") {
    response.writeHead(error.status, { "content-type": "application/xml" });
    response.end(method === "HEAD" ? undefined : `${XML}<Error>${fields}<RequestId>${requestId}</RequestId></Error>`);
  } else if (service === "sts" || service === "iam" || service === "cloudformation" || service === "?") {
    response.writeHead(error.status, { "content-type": "text/xml" });
    response.end(
      `<ErrorResponse><Error><Type>Sender</Type>${fields}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    );
  } else {
    response.writeHead(error.status, { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": error.code });
    response.end(JSON.stringify({ __type: error.code, message: error.message }));
  }
}

/**
 * Stands before S3, STS and DynamoDB and lets through what the policies of a template allow, as IAM does. Who asks
 * is known by the key: the relay's, or one that STS gave out for a session with tags. Signatures are the others' to check.
 */
import { once } from "node:events";
import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { dynamoQuestions } from "./dynamo-questions.ts";
import { applies, type Decision, evaluate } from "./evaluate.ts";
import { createContext } from "./pattern.ts";
import type { Policy } from "./policy.ts";
import type { TemplatePrincipal } from "./principals.ts";
import { absenceQuestion, type RightQuestion, s3Questions } from "./s3-questions.ts";

type Tags = ReadonlyMap<string, string>;
type Who = { readonly principal: TemplatePrincipal; readonly tags: Tags };

/** One right that somebody asked for, and what came of it. */
export type Asked = RightQuestion & {
  readonly decision: Decision;
  readonly tags: Tags;
  /** The statements that allow it. */
  readonly sids: readonly string[];
};

export type EnforcedWorld = {
  readonly account: string;
  readonly relay: TemplatePrincipal;
  readonly relayKeyId: string;
  readonly dataRole: TemplatePrincipal;
  readonly bucketPolicies: readonly Policy[];
  readonly tableArn: (table: string) => string;
  /** Where S3 and STS are, and where DynamoDB is. */
  readonly aws: string;
  readonly dynamoDb: string;
};

export type EnforcingProxy = {
  readonly url: string;
  /** Every right that was asked for, in order. */
  readonly asked: Asked[];
  stop(): Promise<void>;
};

type Incoming = {
  readonly raw: IncomingMessage;
  readonly method: string;
  readonly url: URL;
  readonly service: string;
  readonly body: Buffer;
};
type Answer = { readonly status: number; readonly headers: IncomingMessage["headers"]; readonly body: Buffer };

/** Requests come as the SDKs would send them by TLS. */
const BY_TLS = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };

export async function startEnforcingProxy(world: EnforcedWorld): Promise<EnforcingProxy> {
  const asked: Asked[] = [];
  const sessions = new Map<string, Tags>();

  const whoIs = (keyId: string): Who | null => {
    if (keyId === world.relayKeyId) return { principal: world.relay, tags: new Map() };
    const tags = sessions.get(keyId);
    return tags === undefined ? null : { principal: world.dataRole, tags };
  };
  /** Asks and takes down what is decided. */
  const mayAll = (who: Who, questions: readonly RightQuestion[]): boolean => {
    const answers = questions.map((question) => decide(world, who, question));
    asked.push(...answers);
    return answers.every(({ decision }) => decision === "allowed");
  };

  const answer = async (raw: IncomingMessage): Promise<Answer> => {
    const url = new URL(raw.url ?? "/", "http://loopback");
    const { keyId, service } = readScope(raw, url);
    const incoming = { raw, method: raw.method ?? "", url, service, body: await buffer(raw) };
    const who = whoIs(keyId);
    if (who === null) return refusal(service, "a key that nobody has");
    switch (service) {
      case "sts":
        return assume(world, incoming, who, sessions);
      case "s3": {
        const { pathname: path, searchParams } = url;
        const request = { method: incoming.method, path, query: searchParams, body: incoming.body.toString() };
        if (!mayAll(who, s3Questions(request))) return refusal(service, "Access Denied");
        const done = await forward(world.aws, incoming);
        const isAbsent = done.status === 404 && incoming.method !== "PUT";
        // That an object is not there is told only to those who may list.
        const mayKnow = !isAbsent || decide(world, who, absenceQuestion(path)).decision === "allowed";
        return mayKnow ? done : refusal(service, "Access Denied");
      }
      case "dynamodb": {
        const operation = String(raw.headers["x-amz-target"]).replace("DynamoDB_20120810.", "");
        const input: unknown = JSON.parse(incoming.body.toString());
        const isAllowed = mayAll(who, dynamoQuestions(operation, input, world.tableArn));
        return isAllowed ? forward(world.dynamoDb, incoming) : refusal(service, operation);
      }
      default:
        throw new Error(`a service that is not known: ${service}`);
    }
  };

  const server = createServer((raw, response) => {
    answer(raw).then(
      (done) => reply(response, done),
      // Neither an allow nor a denial: the test has to see it.
      (error: unknown) => reply(response, { status: 501, headers: {}, body: Buffer.from(String(error)) }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    asked,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function decide(world: EnforcedWorld, { principal, tags }: Who, question: RightQuestion): Asked {
  const policies = [...principal.policies, ...world.bucketPolicies];
  const principalTags = [...tags].map(([key, value]) => [`aws:PrincipalTag/${key}`, value] as const);
  const context = createContext({ ...BY_TLS, ...Object.fromEntries(principalTags), ...question.said });
  const caller = { kind: "aws", account: world.account, arns: [principal.arn] } as const;
  const request = { ...question, context, caller };
  const sids = policies
    .flatMap(({ statements }) => statements)
    .filter((statement) => statement.effect === "Allow" && applies(statement, request))
    .map(({ sid }) => sid ?? "");
  return { ...question, decision: evaluate(policies, request), tags, sids };
}

/** AssumeRole needs the relay's leave and the role's trust; what STS answers says which key the session has. */
async function assume(
  world: EnforcedWorld,
  incoming: Incoming,
  { principal }: Who,
  sessions: Map<string, Tags>,
): Promise<Answer> {
  const { dataRole, account } = world;
  const form = new URLSearchParams(incoming.body.toString());
  const tags = readTags(form);
  const requested = [...tags].map(([key, value]) => [`aws:RequestTag/${key}`, value] as const);
  const said = { ...Object.fromEntries(requested), ...(tags.size > 0 && { "aws:TagKeys": [...tags.keys()] }) };
  const caller = { kind: "aws", account, arns: [principal.arn] } as const;
  const isAllowed = ["sts:AssumeRole", ...(tags.size > 0 ? ["sts:TagSession"] : [])].every((action) => {
    const request = { action, resource: form.get("RoleArn") ?? "", context: createContext(said), caller };
    const policies = [principal.policies, dataRole.trust ? [dataRole.trust] : []];
    return policies.every((all) => evaluate(all, request) === "allowed");
  });
  const isLong = Number(form.get("DurationSeconds") ?? 3_600) > dataRole.maxSessionSeconds;
  if (!isAllowed || isLong) return refusal("sts", isLong ? "DurationSeconds" : "sts:AssumeRole");
  const done = await forward(world.aws, incoming);
  const keyId = /<AccessKeyId>([^<]+)<\/AccessKeyId>/.exec(done.body.toString())?.[1];
  if (keyId !== undefined) sessions.set(keyId, tags);
  return done;
}

function readTags(form: URLSearchParams): Tags {
  const tags = new Map<string, string>();
  for (let member = 1; form.has(`Tags.member.${String(member)}.Key`); member += 1) {
    const of = `Tags.member.${String(member)}`;
    tags.set(form.get(`${of}.Key`) ?? "", form.get(`${of}.Value`) ?? "");
  }
  return tags;
}

/** The key and the service that a request is signed for, in its header or in its address. */
function readScope({ headers }: IncomingMessage, url: URL): { readonly keyId: string; readonly service: string } {
  const header = /Credential=([^,\s]+)/.exec(headers.authorization ?? "")?.[1];
  const [keyId = "", , , service = ""] = (header ?? url.searchParams.get("X-Amz-Credential") ?? "").split("/");
  return { keyId, service };
}

/** As it came, the name of the host as well: it is signed. */
async function forward(target: string, { raw, body }: Incoming): Promise<Answer> {
  const { method = "", headers } = raw;
  const sent = sendRequest(new URL(raw.url ?? "/", target), { method, headers });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve);
    sent.once("error", reject);
  });
  sent.end(body);
  const response = await answered;
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}

/** In the words of each service. */
function refusal(service: string, message: string): Answer {
  if (service === "dynamodb") {
    const json = { __type: "com.amazon.coral.service#AccessDeniedException", Message: `not authorized: ${message}` };
    const headers = { "content-type": "application/x-amz-json-1.0" };
    return { status: 400, headers, body: Buffer.from(JSON.stringify(json)) };
  }
  const error = `<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
  const xml = service === "sts" ? `<ErrorResponse>${error}</ErrorResponse>` : error;
  return { status: 403, headers: { "content-type": "application/xml" }, body: Buffer.from(xml) };
}

function reply(response: ServerResponse, { status, headers, body }: Answer): void {
  const { connection: _connection, "transfer-encoding": _encoding, "content-length": _length, ...rest } = headers;
  response.writeHead(status, rest).end(body);
}

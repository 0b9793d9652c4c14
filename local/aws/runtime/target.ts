/** What a request asks of the runtime: operation, runtime, endpoint and session, as AgentCore names and checks them. */
import { RUNTIME_BOUNDS } from "../../../protocol/bounds.ts";
import { AwsError } from "../aws-error.ts";
import { header, type RequestHead } from "../request.ts";

export type RuntimeIdentity = { readonly runtimeArn: string; readonly accountId: string };
export type RuntimeTarget = {
  readonly operation: "invoke" | "stop";
  readonly sessionId: string;
  /** Name of the endpoint. */
  readonly qualifier: string;
};

export const SESSION_HEADER = "x-amzn-bedrock-agentcore-runtime-session-id";

const ROUTE = /^\/runtimes\/(?<runtime>[^/]+)\/(?<operation>invocations|stopruntimesession)$/;

/** Reads and checks the target. Throws `AwsError` 400 or 404. */
export function readTarget(request: RequestHead, identity: RuntimeIdentity): RuntimeTarget {
  const route = ROUTE.exec(request.path)?.groups;
  if (request.method !== "POST" || !route?.["runtime"]) {
    throw new AwsError(404, "UnknownOperationException", "no such operation");
  }
  checkRuntime(decode(route["runtime"]), request.query, identity);
  const qualifier = request.query.get("qualifier") ?? "DEFAULT";
  const operation = route["operation"] === "invocations" ? "invoke" : "stop";
  return { operation, qualifier, sessionId: readSessionId(request) };
}

/** The runtime is named by its whole ARN, or by its id together with the account. */
function checkRuntime(runtime: string, query: URLSearchParams, { runtimeArn, accountId }: RuntimeIdentity): void {
  const id = runtimeArn.slice(runtimeArn.lastIndexOf("/") + 1);
  const isById = runtime === id && query.get("accountId") === accountId;
  if (runtime !== runtimeArn && !isById) {
    throw new AwsError(404, "ResourceNotFoundException", "no agent runtime of that name");
  }
}

/** The SDK makes up an id when there is none; raw HTTP must send one, so that a missing one is noticed here. */
function readSessionId(request: RequestHead): string {
  const sessionId = header(request, SESSION_HEADER) ?? "";
  const { sessionIdMin, sessionIdMax } = RUNTIME_BOUNDS;
  if (sessionId.length < sessionIdMin || sessionId.length > sessionIdMax) {
    const problem = `runtimeSessionId has ${sessionIdMin} to ${sessionIdMax} characters, not ${sessionId.length}`;
    throw new AwsError(400, "ValidationException", problem);
  }
  return sessionId;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new AwsError(400, "ValidationException", "the path is not percent-encoded text");
  }
}

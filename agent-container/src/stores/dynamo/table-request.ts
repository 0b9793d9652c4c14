/** One signed request to DynamoDB's JSON API, and what its answer means for whoever asked. */
import { AwsV4Signer } from "aws4fetch";
import type { AwsCredentials } from "../../../../protocol/invocation.ts";
import { TABLE_BOUNDS } from "./bounds.ts";
import { isItem, type Item } from "./item.ts";

/** Where the table is, and credentials that reach one space of it. */
export type TableGrant = {
  readonly endpoint: string;
  readonly region: string;
  readonly table: string;
  readonly credentials: AwsCredentials;
};

export type Operation = "GetItem" | "BatchGetItem" | "Query" | "UpdateItem" | "TransactWriteItems";

/** Why one part of a write was refused; `item` is what was there. */
export type Reason = { readonly isCondition: boolean; readonly item: Item | undefined };

export type Attempt =
  | { readonly kind: "done"; readonly output: Item }
  /** A condition did not hold: nothing was written. */
  | { readonly kind: "refused"; readonly reasons: readonly Reason[] }
  /** It may be asked again. `isKnown`: nothing was written; otherwise it may have been, or may still be. */
  | { readonly kind: "again"; readonly code: string; readonly isKnown: boolean }
  | { readonly kind: "failed"; readonly code: string };

/** Answers that say that nothing was done, and why it may work later. */
const NOT_NOW = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "RequestLimitExceeded",
  "TransactionConflictException",
  // The same as reasons of a cancelled transaction.
  "ProvisionedThroughputExceeded",
  "ThrottlingError",
  "TransactionConflict",
]);

/** Sends the request once. Never throws; what it tells of a failure is the service's own name for it. */
export async function sendOnce(
  grant: TableGrant,
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  signingKeys: Map<string, ArrayBuffer>,
): Promise<Attempt> {
  const { accessKeyId, secretAccessKey, sessionToken } = grant.credentials;
  const body = JSON.stringify(input);
  const signed = await new AwsV4Signer({
    method: "POST",
    url: grant.endpoint,
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
    },
    body,
    service: "dynamodb",
    region: grant.region,
    accessKeyId,
    secretAccessKey,
    cache: signingKeys,
    ...(sessionToken !== undefined && { sessionToken }),
  }).sign();
  try {
    const response = await fetch(signed.url, {
      method: "POST",
      headers: signed.headers,
      body,
      signal: AbortSignal.timeout(TABLE_BOUNDS.attemptTimeoutMs),
    });
    return understand(response.status, await response.text());
  } catch {
    return { kind: "again", code: "no answer", isKnown: false };
  }
}

function understand(status: number, answer: string): Attempt {
  const output = parse(answer);
  if (status === 200 && output !== undefined) return { kind: "done", output };
  const code = nameOf(output) ?? `HTTP ${String(status)}`;
  if (status === 200 || status >= 500 || code === "TransactionInProgressException") {
    return { kind: "again", code, isKnown: false };
  }
  if (NOT_NOW.has(code)) return { kind: "again", code, isKnown: true };
  if (code === "ConditionalCheckFailedException") {
    return { kind: "refused", reasons: [{ isCondition: true, item: itemOf(output) }] };
  }
  return code === "TransactionCanceledException" ? understandCancelled(output) : { kind: "failed", code };
}

/** A condition that did not hold says more than a conflict beside it. */
function understandCancelled(output: Item | undefined): Attempt {
  const listed = output?.["CancellationReasons"];
  const reasons = (Array.isArray(listed) ? listed : []).filter(isItem);
  if (reasons.some(({ Code }) => Code === "ConditionalCheckFailed")) {
    const refused = reasons.map((reason) => ({
      isCondition: reason["Code"] === "ConditionalCheckFailed",
      item: itemOf(reason),
    }));
    return { kind: "refused", reasons: refused };
  }
  const code = reasons.map(({ Code }) => Code).find((name) => name !== "None");
  const name = typeof code === "string" ? code : "TransactionCanceledException";
  return NOT_NOW.has(name) ? { kind: "again", code: name, isKnown: true } : { kind: "failed", code: name };
}

function itemOf(reply: Item | undefined): Item | undefined {
  const item = reply?.["Item"];
  return isItem(item) ? item : undefined;
}

/** `com.amazonaws.dynamodb.v20120810#ThrottlingException`: the part after the `#`. */
function nameOf(output: Item | undefined): string | undefined {
  const type = output?.["__type"];
  return typeof type === "string" ? /[A-Za-z]{1,80}$/.exec(type)?.[0] : undefined;
}

function parse(answer: string): Item | undefined {
  try {
    const output: unknown = JSON.parse(answer);
    return isItem(output) ? output : undefined;
  } catch {
    return undefined;
  }
}

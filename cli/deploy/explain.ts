/** What a failure was, and what a person can do about it. Pure. */
import { ToolError } from "./child.ts";
import { DeployError } from "./deploy-error.ts";

export type ErrorFacts = { readonly error: string; readonly advice: readonly string[] };

/** Never an object of an SDK as it is: those hold requests. */
export function errorFacts(error: unknown): ErrorFacts {
  if (error instanceof ToolError) {
    const advice = adviceOn(error.output.join("\n"));
    return { error: error.message, advice: [...error.output, ...(advice === null ? [] : [advice])] };
  }
  if (error instanceof DeployError) return { error: error.message, advice: error.advice };
  if (!(error instanceof Error)) return { error: "something unknown was thrown", advice: [] };
  // AWS quotes the whole request when a signature is wrong, with the token of the session in it.
  const text = `${error.name}: ${error.message}`.replaceAll(/(x-amz-security-token:)\s*\S+/gi, "$1***");
  const advice = adviceOn(text);
  return { error: text, advice: advice === null ? [] : [advice] };
}

/** What clouds say when something goes wrong, as far as somebody can do something about it. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /CredentialsProviderError|Could not load credentials|Unable to locate credentials/i,
    "no AWS login is found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or log in with: aws sso login",
  ],
  [/ExpiredToken|token.*expired|SSO session/i, "the AWS login is over; log in again with: aws sso login"],
  [
    /InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient/i,
    "AWS does not know this key; copy both halves again",
  ],
  [
    /ServiceQuotaExceeded|LimitExceeded|quota/i,
    "a service quota of the account is used up or 0; ask for more at https://console.aws.amazon.com/servicequotas (Amazon Bedrock AgentCore), or set another AWS_REGION",
  ],
  [
    /Unrecognized resource types|not supported in this region|Could not connect to the endpoint|ENOTFOUND/i,
    "AgentCore may not be in this region; set AWS_REGION to one that has it, such as us-east-1 or eu-central-1",
  ],
  [
    /AccessDenied|not authorized|UnauthorizedOperation|Forbidden/i,
    "whoever deploys needs more rights; docs/deploy.md lists them",
  ],
  [
    /already exists/i,
    "something by that name is there already, of an earlier deployment perhaps; delete it, or set another DEPLOY_NAME",
  ],
  [
    /Authentication error|Invalid API Token|code: 10000|code: 9109/i,
    "Cloudflare does not take this token; it needs the template 'Edit Cloudflare Workers'",
  ],
  [/ECONNREFUSED|ENETUNREACH|EAI_AGAIN|ETIMEDOUT|fetch failed/i, "a cloud cannot be reached; look at your network"],
  [/docker/i, "DEPLOY_ARTIFACT=image needs a running Docker; leave it out to deploy without"],
];

/** Null: nothing is known that helps. */
export function adviceOn(text: string): string | null {
  return ADVICE.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

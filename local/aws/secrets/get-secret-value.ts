/** Secrets Manager GetSecretValue, JSON 1.1: what the edge reads the keys of models from. For the account's own key only. */
import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { AwsError } from "../aws-error.ts";
import type { Principal } from "../principal.ts";
import { type AwsRequest, header } from "../request.ts";

/** The secret strings by ARN, at this moment. */
export type SecretLookup = (arn: string) => string | undefined;

const input = v.pipe(v.string(), v.parseJson(), v.object({ SecretId: v.pipe(v.string(), v.minLength(1)) }));

/** Answers `POST /`. Throws `AwsError`. */
export function answerSecrets(request: AwsRequest, principal: Principal, secrets: SecretLookup): string {
  if (header(request, "x-amz-target") !== "secretsmanager.GetSecretValue") {
    throw new AwsError(400, "UnknownOperationException", "only GetSecretValue is here");
  }
  const read = v.safeParse(input, request.body.toString("utf8"));
  if (request.method !== "POST" || request.path !== "/" || !read.success) {
    throw new AwsError(400, "ValidationException", "the input names no secret");
  }
  // The data role has no right to it.
  if (principal.kind !== "account") {
    throw new AwsError(400, "AccessDeniedException", "not authorized to perform secretsmanager:GetSecretValue");
  }
  const { SecretId: arn } = read.output;
  const value = secrets(arn);
  if (value === undefined) {
    throw new AwsError(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  }
  const name = arn.split(":secret:")[1]?.replace(/-\w{6}$/, "") ?? arn;
  return JSON.stringify({
    ARN: arn,
    Name: name,
    SecretString: value,
    VersionId: randomUUID(),
    VersionStages: ["AWSCURRENT"],
    CreatedDate: Date.now() / 1_000,
  });
}

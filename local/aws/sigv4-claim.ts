/**
 * What a request says about its own signature, in the Authorization header or a presigned URL, and what it is told
 * when that is not believed. Nothing is verified here.
 */
import * as v from "valibot";
import { err, ok, type Result } from "../../protocol/result.ts";
import { AwsError, type Service } from "./aws-error.ts";
import { SIGNATURE_BOUNDS } from "./bounds.ts";
import { header, type RequestHead } from "./request.ts";

/** Why a request is not believed. The wire gets AWS's name for it, the log this one. */
export type Denial =
  | "unsigned"
  | "malformed_signature"
  | "wrong_scope"
  | "outside_window"
  | "header_not_signed"
  | "unknown_key"
  | "session_expired"
  | "wrong_body_hash"
  | "mismatch";

/** A denial as the service puts it: AWS tells less to some callers than to others. */
export function denialError(denial: Denial, service: Service): AwsError {
  const message = `the request is not authorized: ${denial}`;
  switch (service) {
    case "bedrock-agentcore":
      return new AwsError(403, "AccessDeniedException", message);
    case "s3":
      return new AwsError(
        denial === "session_expired" ? 400 : 403,
        S3_NAMES[denial] ?? "SignatureDoesNotMatch",
        message,
      );
    case "secretsmanager":
      return new AwsError(400, SECRETS_NAMES[denial] ?? "InvalidSignatureException", message);
    case "sts": {
      // In the words of STS: they are all that tells a clock from a wrong secret.
      const told = denial === "outside_window" ? `Signature expired: ${message}` : message;
      return new AwsError(403, STS_NAMES[denial] ?? "SignatureDoesNotMatch", told);
    }
  }
}

const S3_NAMES: Partial<Record<Denial, string>> = {
  unsigned: "AccessDenied",
  unknown_key: "InvalidAccessKeyId",
  outside_window: "RequestTimeTooSkewed",
  session_expired: "ExpiredToken",
};
const SECRETS_NAMES: Partial<Record<Denial, string>> = {
  unsigned: "MissingAuthenticationTokenException",
  unknown_key: "UnrecognizedClientException",
  session_expired: "ExpiredTokenException",
};
const STS_NAMES: Partial<Record<Denial, string>> = {
  unsigned: "MissingAuthenticationToken",
  unknown_key: "InvalidClientTokenId",
  session_expired: "ExpiredToken",
};

export type Claim<S extends string = Service> = {
  readonly form: "header" | "query";
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: S;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly sessionToken: string | undefined;
  readonly signedAt: number;
  /** From `signedAt`, in ms. */
  readonly lifeMs: number;
};

const AUTHORIZATION = /^AWS4-HMAC-SHA256 +Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([^,\s]+)$/;
const DATE_TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

const claimText = v.object({
  /** `<key id>/<day>/<region>/<service>/aws4_request` */
  scope: v.pipe(
    v.string(),
    v.transform((text) => text.split("/")),
    v.tuple([
      v.pipe(v.string(), v.minLength(1)),
      v.pipe(v.string(), v.regex(/^\d{8}$/)),
      v.pipe(v.string(), v.minLength(1)),
      v.pipe(v.string(), v.minLength(1)),
      v.literal("aws4_request"),
    ]),
  ),
  names: v.pipe(v.string(), v.minLength(1)),
  signature: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  dateTime: v.pipe(v.string(), v.regex(DATE_TIME)),
  sessionToken: v.nullish(v.string()),
});

/** The services of the laptop's AWS. */
const SERVICES: readonly Service[] = ["bedrock-agentcore", "s3", "sts", "secretsmanager"];

/** Reads the claim. Needs no body, so that of a request without one is never read. */
export function readClaim(head: RequestHead): Result<Claim, Denial> {
  return readClaimFor(head, SERVICES);
}

/** The same for a server of other services. */
export function readClaimFor<S extends string>(head: RequestHead, services: readonly S[]): Result<Claim<S>, Denial> {
  const claim = head.query.has("X-Amz-Signature") ? readQueryClaim(head.query) : readHeaderClaim(head);
  if (!claim.ok) return claim;
  const service = services.find((known) => known === claim.value.service);
  return service === undefined ? err("malformed_signature") : ok({ ...claim.value, service });
}

function readHeaderClaim(head: RequestHead): Result<Claim<string>, Denial> {
  const authorization = header(head, "authorization");
  if (authorization === undefined) return err("unsigned");
  const [, scope, names, signature] = AUTHORIZATION.exec(authorization) ?? [];
  const dateTime = header(head, "x-amz-date");
  const sessionToken = header(head, "x-amz-security-token");
  return buildClaim("header", { scope, names, signature, dateTime, sessionToken }, () => SIGNATURE_BOUNDS.skewMs);
}

function readQueryClaim(query: URLSearchParams): Result<Claim<string>, Denial> {
  if (query.get("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256") return err("malformed_signature");
  const stated = {
    scope: query.get("X-Amz-Credential"),
    names: query.get("X-Amz-SignedHeaders"),
    signature: query.get("X-Amz-Signature"),
    dateTime: query.get("X-Amz-Date"),
    sessionToken: query.get("X-Amz-Security-Token"),
  };
  const seconds = Number(query.get("X-Amz-Expires") ?? Number.NaN);
  return buildClaim("query", stated, (service) => {
    const isAllowed = seconds > 0 && seconds <= presignedMaxSeconds(service);
    return isAllowed ? seconds * 1_000 : null;
  });
}

function buildClaim(
  form: Claim["form"],
  stated: Readonly<Record<string, string | null | undefined>>,
  lifeOf: (service: string) => number | null,
): Result<Claim<string>, Denial> {
  const parsed = v.safeParse(claimText, stated);
  if (!parsed.success) return err("malformed_signature");
  const { scope, names, signature, dateTime, sessionToken } = parsed.output;
  const [accessKeyId, day, region, service] = scope;
  const signedAt = Date.parse(dateTime.replace(DATE_TIME, "$1-$2-$3T$4:$5:$6Z"));
  const lifeMs = lifeOf(service);
  if (Number.isNaN(signedAt) || !dateTime.startsWith(day) || lifeMs === null) return err("malformed_signature");
  return ok({
    form,
    accessKeyId,
    region,
    service,
    signedHeaders: names.split(";"),
    signature,
    sessionToken: sessionToken ?? undefined,
    signedAt,
    lifeMs,
  });
}

function presignedMaxSeconds(service: string): number {
  const known = SERVICES.find((name) => name === service);
  return known === undefined ? 0 : SIGNATURE_BOUNDS.presignedMaxSeconds[known];
}

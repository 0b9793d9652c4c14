/** Strikes a call with the faults that were ordered for it, before anybody answers it. */
import { setTimeout as sleep } from "node:timers/promises";
import { AwsError, type Service } from "./aws-error.ts";
import type { Fault } from "./faults.ts";

type Status = Extract<Fault, { kind: "error" }>["status"];

/** The names that AgentCore gives these statuses; 409 is the kind that passes. */
const AGENTCORE_CODES: Readonly<Record<Status, string>> = {
  402: "ServiceQuotaExceededException",
  409: "RetryableConflictException",
  424: "RuntimeClientError",
  429: "ThrottlingException",
  500: "InternalServerException",
  503: "ServiceUnavailableException",
};

/** Holds the call back, or throws the error that was ordered. Faults that end a stream are not its affair. */
export async function strikeBefore(faults: readonly Fault[], service: Service): Promise<void> {
  for (const fault of faults) {
    if (fault.kind === "latency") await sleep(fault.ms, null, { ref: false });
    if (fault.kind === "error") throw new AwsError(fault.status, codeOf(fault.status, service), "a fault was ordered");
  }
}

function codeOf(status: Status, service: Service): string {
  if (service === "bedrock-agentcore") return AGENTCORE_CODES[status];
  if (status === 503) return service === "s3" ? "SlowDown" : "ServiceUnavailable";
  return status === 429 ? "Throttling" : "InternalError";
}

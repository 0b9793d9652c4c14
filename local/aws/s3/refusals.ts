/** What several operations refuse, in S3's words. Pure. */
import { AwsError } from "../aws-error.ts";

export function noSuchKey(): AwsError {
  return new AwsError(404, "NoSuchKey", "the specified key does not exist");
}

export function preconditionFailed(): AwsError {
  return new AwsError(412, "PreconditionFailed", "at least one of the preconditions you specified did not hold");
}

export function notImplemented(): AwsError {
  return new AwsError(501, "NotImplemented", "the stand-in does not have this operation");
}

export function noSuchVersion(): AwsError {
  return new AwsError(404, "NoSuchVersion", "the specified version does not exist");
}

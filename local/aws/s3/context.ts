/** What one request for S3 is answered from, what came of it, and what several operations say and ask of versions. */
import { AwsError } from "../aws-error.ts";
import type { Principal } from "../principal.ts";
import { type AwsRequest, header } from "../request.ts";
import type { Conditions } from "./conditions.ts";
import { isVersionId } from "./kept-versions.ts";
import type { ObjectFacts } from "./object-file.ts";
import type { ObjectStore } from "./object-store.ts";

export type S3Context = {
  readonly principal: Principal;
  readonly bucket: string;
  readonly objects: ObjectStore;
  readonly requestId: string;
};

export type S3Outcome = { readonly operation: string; readonly bytes: number };

export function readConditions(request: AwsRequest): Conditions {
  return { ifMatch: header(request, "if-match"), ifNoneMatch: header(request, "if-none-match") };
}

/** A bucket without versions says nothing of them. */
export function versionHeader({ objects }: S3Context, { versionId }: ObjectFacts): Record<string, string> {
  return objects.keepsVersions ? { "x-amz-version-id": versionId } : {};
}

/** The version that is asked for; null: the newest. Throws `AwsError`. */
export function readVersionId(request: AwsRequest): string | null {
  const versionId = request.query.get("versionId");
  if (versionId !== null && !isVersionId(versionId)) {
    throw new AwsError(400, "InvalidArgument", "Invalid version id specified");
  }
  return versionId;
}

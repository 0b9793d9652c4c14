/** The bucket of files and attachments. It keeps older versions for a while, so that what was overwritten can come back. */
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { acceptFinding } from "./accepted-finding.ts";

/** How long a removed or overwritten object can be brought back. */
const OLD_VERSIONS_DAYS = 30;
/** Parts of an upload that was never finished are seen by nobody and cost money. */
const UNFINISHED_UPLOADS_DAYS = 7;

/** Makes the bucket. It stays when the stack goes, unless the stack never came to be. */
export function createBucket(scope: Construct): Bucket {
  const bucket = new Bucket(scope, "Bucket", {
    versioned: true,
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    lifecycleRules: [
      {
        id: "old-versions",
        noncurrentVersionExpiration: Duration.days(OLD_VERSIONS_DAYS),
        expiredObjectDeleteMarker: true,
      },
      { id: "unfinished-uploads", abortIncompleteMultipartUploadAfter: Duration.days(UNFINISHED_UPLOADS_DAYS) },
    ],
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  // A bucket that stays keeps the rule that it is spoken to by TLS alone.
  bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  acceptFinding(
    bucket,
    "S1",
    "A log of every access would be a second bucket that grows; CloudTrail data events can be switched on when needed.",
  );
  return bucket;
}

/** Everything that somebody could ask of the data of a space, as AWS authorises it. */
import { actorNamespace } from "../stack/namespaces.ts";
import { ARNS, type Question } from "./isolation-world.ts";

/** Of one object. */
export function objectReads(folder: string): readonly Question[] {
  return ["blobs/1f", "attachments/letter"].map((name) => ({
    action: "s3:GetObject",
    resource: `${ARNS.bucket}/${folder}/${name}`,
  }));
}

export function objectWrites(folder: string): readonly Question[] {
  const resource = `${ARNS.bucket}/${folder}/blobs/1f`;
  return [{ action: "s3:PutObject", resource }];
}

/** What only forgetting does. */
export function versionRemovals(folder: string): readonly Question[] {
  return [
    { action: "s3:DeleteObjectVersion", resource: `${ARNS.bucket}/${folder}/blobs/1f` },
    listing("s3:ListBucketVersions", `${folder}/`),
  ];
}

export function listing(action: "s3:ListBucket" | "s3:ListBucketVersions", prefix?: string): Question {
  return { action, resource: ARNS.bucket, said: { "s3:prefix": prefix } };
}

/** Listings that would show something of the folder: of it, of what is above and below it, and of everything. */
export function listings(folder: string): readonly Question[] {
  const [agent = ""] = folder.split("/");
  const prefixes = [undefined, "", agent, `${agent}/`, folder.slice(0, -1), folder, `${folder}/`, `${folder}/blobs/1`];
  return (["s3:ListBucket", "s3:ListBucketVersions"] as const).flatMap((action) =>
    prefixes.map((prefix) => listing(action, prefix)),
  );
}

/** Of an object, what nobody should do with it. */
export function objectAdministration(folder: string): readonly Question[] {
  const actions = [
    "DeleteObject",
    "GetObjectVersion",
    "PutObjectAcl",
    "GetObjectAcl",
    "PutObjectTagging",
    "RestoreObject",
    "BypassGovernanceRetention",
  ];
  const resource = `${ARNS.bucket}/${folder}/blobs/1f`;
  return [...actions, "GetObjectTorrent", "ReplicateObject"].map((name) => ({ action: `s3:${name}`, resource }));
}

const ROW_READS = ["GetItem", "BatchGetItem", "Query", "ConditionCheckItem"] as const;
const ROW_WRITES = ["PutItem", "UpdateItem", "DeleteItem"] as const;

/** `keys`: all partitions that the request names. None is a request without them. */
function rows(names: readonly string[], keys: readonly string[] | undefined): readonly Question[] {
  return names.map((name) => ({
    action: `dynamodb:${name}`,
    resource: ARNS.table,
    said: { "dynamodb:LeadingKeys": keys },
  }));
}

export const rowReads = (...keys: readonly string[]) => rows(ROW_READS, keys);
export const rowWrites = (...keys: readonly string[]) => rows(ROW_WRITES, keys);

/** What names no partition: the whole table, its administration, and PartiQL, which names one only if it wants to. */
export function wholeTable(keys: readonly string[] | undefined): readonly Question[] {
  const partiql = ["PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"];
  const administration = [
    "DescribeTable",
    "DeleteTable",
    "UpdateTable",
    "UpdateTimeToLive",
    "CreateBackup",
    "ListTables",
  ];
  const more = [
    "BatchWriteItem",
    "ExportTableToPointInTime",
    "RestoreTableToPointInTime",
    "GetRecords",
    "PutResourcePolicy",
  ];
  const all = rows(["Scan", ...partiql, ...administration, ...more], keys);
  const index = [...ROW_READS].map((name) => ({
    action: `dynamodb:${name}`,
    resource: `${ARNS.table}/index/by`,
    said: { "dynamodb:LeadingKeys": keys },
  }));
  return [
    ...all,
    ...index,
    ...rows([...ROW_READS, ...ROW_WRITES], undefined),
    ...rows([...ROW_READS, ...ROW_WRITES], []),
  ];
}

export const BUCKET_ADMINISTRATION: readonly Question[] = [
  "DeleteBucket",
  "PutBucketPolicy",
  "PutBucketAcl",
  "PutBucketVersioning",
  "PutLifecycleConfiguration",
  "PutReplicationConfiguration",
  "PutBucketPublicAccessBlock",
  "ListBucketMultipartUploads",
  "GetBucketPolicy",
  "ListAllMyBuckets",
].map((name) => ({ action: `s3:${name}`, resource: ARNS.bucket }));

/** Events and sessions of an actor. */
export function memoryEvents(actor: string | undefined): readonly Question[] {
  const names = ["CreateEvent", "GetEvent", "ListEvents", "DeleteEvent", "ListSessions"];
  return names.map((name) => memory(name, { "bedrock-agentcore:actorId": actor }));
}

/** What was learned of an actor, named by either of the two keys. */
export function memoryRecords(namespace: string | undefined): readonly Question[] {
  return ["RetrieveMemoryRecords", "ListMemoryRecords"].flatMap((name) => [
    memory(name, { "bedrock-agentcore:namespace": namespace }),
    memory(name, { "bedrock-agentcore:namespacePath": namespace }),
  ]);
}

/** Namespaces that would show something of the actor: a query finds everything that begins as it says. */
export function namespacesOf(actor: string): readonly string[] {
  const own = actorNamespace(actor);
  return [
    "",
    "/",
    "/actors/",
    `/actors/${actor.split("/")[0] ?? ""}/`,
    own.slice(0, -2),
    own.slice(0, -1),
    own,
    `${own}facts/`,
  ];
}

/** Calls that name no actor, or one only by the way. */
export const MEMORY_ADMINISTRATION: readonly Question[] = [
  "ListActors",
  "GetMemoryRecord",
  "DeleteMemoryRecord",
  "BatchCreateMemoryRecords",
  "BatchUpdateMemoryRecords",
  "BatchDeleteMemoryRecords",
  "StartMemoryExtractionJob",
  "ListMemoryExtractionJobs",
  "IngestData",
  "GetMemory",
  "DeleteMemory",
  "UpdateMemory",
].map((name) => memory(name, {}));

function memory(name: string, said: Question["said"]): Question {
  return { action: `bedrock-agentcore:${name}`, resource: ARNS.memory, ...(said && { said }) };
}

/** What has nothing to do with a turn, or would be a way to more. */
export const ELSEWHERE: readonly Question[] = [
  { action: "sts:AssumeRole", resource: "arn:aws:iam::123456789012:role/other" },
  { action: "iam:PassRole", resource: "arn:aws:iam::123456789012:role/other" },
  { action: "iam:CreateAccessKey", resource: "arn:aws:iam::123456789012:user/other" },
  { action: "secretsmanager:GetSecretValue", resource: ARNS.secret },
  { action: "bedrock-agentcore:InvokeAgentRuntime", resource: ARNS.runtime },
  { action: "bedrock-agentcore:StopRuntimeSession", resource: ARNS.runtime },
  { action: "bedrock-agentcore:InvokeAgentRuntimeForUser", resource: ARNS.runtime },
  { action: "bedrock-agentcore:GetWorkloadAccessToken", resource: "*" },
  { action: "bedrock-agentcore:ListBrowserSessions", resource: ARNS.browser },
  { action: "bedrock:DeleteFoundationModelAgreement", resource: "*" },
  { action: "bedrock:CreateModelCustomizationJob", resource: "*" },
  { action: "logs:GetLogEvents", resource: "*" },
  { action: "lambda:InvokeFunction", resource: "*" },
  { action: "kms:Decrypt", resource: "*" },
];

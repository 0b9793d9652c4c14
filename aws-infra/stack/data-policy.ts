/**
 * What a session of the data role may do: everything within the space that its two tags name, and nothing of another
 * space. One static policy for all spaces. What cannot be held to a space is not in it. Pure.
 */
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { actorNamespace } from "./namespaces.ts";

const AGENT = "${aws:PrincipalTag/agent}";
const SPACE_TAG = "aws:PrincipalTag/space";
/** As `spacePartition` and the keys of objects begin (agent-container/src/stores/dynamo/keys.ts). */
const OWN = `${AGENT}/\${${SPACE_TAG}}`;
/** What all spaces of an agent read, and only its owner writes. No space has this name. */
const SHARED = `${AGENT}/shared`;
const IS_OWNER = { StringEquals: { [SPACE_TAG]: "owner" } };
/** As `spaceFolder` writes the spaces of groups. */
const GROUP_SPACES = "group_3a*";

/** Where the data is. */
export type DataResources = {
  readonly partition: string;
  readonly account: string;
  readonly bucketArn: string;
  readonly tableArn: string;
  readonly memoryArn: string;
  readonly browserArn: string;
};

/** The whole policy of the data role. A session without tags matches no statement. */
export function dataStatements(resources: DataResources): PolicyStatement[] {
  return [
    ...objectStatements(resources),
    ...rowStatements(resources),
    ...memoryStatements(resources),
    ...toolStatements(resources),
  ];
}

/** What the agent's work needs (enforced.test.ts): objects go only by being forgotten, and then with every version. */
function objectStatements({ bucketArn }: DataResources): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: "OwnObjects",
      actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObjectVersion"],
      resources: [`${bucketArn}/${OWN}/*`],
    }),
    new PolicyStatement({
      sid: "OwnListing",
      actions: ["s3:ListBucketVersions"],
      resources: [bucketArn],
      conditions: { StringLike: { "s3:prefix": `${OWN}/*` } },
    }),
    new PolicyStatement({
      sid: "SharedObjects",
      actions: ["s3:GetObject"],
      resources: [`${bucketArn}/${SHARED}/*`],
    }),
    new PolicyStatement({
      sid: "SharedObjectsOfTheOwner",
      actions: ["s3:PutObject"],
      resources: [`${bucketArn}/${SHARED}/*`],
      conditions: IS_OWNER,
    }),
  ];
}

/**
 * `ForAllValues` is also true of a request that names no key at all; the Null check refuses that. A transaction is
 * authorised as the single actions that it is made of.
 */
function partitions(...allowed: readonly string[]) {
  return {
    "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": allowed },
    Null: { "dynamodb:LeadingKeys": "false" },
  };
}

function rowStatements({ tableArn }: DataResources): PolicyStatement[] {
  const writes = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];
  return [
    new PolicyStatement({
      sid: "RowsToRead",
      actions: ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:ConditionCheckItem"],
      resources: [tableArn],
      conditions: partitions(OWN, SHARED),
    }),
    new PolicyStatement({
      sid: "OwnRows",
      actions: writes,
      resources: [tableArn],
      conditions: partitions(OWN),
    }),
    new PolicyStatement({
      sid: "RowsOfTheOwner",
      actions: writes,
      resources: [tableArn],
      conditions: { ...IS_OWNER, ...partitions(OWN, SHARED) },
    }),
  ];
}

/** Calls that name a record only by its id are left out: nothing in them says whose record it is. */
function memoryStatements({ memoryArn }: DataResources): PolicyStatement[] {
  const records = ["bedrock-agentcore:RetrieveMemoryRecords", "bedrock-agentcore:ListMemoryRecords"];
  const ownRecords = `${actorNamespace(OWN)}*`;
  return [
    new PolicyStatement({
      sid: "OwnEvents",
      actions: [
        "bedrock-agentcore:CreateEvent",
        "bedrock-agentcore:GetEvent",
        "bedrock-agentcore:ListEvents",
        "bedrock-agentcore:DeleteEvent",
        "bedrock-agentcore:ListSessions",
      ],
      resources: [memoryArn],
      conditions: { StringEquals: { "bedrock-agentcore:actorId": OWN } },
    }),
    // A request names the place by one key or by the other; if it could name two, both have to be its own.
    new PolicyStatement({
      sid: "OwnRecords",
      actions: records,
      resources: [memoryArn],
      conditions: {
        StringLike: { "bedrock-agentcore:namespace": ownRecords },
        StringLikeIfExists: { "bedrock-agentcore:namespacePath": ownRecords },
      },
    }),
    new PolicyStatement({
      sid: "OwnRecordsByPath",
      actions: records,
      resources: [memoryArn],
      conditions: {
        StringLike: { "bedrock-agentcore:namespacePath": ownRecords },
        StringLikeIfExists: { "bedrock-agentcore:namespace": ownRecords },
      },
    }),
  ];
}

function toolStatements({ partition, account, browserArn }: DataResources): PolicyStatement[] {
  const tagged = { [SPACE_TAG]: "false" };
  return [
    new PolicyStatement({
      sid: "Models",
      actions: ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
      // An inference profile leads to models in several Regions; which model a turn uses is the owner's setting.
      resources: [
        `arn:${partition}:bedrock:*::foundation-model/*`,
        `arn:${partition}:bedrock:*:${account}:inference-profile/*`,
      ],
      conditions: { Null: tagged },
    }),
    // Not for groups. Sessions cannot be listed: whoever knows the id of one, which is random, can join it.
    new PolicyStatement({
      sid: "Browser",
      actions: [
        "bedrock-agentcore:StartBrowserSession",
        "bedrock-agentcore:GetBrowserSession",
        "bedrock-agentcore:StopBrowserSession",
        "bedrock-agentcore:UpdateBrowserStream",
        "bedrock-agentcore:ConnectBrowserAutomationStream",
        "bedrock-agentcore:ConnectBrowserLiveViewStream",
      ],
      resources: [browserArn],
      conditions: { StringNotLike: { [SPACE_TAG]: GROUP_SPACES }, Null: tagged },
    }),
  ];
}

/** The role of a space's data: assumed by the relay for one turn at a time, with tags that say whose space it is. */
import { Aws, Duration } from "aws-cdk-lib";
import { ArnPrincipal, type IUser, PolicyDocument, Role } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { DATA_SESSION_SECONDS, SESSION_TAGS } from "../../protocol/deployment.ts";
import { acceptWildcard } from "./accepted-finding.ts";
import { type DataResources, dataStatements } from "./data-policy.ts";

/** The forms that `spaceFolder` gives to a space. `shared`, whose rows the owner writes, is none of them. */
const SPACES = ["owner", "person_3a?*", "group_3a?*"];

/** Patterns that need a value: a request without a tag matches none. */
const WITH_BOTH_TAGS = {
  StringLike: { "aws:RequestTag/agent": "?*", "aws:RequestTag/space": SPACES },
  "ForAllValues:StringEquals": { "aws:TagKeys": [...SESSION_TAGS] },
};

/** Makes the role. Nobody but the relay can assume it, and the relay only with the two tags. */
export function createDataRole(
  scope: Construct,
  relay: IUser,
  data: Omit<DataResources, "partition" | "account">,
): Role {
  const statements = dataStatements({ ...data, partition: Aws.PARTITION, account: Aws.ACCOUNT_ID });
  const role = new Role(scope, "DataRole", {
    assumedBy: new ArnPrincipal(relay.userArn).withConditions(WITH_BOTH_TAGS).withSessionTags(),
    description: "What a turn may do with the data of its space",
    maxSessionDuration: Duration.seconds(DATA_SESSION_SECONDS),
    inlinePolicies: { Space: new PolicyDocument({ statements }) },
  });
  acceptWildcards(role);
  return role;
}

/** As cdk-nag writes them; `Bucket83908E77` is the bucket's id in the template. */
function acceptWildcards(role: Role): void {
  const objects = "<Bucket83908E77.Arn>/<aws:PrincipalTag/agent>";
  const models = "Which models a turn uses is a setting of the owner's, changed without a deploy.";
  acceptWildcard(role, `${objects}/<aws:PrincipalTag/space>/*`, "All objects of the one space that the tags name.");
  acceptWildcard(role, `${objects}/shared/*`, "What the spaces of one agent share: read by all, written by its owner.");
  acceptWildcard(role, "arn:<AWS::Partition>:bedrock:*::foundation-model/*", models);
  acceptWildcard(role, "arn:<AWS::Partition>:bedrock:*:<AWS::AccountId>:inference-profile/*", models);
}

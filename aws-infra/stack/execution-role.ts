/** What the agent's microVM may do by itself: write its log. All other rights come with a turn. */
import { Aws } from "aws-cdk-lib";
import { Policy, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { acceptWildcard } from "./accepted-finding.ts";

/** Where AgentCore writes what the runtimes of this name print; the id that AgentCore adds is known only later. */
function logGroups(runtimeName: string): string {
  return `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:/aws/bedrock-agentcore/runtimes/${runtimeName}-*`;
}

/**
 * Makes the role, for AgentCore alone and for runtimes of this name. It cannot make log groups: the stack makes the
 * one that is used, with its retention, and another could only be one that keeps everything for ever.
 */
export function createExecutionRole(scope: Construct, runtimeName: string): Role {
  const groups = logGroups(runtimeName);
  const role = new Role(scope, "ExecutionRole", {
    assumedBy: new ServicePrincipal("bedrock-agentcore.amazonaws.com", {
      conditions: {
        StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID },
        ArnLike: {
          "aws:SourceArn": `arn:${Aws.PARTITION}:bedrock-agentcore:${Aws.REGION}:${Aws.ACCOUNT_ID}:runtime/${runtimeName}-*`,
        },
      },
    }),
    description: "What the agent may do without a turn: write its log",
    inlinePolicies: {
      Logs: new PolicyDocument({
        statements: [
          new PolicyStatement({ sid: "FindStreams", actions: ["logs:DescribeLogStreams"], resources: [groups] }),
          new PolicyStatement({
            sid: "Write",
            actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
            resources: [`${groups}:log-stream:*`],
          }),
        ],
      }),
    },
  });
  acceptGroups(role, runtimeName);
  return role;
}

/** AgentCore adds an id to the name of a runtime and to its streams; the role has to be there before both. */
function acceptGroups(role: Role, runtimeName: string): void {
  const groups = `arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws/bedrock-agentcore/runtimes/${runtimeName}-*`;
  const reason = "Logs of runtimes of this name alone: AgentCore gives the rest of the name, after the role is made.";
  acceptWildcard(role, groups, reason);
  acceptWildcard(role, `${groups}:log-stream:*`, reason);
}

/** Lets AgentCore fetch the image with the role. There is no narrower right to log in to the registry. */
export function grantImage(scope: Construct, role: Role, repositoryArn: string): Policy {
  const policy = new Policy(scope, "ImagePolicy", {
    roles: [role],
    statements: [
      new PolicyStatement({
        sid: "PullImage",
        actions: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        resources: [repositoryArn],
      }),
      new PolicyStatement({ sid: "LogInToRegistry", actions: ["ecr:GetAuthorizationToken"], resources: ["*"] }),
    ],
  });
  acceptWildcard(policy, "*", "ecr:GetAuthorizationToken knows no resource; what may be read is one repository.");
  return policy;
}

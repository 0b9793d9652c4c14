/** What the deploy command asks of an AWS account, beside what the CDK does there. */
import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  UpdateStackCommand,
  type Stack,
} from "@aws-sdk/client-cloudformation";
import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  IAMClient,
  ListAccessKeysCommand,
} from "@aws-sdk/client-iam";
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import * as v from "valibot";
import { PINNED_VERSION_PARAMETER } from "../../protocol/deployment.ts";
import type { DeploySettings } from "./settings.ts";

export type StackState = {
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  /** As it was deployed; null if it is no JSON. */
  readonly template: unknown;
};

export type AccessKey = { readonly id: string; readonly isActive: boolean; readonly createdAtMs: number };
export type NewAccessKey = { readonly id: string; readonly secret: string };
export type FailedResource = { readonly logicalId: string; readonly type: string; readonly reason: string };

export type AwsAccount = ReturnType<typeof openAccount>;

/** Clients and credentials, as the settings say. Nothing is asked yet. */
export function openAccount(settings: Pick<DeploySettings, "aws" | "region">) {
  const { key, profile, endpoint } = settings.aws;
  const credentials = key ?? fromNodeProviderChain(profile === null ? {} : { profile });
  const common = { region: settings.region, credentials, ...(endpoint !== null && { endpoint }) };
  const formation = new CloudFormationClient(common);
  const iam = new IAMClient(common);
  const secrets = new SecretsManagerClient(common);
  const sts = new STSClient(common);

  async function describe(name: string): Promise<Stack | null> {
    try {
      const { Stacks: [stack] = [] } = await formation.send(new DescribeStacksCommand({ StackName: name }));
      return stack === undefined || stack.StackStatus === "DELETE_COMPLETE" ? null : stack;
    } catch (error) {
      if (isNamed(error, "ValidationError") && /does not exist/.test(String(error))) return null;
      throw error;
    }
  }

  return {
    /** Whose rights these are. */
    async identity(): Promise<{ readonly accountId: string; readonly arn: string }> {
      const { Account = "", Arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
      return { accountId: Account, arn: Arn };
    },

    /** Null if there is no such stack. */
    async stack(name: string): Promise<StackState | null> {
      const stack = await describe(name);
      if (stack === null) return null;
      const isPlanned = stack.StackStatus === "REVIEW_IN_PROGRESS";
      const body = isPlanned
        ? undefined
        : (await formation.send(new GetTemplateCommand({ StackName: name, TemplateStage: "Original" }))).TemplateBody;
      const outputs = (stack.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]);
      const parameters = (stack.Parameters ?? []).map(({ ParameterKey = "", ParameterValue = "" }) => [
        ParameterKey,
        ParameterValue,
      ]);
      return {
        status: stack.StackStatus ?? "",
        outputs: Object.fromEntries(outputs),
        parameters: Object.fromEntries(parameters),
        template: readJson(body),
      };
    },

    /** What a stack is doing or has done, in CloudFormation's word. */
    async stackStatus(name: string): Promise<{ readonly status: string; readonly reason: string } | null> {
      const stack = await describe(name);
      return stack === null ? null : { status: stack.StackStatus ?? "", reason: stack.StackStatusReason ?? "" };
    },

    /** The first resource that failed in what was done last to a stack; the others were only cancelled because of it. */
    async firstFailure(name: string): Promise<FailedResource | null> {
      const { StackEvents = [] } = await formation.send(new DescribeStackEventsCommand({ StackName: name }));
      // The newest come first; the last thing that was done begins with an event of the stack itself.
      const began = StackEvents.findIndex(
        ({ ResourceType, ResourceStatus = "" }) =>
          ResourceType === "AWS::CloudFormation::Stack" &&
          /^(?:CREATE|UPDATE|DELETE)_IN_PROGRESS$/.test(ResourceStatus),
      );
      const last = StackEvents.slice(0, began === -1 ? undefined : began).toReversed();
      const failed = last.find(
        ({ ResourceStatus = "", ResourceStatusReason = "" }) =>
          ResourceStatus.endsWith("_FAILED") && !/cancelled/i.test(ResourceStatusReason),
      );
      if (failed === undefined) return null;
      const { LogicalResourceId = "", ResourceType = "", ResourceStatusReason = "" } = failed;
      return { logicalId: LogicalResourceId, type: ResourceType, reason: ResourceStatusReason };
    },

    /** Leads the endpoint to a version of the runtime, and changes nothing else. False if it leads there already. */
    async pinVersion(name: string, version: string): Promise<boolean> {
      const stack = await describe(name);
      const parameters = (stack?.Parameters ?? []).flatMap(({ ParameterKey }) =>
        ParameterKey === undefined || ParameterKey === PINNED_VERSION_PARAMETER ? [] : [ParameterKey],
      );
      try {
        await formation.send(
          new UpdateStackCommand({
            StackName: name,
            UsePreviousTemplate: true,
            Capabilities: ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            Parameters: [
              { ParameterKey: PINNED_VERSION_PARAMETER, ParameterValue: version },
              ...parameters.map((key) => ({ ParameterKey: key, UsePreviousValue: true })),
            ],
          }),
        );
        return true;
      } catch (error) {
        if (isNamed(error, "ValidationError") && /no updates/i.test(String(error))) return false;
        throw error;
      }
    },

    /** The text of a secret; null if it has none yet. */
    async secret(arn: string): Promise<string | null> {
      try {
        return (await secrets.send(new GetSecretValueCommand({ SecretId: arn }))).SecretString ?? null;
      } catch (error) {
        if (isNamed(error, "ResourceNotFoundException")) return null;
        throw error;
      }
    },

    async putSecret(arn: string, text: string): Promise<void> {
      await secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString: text }));
    },

    async accessKeys(user: string): Promise<readonly AccessKey[]> {
      const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName: user }));
      return AccessKeyMetadata.map(({ AccessKeyId = "", Status, CreateDate }) => ({
        id: AccessKeyId,
        isActive: Status === "Active",
        createdAtMs: CreateDate?.getTime() ?? 0,
      }));
    },

    /** Null: never, as far as IAM knows. */
    async keyLastUsedAtMs(id: string): Promise<number | null> {
      const { AccessKeyLastUsed } = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: id }));
      return AccessKeyLastUsed?.LastUsedDate?.getTime() ?? null;
    },

    async createAccessKey(user: string): Promise<NewAccessKey> {
      const { AccessKey: made } = await iam.send(new CreateAccessKeyCommand({ UserName: user }));
      if (made?.AccessKeyId === undefined || made.SecretAccessKey === undefined)
        throw new Error("IAM made no access key");
      return { id: made.AccessKeyId, secret: made.SecretAccessKey };
    },

    /** That there is no such key is what was wanted. */
    async deleteAccessKey(user: string, id: string): Promise<void> {
      try {
        await iam.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId: id }));
      } catch (error) {
        if (!isNamed(error, "NoSuchEntityException")) throw error;
      }
    },

    /** Whether AWS takes a key already: a new one needs some seconds to be known everywhere. */
    async isKeyKnown({ id, secret }: NewAccessKey): Promise<boolean> {
      const asRelay = new STSClient({ ...common, credentials: { accessKeyId: id, secretAccessKey: secret } });
      try {
        await asRelay.send(new GetCallerIdentityCommand({}));
        return true;
      } catch (error) {
        if (isNamed(error, "InvalidClientTokenId") || isNamed(error, "SignatureDoesNotMatch")) return false;
        throw error;
      } finally {
        asRelay.destroy();
      }
    },
  };
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

function readJson(text: string | undefined): unknown {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
  return parsed.success ? parsed.output : null;
}

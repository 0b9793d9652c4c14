/** The services that speak JSON with `x-amz-target`: SSM, Secrets Manager, and DynamoDB's tables. */
import { AwsError } from "../../../local/aws/aws-error.ts";
import { type Json, listOf, textAt, textOf } from "./json.ts";
import { ssmValue } from "./provision.ts";
import { type AccountState, findResource, type Secret } from "./state.ts";

type Answer = (state: AccountState, input: Json) => Json;

/** Answers the operation that `x-amz-target` names. Throws an `AwsError`. */
export function answerJson(state: AccountState, target: string, input: Json): Json {
  const answer = ACTIONS[target];
  if (!answer) throw new AwsError(400, "UnknownOperationException", `${target} is not emulated`);
  return answer(state, input);
}

const ACTIONS: Readonly<Record<string, Answer>> = {
  "AmazonSSM.GetParameter"(state, input) {
    const name = textAt(input, "Name") ?? "";
    return { Parameter: { Name: name, Type: "String", Value: parameter(state, name), Version: 1 } };
  },
  "AmazonSSM.GetParameters"(state, input) {
    const names = listOf(typeof input === "object" && input !== null && "Names" in input ? input["Names"] : []);
    return { Parameters: names.map((name) => ({ Name: name, Value: parameter(state, textOf(name)), Type: "String" })) };
  },
  "secretsmanager.DescribeSecret"(state, input) {
    const { arn, name, versionId } = secretAt(state, input);
    return { ARN: arn, Name: name, VersionIdsToStages: { [versionId]: ["AWSCURRENT"] } };
  },
  "secretsmanager.GetSecretValue"(state, input) {
    const { arn, name, versionId, value } = secretAt(state, input);
    return { ARN: arn, Name: name, VersionId: versionId, SecretString: value, VersionStages: ["AWSCURRENT"] };
  },
  "secretsmanager.PutSecretValue"(state, input) {
    const secret = secretAt(state, input);
    const value = textAt(input, "SecretString");
    if (value === undefined) throw new AwsError(400, "InvalidParameterException", "SecretString must be given");
    secret.value = value;
    secret.puts += 1;
    secret.versionId = textAt(input, "ClientRequestToken") ?? String(secret.puts + 1);
    return { ARN: secret.arn, Name: secret.name, VersionId: secret.versionId, VersionStages: ["AWSCURRENT"] };
  },
  "DynamoDB_20120810.DescribeTable"(state, input) {
    return { Table: table(state, textAt(input, "TableName") ?? "", "ACTIVE") };
  },
  "DynamoDB_20120810.DeleteTable"(state, input) {
    const name = textAt(input, "TableName") ?? "";
    const described = table(state, name, "DELETING");
    delete state.retained[name];
    return { TableDescription: described };
  },
};

function parameter(state: AccountState, name: string): string {
  try {
    return ssmValue(state, name);
  } catch {
    throw new AwsError(400, "ParameterNotFound", "");
  }
}

function secretAt(state: AccountState, input: Json): Secret {
  const id = textAt(input, "SecretId") ?? "";
  const secret = state.secrets[id] ?? Object.values(state.secrets).find(({ name }) => name === id);
  if (!secret) throw new AwsError(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  return secret;
}

function table(state: AccountState, name: string, status: string): Json {
  const found =
    findResource(state, "AWS::DynamoDB::GlobalTable", name) ?? findResource(state, "AWS::DynamoDB::Table", name);
  if (!found)
    throw new AwsError(400, "ResourceNotFoundException", `Requested resource not found: Table: ${name} not found`);
  return {
    TableName: name,
    TableStatus: status,
    TableArn: found.attributes["Arn"] ?? "",
    DeletionProtectionEnabled: found.properties["DeletionProtectionEnabled"] ?? false,
  };
}

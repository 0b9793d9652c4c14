/** Makes the table of the store, as the infrastructure does, by plain signed requests. */
import { AwsClient } from "aws4fetch";
import type { AwsCredentials } from "../../../protocol/invocation.ts";
import { TABLE_SCHEMA } from "../../../agent-container/src/stores/dynamo/keys.ts";

/** DynamoDB Local takes any. */
export const TEST_CREDENTIALS = { accessKeyId: "AKIDTEST", secretAccessKey: "very-secret" };

/** One request as DynamoDB's JSON API has it; throws with the answer unless it is a 200. */
export async function askDynamoDb(
  endpoint: string,
  operation: string,
  input: object,
  credentials: AwsCredentials = TEST_CREDENTIALS,
): Promise<Record<string, unknown>> {
  const { sessionToken, ...key } = credentials;
  const token = sessionToken === undefined ? {} : { sessionToken };
  const client = new AwsClient({ ...key, ...token, service: "dynamodb", region: "us-east-1", retries: 0 });
  const response = await client.fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${operation}` },
    body: JSON.stringify(input),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${operation}: ${answer.slice(0, 500)}`);
  const output: Record<string, unknown> = JSON.parse(answer);
  return output;
}

export async function createTable(endpoint: string, name: string): Promise<void> {
  await askDynamoDb(endpoint, "CreateTable", { TableName: name, ...TABLE_SCHEMA });
}

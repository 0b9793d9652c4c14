/** Which rights a request for DynamoDB needs: a transaction needs those of its parts. Pure; throws for what is not known. */
import * as v from "valibot";
import type { RightQuestion } from "./s3-questions.ts";

const KEY = "pk";
const attributes = v.looseObject({ [KEY]: v.optional(v.looseObject({ S: v.string() })) });
const keyed = v.looseObject({ TableName: v.string(), Key: attributes });
const put = v.looseObject({ TableName: v.string(), Item: attributes });
const query = v.looseObject({
  TableName: v.string(),
  IndexName: v.optional(v.string()),
  KeyConditionExpression: v.optional(v.string(), ""),
  ExpressionAttributeNames: v.optional(v.record(v.string(), v.string()), {}),
  ExpressionAttributeValues: v.optional(v.record(v.string(), v.looseObject({ S: v.optional(v.string()) })), {}),
});
const batch = v.object({ RequestItems: v.record(v.string(), v.looseObject({ Keys: v.array(attributes) })) });
const transactWrite = v.looseObject({
  TransactItems: v.array(
    v.strictObject({
      Put: v.optional(put),
      Update: v.optional(keyed),
      Delete: v.optional(keyed),
      ConditionCheck: v.optional(keyed),
    }),
  ),
});
const transactGet = v.looseObject({ TransactItems: v.array(v.strictObject({ Get: keyed })) });
const anything = v.looseObject({ TableName: v.optional(v.string()) });

/**
 * The rights that a request needs. AWS does not say whether a transaction's parts are asked for one by one or all parts
 * of one action together: both are demanded, so that our own work does not hang on it.
 */
export function dynamoQuestions(operation: string, input: unknown, arnOf: (table: string) => string): RightQuestion[] {
  const ask = (name: string, table: string, keys: readonly string[] | undefined): RightQuestion => ({
    action: `dynamodb:${name}`,
    resource: arnOf(table),
    said: { "dynamodb:LeadingKeys": keys },
  });
  const askOne = (name: string, { TableName, Key }: v.InferOutput<typeof keyed>) =>
    ask(name, TableName, listOf(partitionOf(Key)));
  switch (operation) {
    case "GetItem":
    case "UpdateItem":
    case "DeleteItem":
      return [askOne(operation, v.parse(keyed, input))];
    case "PutItem":
      return [askOne(operation, asKeyed(v.parse(put, input)))];
    case "BatchGetItem":
      return Object.entries(v.parse(batch, input).RequestItems).map(([table, { Keys }]) =>
        ask(
          operation,
          table,
          Keys.flatMap((key) => listOf(partitionOf(key)) ?? []),
        ),
      );
    case "Query": {
      const asked = v.parse(query, input);
      const question = ask(operation, asked.TableName, listOf(queriedPartition(asked)));
      const index = asked.IndexName === undefined ? "" : `/index/${asked.IndexName}`;
      return [{ ...question, resource: `${question.resource}${index}` }];
    }
    case "TransactGetItems":
      return withTogether(v.parse(transactGet, input).TransactItems.map(({ Get }) => askOne("GetItem", Get)));
    case "TransactWriteItems":
      return withTogether(
        v
          .parse(transactWrite, input)
          .TransactItems.flatMap(({ Put, Update, Delete, ConditionCheck }) => [
            ...(Put ? [askOne("PutItem", asKeyed(Put))] : []),
            ...(Update ? [askOne("UpdateItem", Update)] : []),
            ...(Delete ? [askOne("DeleteItem", Delete)] : []),
            ...(ConditionCheck ? [askOne("ConditionCheckItem", ConditionCheck)] : []),
          ]),
      );
    default:
      // Scan, PartiQL, administration: they name no partition.
      return [ask(operation, v.parse(anything, input).TableName ?? "*", undefined)];
  }
}

function asKeyed({ TableName, Item }: v.InferOutput<typeof put>) {
  return { TableName, Key: Item };
}

function partitionOf(key: v.InferOutput<typeof attributes>): string | undefined {
  return key[KEY]?.S;
}

function listOf(partition: string | undefined): readonly string[] | undefined {
  return partition === undefined ? undefined : [partition];
}

function queriedPartition(asked: v.InferOutput<typeof query>): string | undefined {
  for (const [, name = "", value = ""] of asked.KeyConditionExpression.matchAll(/([#\w]+)\s*=\s*(:\w+)/g)) {
    if ((asked.ExpressionAttributeNames[name] ?? name) === KEY) return asked.ExpressionAttributeValues[value]?.S;
  }
  return undefined;
}

/** Beside each part: all keys of its action in one. */
function withTogether(parts: readonly RightQuestion[]): RightQuestion[] {
  const groups = new Map<string, RightQuestion[]>();
  for (const part of parts) {
    const id = `${part.action} ${part.resource}`;
    groups.set(id, [...(groups.get(id) ?? []), part]);
  }
  const together = [...groups.values()].flatMap(([first, ...more]) => {
    if (first === undefined || more.length === 0) return [];
    const keys = [first, ...more].flatMap(({ said }) => said["dynamodb:LeadingKeys"] ?? []);
    return [{ ...first, said: { "dynamodb:LeadingKeys": [...new Set(keys)] } }];
  });
  return [...parts, ...together];
}

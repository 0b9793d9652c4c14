/** Conditions, updates and ranges as DynamoDB wants them written. Pure. */
import type { Attribute } from "./item.ts";

/** An expression, and what its values (`:x`) stand for. Attributes have names that DynamoDB reserves for nothing. */
export type Expression = {
  readonly expression: string;
  readonly values?: Readonly<Record<string, Attribute>>;
};

export type Range = {
  readonly partition: string;
  /** Keys that begin so (with nothing: all), or all between two (both included). */
  readonly sorts: { readonly prefix: string } | { readonly from: string; readonly to: string };
  readonly order?: "asc" | "desc";
  /** Items of the first page; the next ones are larger. */
  readonly pageMax?: number;
  /** Attributes that are wanted; all unless told. */
  readonly only?: readonly string[];
};

/** The members of a write that has a condition, or changes single attributes. */
export function conditionOf(condition?: Expression, update?: Expression): Readonly<Record<string, unknown>> {
  const values = { ...update?.values, ...condition?.values };
  return {
    ...(condition !== undefined && {
      ConditionExpression: condition.expression,
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    }),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}

/** The members of a strongly consistent query. */
export function rangeInput({ partition, sorts, order = "asc", only }: Range): Readonly<Record<string, unknown>> {
  const names = Object.fromEntries((only ?? []).map((name, at) => [`#a${String(at)}`, name]));
  const { condition, values } = sortCondition(sorts);
  return {
    KeyConditionExpression: `pk = :pk${condition}`,
    ExpressionAttributeValues: { ":pk": { S: partition }, ...values },
    ...(only !== undefined && {
      ProjectionExpression: Object.keys(names).join(", "),
      ExpressionAttributeNames: names,
    }),
    ConsistentRead: true,
    ScanIndexForward: order === "asc",
  };
}

function sortCondition(sorts: Range["sorts"]): {
  readonly condition: string;
  readonly values: Readonly<Record<string, Attribute>>;
} {
  if ("from" in sorts) {
    const values = { ":low": { S: sorts.from }, ":high": { S: sorts.to } };
    return { condition: " AND sk BETWEEN :low AND :high", values };
  }
  if (sorts.prefix === "") return { condition: "", values: {} };
  return { condition: " AND begins_with(sk, :low)", values: { ":low": { S: sorts.prefix } } };
}

/** The capacity units that a request took, which is what an on-demand table costs. Pure. */
import { isItem, type Item } from "./item.ts";

export type Units = { readonly read: number; readonly write: number };

/** Bytes that one write unit pays for; a transaction takes two for each. */
const WRITE_UNIT_BYTES = 1_024;
const UNITS_IN_TRANSACTION = 2;

/**
 * As the service counts them. DynamoDB Local counts only one part of a transaction; then they are counted here, and a
 * part that is removed or only looked at counts as small.
 */
export function unitsOf(operation: string, input: Item, output: Item): Units {
  let units = 0;
  for (const { CapacityUnits } of [output["ConsumedCapacity"]].flat().filter(isItem))
    units += Number(CapacityUnits ?? 0);
  if (operation === "GetItem" || operation === "BatchGetItem" || operation === "Query")
    return { read: units, write: 0 };
  const parts = Array.isArray(input["TransactItems"]) ? input["TransactItems"].filter(isItem) : [];
  const atLeast = parts.reduce((sum, part) => sum + partUnits(part), 0);
  return { read: 0, write: Math.max(units, atLeast) };
}

function partUnits({ Put }: Item): number {
  const item = isItem(Put) && isItem(Put["Item"]) ? Put["Item"] : {};
  return UNITS_IN_TRANSACTION * Math.max(1, Math.ceil(itemBytes(item) / WRITE_UNIT_BYTES));
}

/** Names and values, as DynamoDB measures an item; a number counts a little less than here. */
function itemBytes(item: Item): number {
  let bytes = 0;
  for (const [name, attribute] of Object.entries(item)) {
    const [value] = isItem(attribute) ? Object.values(attribute) : [];
    bytes += Buffer.byteLength(name) + (typeof value === "string" ? Buffer.byteLength(value) : 0);
  }
  return bytes;
}

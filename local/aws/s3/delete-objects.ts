/** DeleteObjects: the order as XML, what may be deleted of it, and the answer. Pure. */
import { AwsError, escapeXml, XML } from "../aws-error.ts";
import { S3_BOUNDS } from "../bounds.ts";

/** Keys in their order; `quiet`: only failures are answered. */
export type DeletionOrder = { readonly keys: readonly string[]; readonly isQuiet: boolean };

const OBJECT = /<Object>([\s\S]*?)<\/Object>/g;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** Reads the body. Throws `AwsError` for what S3 refuses, and for versions and conditions, which are not here. */
export function readDeletionOrder(body: string): DeletionOrder {
  const root = /^\s*(?:<\?xml[^>]*\?>)?\s*<Delete(?:\s[^>]*)?>([\s\S]*)<\/Delete>\s*$/.exec(body)?.[1];
  if (root === undefined) throw malformed();
  const objects = [...root.matchAll(OBJECT)].map(([, fields = ""]) => fields);
  if (objects.length === 0 || objects.length > S3_BOUNDS.listMax) throw malformed();
  return { keys: objects.map(readKey), isQuiet: /<Quiet>true<\/Quiet>/.test(root.replace(OBJECT, "")) };
}

/** The answer, which is 200 whatever was refused. */
export function formatDeletion({ keys, isQuiet }: DeletionOrder, isDenied: (key: string) => boolean): string {
  const results = keys.map((key) => {
    const name = `<Key>${escapeXml(key)}</Key>`;
    if (isDenied(key)) return `<Error>${name}<Code>AccessDenied</Code><Message>Access Denied</Message></Error>`;
    return isQuiet ? "" : `<Deleted>${name}</Deleted>`;
  });
  return `${XML}<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${results.join("")}</DeleteResult>`;
}

function readKey(fields: string): string {
  const rest = fields.replace(/<Key>([^<]*)<\/Key>/, "").trim();
  const key = /<Key>([^<]+)<\/Key>/.exec(fields)?.[1];
  if (key === undefined) throw malformed();
  if (rest !== "") throw new AwsError(501, "NotImplemented", "the stand-in deletes objects by their keys alone");
  return key.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ENTITIES.get(name) ?? refuseEntity();
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

function refuseEntity(): never {
  throw malformed();
}

function malformed(): AwsError {
  return new AwsError(400, "MalformedXML", "the XML is not well-formed or not of the published schema");
}

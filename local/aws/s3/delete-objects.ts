/** DeleteObjects: the order as XML, what may be deleted of it, and the answer. Pure. */
import { AwsError, escapeXml, XML } from "../aws-error.ts";
import { S3_BOUNDS } from "../bounds.ts";
import type { Deletion } from "./object-store.ts";

/** What to delete, in its order; `quiet`: only failures are answered. */
export type DeletionOrder = { readonly targets: readonly Target[]; readonly isQuiet: boolean };

/** An object, or one version of it. */
export type Target = { readonly key: string; readonly versionId: string | null };

/** What became of one target; `deletion`: what was made or taken, where versions are kept. */
export type Outcome = { readonly target: Target; readonly isDenied: boolean; readonly deletion: Deletion | null };

const OBJECT = /<Object>([\s\S]*?)<\/Object>/g;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** Reads the body. Throws `AwsError` for what S3 refuses, and for conditions, which are not here. */
export function readDeletionOrder(body: string): DeletionOrder {
  const root = /^\s*(?:<\?xml[^>]*\?>)?\s*<Delete(?:\s[^>]*)?>([\s\S]*)<\/Delete>\s*$/.exec(body)?.[1];
  if (root === undefined) throw malformed();
  const objects = [...root.matchAll(OBJECT)].map(([, fields = ""]) => fields);
  if (objects.length === 0 || objects.length > S3_BOUNDS.listMax) throw malformed();
  return { targets: objects.map(readTarget), isQuiet: /<Quiet>true<\/Quiet>/.test(root.replace(OBJECT, "")) };
}

/** The answer, which is 200 whatever was refused. */
export function formatDeletion(outcomes: readonly Outcome[], isQuiet: boolean): string {
  const results = outcomes.map(({ target: { key, versionId }, isDenied, deletion }) => {
    const name = `<Key>${escapeXml(key)}</Key>${versionId === null ? "" : `<VersionId>${escapeXml(versionId)}</VersionId>`}`;
    if (isDenied) return `<Error>${name}<Code>AccessDenied</Code><Message>Access Denied</Message></Error>`;
    const marker = `<DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>${deletion?.versionId ?? ""}</DeleteMarkerVersionId>`;
    return isQuiet ? "" : `<Deleted>${name}${deletion?.isMarker === true ? marker : ""}</Deleted>`;
  });
  return `${XML}<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${results.join("")}</DeleteResult>`;
}

function readTarget(fields: string): Target {
  const rest = fields.replace(/<(Key|VersionId)>([^<]*)<\/\1>/g, "").trim();
  const key = /<Key>([^<]+)<\/Key>/.exec(fields)?.[1];
  if (key === undefined) throw malformed();
  if (rest !== "") throw new AwsError(501, "NotImplemented", "the stand-in deletes objects by keys and versions alone");
  const versionId = /<VersionId>([^<]*)<\/VersionId>/.exec(fields)?.[1];
  return { key: unescapeXml(key), versionId: versionId ? unescapeXml(versionId) : null };
}

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex?: string, decimal?: string, name?: string) => {
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

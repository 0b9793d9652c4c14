/** The versions of the configuration. Synchronous SQL only. */
import * as v from "valibot";
import { type ConfigDocument, configDocument } from "../../protocol/agent-config.ts";
import { CONFIG_BOUNDS } from "../../protocol/bounds.ts";
import type { ConfigVersion } from "../../protocol/configuration.ts";
import { StorageError } from "../../protocol/errors.ts";
import { isSessionKey } from "../../protocol/session-key.ts";

/** What was set, and as which version; version 0 is before anything was set. */
export type StoredDocument = { readonly version: number; readonly document: ConfigDocument };

type Row = { version: number; document: string };
type VersionRow = { version: number; made_at: number; made_by: string; note: string };

const NOTHING_SET: StoredDocument = { version: 0, document: {} };
const storedDocument = v.pipe(v.string(), v.parseJson(), configDocument);

/** The version that counts. Throws `StorageError` (`storage_damaged`): to guess would be to let somebody in. */
export function readNewest(sql: SqlStorage): StoredDocument {
  const query = "SELECT version, document FROM config_versions ORDER BY version DESC LIMIT 1";
  const [row] = sql.exec<Row>(query).toArray();
  return row ? readRow(row) : NOTHING_SET;
}

/** The number of the version that counts, whether or not this release can read what it holds. */
export function newestVersion(sql: SqlStorage): number {
  const query = "SELECT max(version) AS newest FROM config_versions";
  return sql.exec<{ newest: number | null }>(query).one().newest ?? NOTHING_SET.version;
}

/** A version that is kept; null: it is not, or never was. */
export function readVersion(sql: SqlStorage, version: number): StoredDocument | null {
  if (version === 0) return NOTHING_SET;
  const [row] = sql.exec<Row>("SELECT version, document FROM config_versions WHERE version = ?", version).toArray();
  return row ? readRow(row) : null;
}

function readRow({ version, document }: Row): StoredDocument {
  const parsed = v.safeParse(storedDocument, document);
  if (parsed.success) return { version, document: parsed.output };
  throw new StorageError("storage_damaged", `version ${version} of the configuration cannot be read by this release`);
}

/** The versions that are kept, the newest first. */
export function listVersions(sql: SqlStorage): readonly ConfigVersion[] {
  return sql
    .exec<VersionRow>("SELECT version, made_at, made_by, note FROM config_versions ORDER BY version DESC")
    .toArray()
    .map(({ version, made_at: at, made_by: by, note }) => ({ version, at, by: isSessionKey(by) ? by : "admin", note }));
}

/** Stores a version, and drops those that are too old to be kept. */
export function insertVersion(
  sql: SqlStorage,
  { version, at, by, note }: ConfigVersion,
  document: ConfigDocument,
): void {
  sql.exec(
    "INSERT INTO config_versions (version, made_at, made_by, note, document) VALUES (?, ?, ?, ?, ?)",
    version,
    at,
    by,
    note,
    JSON.stringify(document),
  );
  sql.exec("DELETE FROM config_versions WHERE version <= ?", version - CONFIG_BOUNDS.versionsKept);
}

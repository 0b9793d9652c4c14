/** The configuration of the agent: one document in numbered versions, over what the environment says. */
import { type AgentConfig, type ConfigDocument, overDefaults } from "../../protocol/agent-config.ts";
import { assertNever } from "../../protocol/assert.ts";
import { CONFIG_BOUNDS } from "../../protocol/bounds.ts";
import type {
  ConfigChange,
  ConfigDifference,
  ConfigOutcome,
  ConfigurationView,
  DocumentProblem,
} from "../../protocol/configuration.ts";
import { StorageError } from "../../protocol/errors.ts";
import type { Config } from "../../worker/config.ts";
import { missingModelKeys } from "../../worker/model-keys.ts";
import { applySet, noteOf } from "./config-change.ts";
import { differencesOf } from "./config-diff.ts";
import { insertVersion, newestVersion, readNewest, readVersion } from "./config-versions.ts";
import { checkDocument, type Deployment } from "./check-document.ts";
import type { DirectoryContext } from "./directory-context.ts";
import { ownerOf } from "./owner.ts";
import { readRoster } from "./people-rows.ts";

/** What counts now. */
export function viewConfiguration({ sql, standing }: DirectoryContext): ConfigurationView {
  const { version, document } = readNewest(sql);
  const effective: AgentConfig = standing().config;
  return { version, document, effective };
}

/** Makes a new version, if nothing is wrong with it and it says something else than the one that counts. */
export function changeConfiguration(directory: DirectoryContext, change: ConfigChange, now: number): ConfigOutcome {
  const { sql, config, rewrite } = directory;
  return rewrite((): ConfigOutcome => {
    const ownerBefore = ownerNow(directory);
    const newest = newestVersion(sql);
    if (change.ifVersion !== undefined && change.ifVersion !== newest) {
      return { kind: "refused", code: "other_version" };
    }
    const wanted = wantedBy(sql, change);
    if (wanted === null) return { kind: "refused", code: "unknown_version" };
    if (isTooLarge(wanted.document)) return { kind: "refused", code: "too_large" };
    const checked = checkDocument(wanted.document, deploymentOf(config()));
    const problems = [...wanted.problems, ...(checked.ok ? [] : checked.error)];
    if (!checked.ok || problems.length > 0) return { kind: "invalid", problems };
    if (saysTheSame(sql, checked.value)) return { kind: "done", version: newest, changed: false };
    const version = newest + 1;
    insertVersion(sql, { version, at: now, by: change.by, note: noteOf(change) }, checked.value);
    const owner = ownerBy(checked.value, directory);
    const isNew = ownerBefore !== undefined && owner !== ownerBefore;
    return { kind: "done", version, changed: true, ...(isNew && { newOwner: owner }) };
  });
}

function ownerBy(document: ConfigDocument, { sql, config }: DirectoryContext): string | null {
  return ownerOf(overDefaults(document, config().defaults), readRoster(sql));
}

/** Who the owner is by the version that counts; undefined if that one cannot be read. */
function ownerNow(directory: DirectoryContext): string | null | undefined {
  try {
    return ownerBy(readNewest(directory.sql).document, directory);
  } catch (error) {
    if (error instanceof StorageError) return undefined;
    throw error;
  }
}

type Wanted = { readonly document: unknown; readonly problems: readonly DocumentProblem[] };

/** The document that a change leads to; null: it names a version that is not kept. */
function wantedBy(sql: SqlStorage, change: ConfigChange): Wanted | null {
  switch (change.kind) {
    case "replace":
      return { document: change.document, problems: [] };
    case "set":
      return applySet(readNewest(sql).document, change);
    case "rollback": {
      const old = readVersion(sql, change.to);
      return old && { document: old.document, problems: [] };
    }
    default:
      return assertNever(change);
  }
}

/** Whether the version that counts says what a document does. One that cannot be read says something else: it can be replaced. */
function saysTheSame(sql: SqlStorage, document: ConfigDocument): boolean {
  try {
    return differencesOf(readNewest(sql).document, document).length === 0;
  } catch (error) {
    if (error instanceof StorageError) return false;
    throw error;
  }
}

/** Everything that is wrong with a document. */
export function validateDocument({ config }: DirectoryContext, document: unknown): readonly DocumentProblem[] {
  if (isTooLarge(document))
    return [{ path: "", problem: `is too large, the most is ${CONFIG_BOUNDS.documentMaxBytes} bytes` }];
  const checked = checkDocument(document, deploymentOf(config()));
  return checked.ok ? [] : checked.error;
}

/** Where two versions differ; null: one of them is not kept. */
export function diffVersions({ sql }: DirectoryContext, from: number, to: number): readonly ConfigDifference[] | null {
  const [older, newer] = [readVersion(sql, from), readVersion(sql, to)];
  return older && newer && differencesOf(older.document, newer.document);
}

function deploymentOf(config: Config): Deployment {
  return { defaults: config.defaults, missingKeys: missingModelKeys(config) };
}

function isTooLarge(document: unknown): boolean {
  const written = JSON.stringify(document) ?? "";
  return new TextEncoder().encode(written).byteLength > CONFIG_BOUNDS.documentMaxBytes;
}

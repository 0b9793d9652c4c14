/**
 * `schemas.json` in the state directory: up to which schema its databases have been brought. A release that knows less
 * says so before it starts anything; the databases themselves refuse it too, but one chat at a time.
 */
import { join } from "node:path";
import * as v from "valibot";
import { readFileIfAny, writePrivateFile } from "./private-file.ts";

/** The newest schema that this release knows of each kind of database; docs/storage-schema.md. */
export const STATE_SCHEMAS: Readonly<Record<string, number>> = {
  ChannelSession: 10,
  AgentDirectory: 8,
  JobScheduler: 1,
  DiscordGateway: 1,
  agent: 1,
};

const schemasFile = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.number()));

const pathIn = (stateDir: string) => join(stateDir, "schemas.json");

/** What a newer release has brought beyond what this one knows, in one line; null: nothing. */
export function findNewerState(stateDir: string): string | null {
  const newer = Object.entries(readSchemas(stateDir)).find(([name, schema]) => schema > (STATE_SCHEMAS[name] ?? 0));
  if (newer === undefined) return null;
  const [name, schema] = newer;
  const known = STATE_SCHEMAS[name] ?? 0;
  return (
    `${stateDir} was written by a newer release of agent-claw (${name}: schema ${schema}, this one knows ${known}); ` +
    "start the newer one again, or set AGENT_CLAW_STATE_DIR to another folder"
  );
}

/** Writes down what the databases will be brought to from now on. */
export function noteSchemas(stateDir: string): void {
  const isNoted = JSON.stringify(readSchemas(stateDir)) === JSON.stringify(STATE_SCHEMAS);
  if (!isNoted) writePrivateFile(pathIn(stateDir), `${JSON.stringify(STATE_SCHEMAS)}\n`);
}

/** None if there is no such file, or if it says nothing: then the databases speak for themselves. */
function readSchemas(stateDir: string): Readonly<Record<string, number>> {
  const parsed = v.safeParse(schemasFile, readFileIfAny(pathIn(stateDir)));
  return parsed.success ? parsed.output : {};
}

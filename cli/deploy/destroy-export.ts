/** Writes what a deployment holds into a private folder: what was said, settings, people, jobs, objects and the table. */
import { mkdirSync, openSync, closeSync, writeSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import type { Address } from "../address.ts";
import { askAdmin } from "../admin-api.ts";
import { DeployError } from "./deploy-error.ts";
import type { DestroyData } from "./destroy-data.ts";

export type ExportOrder = {
  readonly folder: string;
  /** Null: there is no Worker to ask any more. */
  readonly address: Address | null;
  readonly data: Pick<DestroyData, "objects" | "items">;
  /** Null: there is none any more. */
  readonly bucket: string | null;
  readonly table: string | null;
  readonly tell: (line: string) => void;
};

/** An agent that is not there yet is started. */
const ASK_MAX_MS = 60_000;

/** What the admin API tells at once, and the file it becomes. */
const ANSWERS = [
  ["/admin/api/config", "config.json"],
  ["/admin/api/people", "people.json"],
  ["/admin/api/jobs", "jobs.json"],
  ["/admin/api/sessions", "sessions.json"],
  ["/admin/api/conversations", "conversations.json"],
] as const;

const listed = v.object({ conversations: v.array(v.object({ conversation: v.string(), epoch: v.number() })) });
const page = v.object({ epoch: v.number(), lines: v.array(v.string()), next: v.nullable(v.number()) });

/** Writes everything, or throws. What was written before it failed stays. */
export async function exportDeployment(order: ExportOrder): Promise<void> {
  const { folder, address, bucket, table, tell } = order;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (address === null) tell("the Worker is gone already: transcripts, settings, people and jobs cannot be asked for");
  else await exportAnswers(address, folder, tell);
  if (bucket !== null) tell(`${await exportObjects(order, bucket)} objects are in objects/`);
  if (table !== null) tell(`${await exportItems(order, table)} items are in table.jsonl`);
}

async function exportAnswers(address: Address, folder: string, tell: (line: string) => void): Promise<void> {
  for (const [path, file] of ANSWERS)
    write(join(folder, file), `${JSON.stringify(await ask(address, path), null, 2)}\n`);
  const { conversations } = v.parse(listed, await ask(address, "/admin/api/conversations"));
  let transcripts = 0;
  for (const { conversation, epoch: newest } of conversations) {
    for (let epoch = 0; epoch <= newest; epoch += 1) {
      const lines = await readTranscript(address, conversation, epoch);
      if (lines === null) continue;
      const file = join(folder, "transcripts", `${fileName(conversation)}.${epoch}.jsonl`);
      write(file, lines.map((line) => `${line}\n`).join(""));
      transcripts += 1;
    }
  }
  tell(`${transcripts} transcripts are in transcripts/`);
}

/** Null: nothing was said in it, or it is forgotten. */
async function readTranscript(
  address: Address,
  conversation: string,
  epoch: number,
): Promise<readonly string[] | null> {
  const lines: string[] = [];
  for (let from: number | null = 0; from !== null;) {
    const path = `/admin/api/conversations/${encodeURIComponent(conversation)}/transcript?from=${from}&epoch=${epoch}`;
    const answer = await askAdmin(address, path, { timeoutMs: ASK_MAX_MS });
    if (!answer.ok && answer.error.code === "no_transcript") return null;
    if (!answer.ok) throw new DeployError(`a transcript cannot be read: ${answer.error.message}`);
    const read: v.InferOutput<typeof page> = v.parse(page, answer.value);
    lines.push(...read.lines);
    from = read.next;
  }
  return lines;
}

async function ask(address: Address, path: string): Promise<unknown> {
  const answer = await askAdmin(address, path, { timeoutMs: ASK_MAX_MS });
  if (answer.ok) return answer.value;
  throw new DeployError(answer.error.message, ...(answer.error.reasons ?? []));
}

async function exportObjects({ data, folder }: ExportOrder, bucket: string): Promise<number> {
  let objects = 0;
  for await (const { key, content } of data.objects(bucket)) {
    write(join(folder, "objects", ...key.split("/").map(fileName)), content);
    objects += 1;
  }
  return objects;
}

/** As DynamoDB writes them, so that they can be put back as they are. */
async function exportItems({ data, folder }: ExportOrder, table: string): Promise<number> {
  const file = openSync(join(folder, "table.jsonl"), "w", 0o600);
  let items = 0;
  try {
    for await (const item of data.items(table)) {
      writeSync(file, `${JSON.stringify(item, binaryAsBase64)}\n`);
      items += 1;
    }
  } finally {
    closeSync(file);
  }
  return items;
}

function binaryAsBase64(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

/** A part of a path that leads nowhere else and that every disk takes. */
export function fileName(part: string): string {
  const name = encodeURIComponent(part).replaceAll("*", "%2A");
  return /^\.*$/.test(name) ? `%${name}` : name;
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, content, { mode: 0o600 });
}

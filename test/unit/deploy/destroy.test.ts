import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDestroyData } from "../../../cli/deploy/destroy-data.ts";
import { exportDeployment, fileName } from "../../../cli/deploy/destroy-export.ts";
import { readMemo, removeMemo, writeMemo } from "../../../cli/deploy/destroy-memo.ts";
import { deploymentNames } from "../../../cli/deploy/deployment-file.ts";
import {
  type Doomed,
  isNothing,
  nothingThere,
  planDestruction,
  renderDestruction,
} from "../../../cli/deploy/destroy-plan.ts";
import { destroySteps } from "../../../cli/deploy/destroy-steps.ts";
import { close, listen } from "../agent/loopback.ts";
import { BUCKET, CREDENTIALS, REGION, type Stand, startStand } from "../aws/local-aws.ts";

const DOOMED: Doomed = {
  name: "my-claw",
  hasWorker: true,
  hasStack: true,
  keys: ["AKIAONE"],
  bucket: { name: "bucket-1", count: { objects: 2, versions: 5, bytes: 99 } },
  table: { name: "table-1", items: 7 },
  channels: { telegram: true, discord: true },
  elsewhere: ["AWS_ENDPOINT_URL leads to aws.example.com."],
};
const ALL = { keepsData: false, exports: true };

function dataOf({ aws }: Stand) {
  return openDestroyData({ aws: { key: CREDENTIALS, profile: null, endpoint: aws.url }, region: REGION });
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "claw-destroy-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("what npm run destroy takes away", () => {
  const idsOf = (doomed: Doomed, options = ALL) =>
    destroySteps({
      doomed,
      options,
      exportFolder: folder,
      data: openDestroyData({
        aws: { key: CREDENTIALS, profile: null, endpoint: "http://127.0.0.1:9" },
        region: REGION,
      }),
    }).map(({ id }) => id);

  it("is listed with what is in it", () => {
    const text = renderDestruction(planDestruction(DOOMED, ALL, "/exports/my-claw")).join("\n");
    for (const part of [
      "Telegram",
      "Discord",
      "the Worker my-claw",
      "AKIAONE",
      "the stack my-claw",
      "/exports/my-claw",
      "aws.example.com",
      "log group",
      "Not exported: what AgentCore Memory",
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain("bucket-1: 2 objects, 5 versions, 99 bytes");
    expect(text).toContain("table-1: about 7 items, as counted some hours ago");
  });

  it("goes in an order that leaves no bot that half works: first the messages, last the data", () => {
    expect(idsOf(DOOMED)).toEqual([
      "export",
      "chats_gone",
      "worker_gone",
      "keys_gone",
      "stack_gone",
      "bucket_gone",
      "table_gone",
      "file_gone",
    ]);
  });

  it("is what is left after a run that was killed", () => {
    const later = { ...DOOMED, hasWorker: false, hasStack: false, keys: [] };
    expect(idsOf(later)).toEqual(["export", "bucket_gone", "table_gone", "file_gone"]);
    expect(idsOf({ ...later, bucket: null, table: null })).toEqual(["file_gone"]);
  });

  it("is neither bucket nor table when the data is to be kept", () => {
    const options = { ...ALL, keepsData: true };
    expect(idsOf(DOOMED, options).filter((id) => /bucket|table|file/.test(id))).toEqual([]);
    const plan = planDestruction(DOOMED, options, "/x");
    expect(plan.goes.join()).not.toContain("bucket-1");
    expect(plan.stays.join()).toContain("bucket-1");
  });

  it("is nothing only when neither account has a part of it, and then the known names are told", () => {
    const later = { ...DOOMED, hasWorker: false, hasStack: false, keys: [], bucket: null };
    expect(isNothing(later)).toBe(false);
    expect(isNothing({ ...later, table: null })).toBe(true);
    expect(nothingThere("typo", ["my-claw"])).toMatch(/by the name typo .*known here: my-claw/);
  });

  it("is remembered while only the data is left, and is no deployment", () => {
    writeMemo(folder, "my-claw", { bucket: "b", table: null });
    expect(readMemo(folder, "my-claw")).toEqual({ bucket: "b", table: null });
    expect(deploymentNames(folder)).toEqual([]);
    removeMemo(folder, "my-claw");
    expect(readMemo(folder, "my-claw")).toBeNull();
  });
});

describe("the bucket", () => {
  it("is counted, exported as it is now, and emptied of every version", async () => {
    await using stand = await startStand({ bucketVersions: true });
    const credentials = { endpoint: stand.aws.url, region: REGION, credentials: CREDENTIALS };
    const s3 = new S3Client({ ...credentials, forcePathStyle: true });
    const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
    for (const body of ["old", "new"]) await put("main/owner/../a b", body);
    await put("main/gone", "deleted");
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: "main/gone" }));
    s3.destroy();
    const data = dataOf(stand);
    expect(await data.countBucket(BUCKET)).toEqual({ objects: 1, versions: 3, bytes: 13 });
    await exportDeployment({ folder, address: null, data, bucket: BUCKET, table: null, tell: () => {} });
    const file = join(folder, "objects", "main", "owner", fileName(".."), "a%20b");
    expect(readFileSync(file, "utf8")).toBe("new");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const told: string[] = [];
    await data.deleteBucket(BUCKET, (line) => told.push(line));
    expect(told).toEqual(["4 versions removed"]);
    expect(await data.countBucket(BUCKET)).toEqual({ objects: 0, versions: 0, bytes: 0 });
  });

  it("that is not there is counted as none, and removed without a failure", async () => {
    await using stand = await startStand();
    expect(await dataOf(stand).countBucket("another")).toBeNull();
    await dataOf(stand).deleteBucket("another", () => {});
  });
});

describe("the export", () => {
  const conversation = "agent:main:main";
  const transcript = `/admin/api/conversations/${encodeURIComponent(conversation)}/transcript`;
  const nothing = { async *objects() {}, async *items() {} };

  /** An assistant that answers what `answers` says, by path and query. */
  async function exportFrom(answers: Readonly<Record<string, unknown>>): Promise<void> {
    const server = createServer((request, response) => {
      const answer = answers[request.url ?? ""];
      response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? { error: "no_transcript" }));
    });
    const address = { url: await listen(server), token: "t", isLocal: false, stateDir: null, polls: false };
    const order = { folder, address, data: nothing, bucket: null, table: null, tell: () => {} };
    await exportDeployment(order).finally(() => close(server));
  }

  const plain = Object.fromEntries(["config", "people", "jobs", "sessions"].map((it) => [`/admin/api/${it}`, { it }]));
  const conversations = { "/admin/api/conversations": { conversations: [{ conversation, epoch: 1 }] } };

  it("holds every epoch of every conversation, page by page, and what the assistant knows", async () => {
    await exportFrom({
      ...plain,
      ...conversations,
      [`${transcript}?from=0&epoch=1`]: { epoch: 1, lines: ["one"], next: 1 },
      [`${transcript}?from=1&epoch=1`]: { epoch: 1, lines: ["two"], next: null },
    });
    expect(readdirSync(join(folder, "transcripts"))).toEqual([`${fileName(conversation)}.1.jsonl`]);
    expect(readFileSync(join(folder, "transcripts", `${fileName(conversation)}.1.jsonl`), "utf8")).toBe("one\ntwo\n");
    expect(JSON.parse(readFileSync(join(folder, "jobs.json"), "utf8"))).toEqual({ it: "jobs" });
  });

  it("fails when anything of it cannot be read", async () => {
    await expect(exportFrom(conversations)).rejects.toThrow();
    const answer = { [`${transcript}?from=0&epoch=0`]: { other: true } };
    await expect(exportFrom({ ...plain, ...conversations, ...answer })).rejects.toThrow();
  });
});

describe("a name in an export", () => {
  it.each([".", "..", "a/b", "", "a*b", "é"])("that is made of %j leads nowhere else", (part) => {
    expect(fileName(part)).not.toMatch(/^\.*$|\//);
  });
});

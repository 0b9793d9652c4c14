/** What `npm run destroy` asks of AWS for what stays when a stack goes: the bucket with its versions, the table. */
import { CloudFormationClient, DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import {
  type AttributeValue,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  paginateScan,
} from "@aws-sdk/client-dynamodb";
import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { DeployError } from "./deploy-error.ts";
import type { DeploySettings } from "./settings.ts";

export type BucketCount = { readonly objects: number; readonly versions: number; readonly bytes: number };

/** Where a page of versions begins. */
type Place = { readonly KeyMarker?: string | undefined; readonly VersionIdMarker?: string | undefined };

/** Pages of a thousand versions; a bucket that has more is emptied by another run. */
const PAGES_MAX = 100_000;
/** An agent that still runs may store something between the emptying and the deletion. */
const EMPTY_TRIES_MAX = 5;

export type DestroyData = ReturnType<typeof openDestroyData>;

/** Clients and credentials, as the settings say. Nothing is asked yet. */
export function openDestroyData(settings: Pick<DeploySettings, "aws" | "region">) {
  const { key, profile, endpoint } = settings.aws;
  const credentials = key ?? fromNodeProviderChain(profile === null ? {} : { profile });
  const common = { region: settings.region, credentials, ...(endpoint !== null && { endpoint }) };
  const formation = new CloudFormationClient(common);
  const dynamo = new DynamoDBClient(common);
  const s3 = new S3Client({ ...common, forcePathStyle: endpoint !== null });

  /** Removes what one page lists, until there is none. Returns how many versions and markers that were. */
  async function empty(bucket: string, tell: (line: string) => void): Promise<number> {
    let removed = 0;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
      const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
      if (Objects.length === 0) return removed;
      const { Errors: [failed] = [] } = await s3.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
      );
      if (failed) throw new DeployError(`S3 does not remove everything (${failed.Code ?? "no code"})`);
      removed += Objects.length;
      tell(`${removed} versions removed`);
    }
    throw new DeployError("the bucket holds more and more objects");
  }

  return {
    /** All that is in the bucket; null if there is no such bucket. */
    async countBucket(bucket: string): Promise<BucketCount | null> {
      const count = { objects: 0, versions: 0, bytes: 0 };
      let place: Place | null = {};
      for (let page = 0; page < PAGES_MAX && place !== null; page += 1) {
        const order: ListObjectVersionsCommand = new ListObjectVersionsCommand({ Bucket: bucket, ...place });
        const listed: ListObjectVersionsCommandOutput | null = await s3.send(order).catch(nullIfNoBucket);
        if (listed === null) return null;
        for (const { IsLatest, Size = 0 } of listed.Versions ?? []) {
          count.versions += 1;
          count.bytes += Size;
          count.objects += IsLatest === true ? 1 : 0;
        }
        const next: Place = { KeyMarker: listed.NextKeyMarker, VersionIdMarker: listed.NextVersionIdMarker };
        place = listed.IsTruncated === true ? next : null;
      }
      return count;
    },

    /** Keys and contents of all objects that are there now. */
    async *objects(bucket: string): AsyncGenerator<{ readonly key: string; readonly content: Uint8Array }> {
      for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
        for (const { Key } of Contents) {
          if (Key === undefined) continue;
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
          yield { key: Key, content: (await Body?.transformToByteArray()) ?? new Uint8Array() };
        }
      }
    },

    /** Empties the bucket, of all versions too, and deletes it. That there is none is what was wanted. */
    async deleteBucket(bucket: string, tell: (line: string) => void): Promise<void> {
      for (let tries = 1; ; tries += 1) {
        try {
          await empty(bucket, tell);
          await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
          return;
        } catch (error) {
          if (isNamed(error, "NoSuchBucket")) return;
          if (!isNamed(error, "BucketNotEmpty") || tries >= EMPTY_TRIES_MAX) throw error;
        }
      }
    },

    /** How many items the table has, as DynamoDB knew some hours ago; null if there is no such table. */
    async countTable(table: string): Promise<number | null> {
      try {
        const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: table }));
        return Table?.TableStatus === "DELETING" ? null : (Table?.ItemCount ?? 0);
      } catch (error) {
        if (isNamed(error, "ResourceNotFoundException")) return null;
        throw error;
      }
    },

    async *items(table: string): AsyncGenerator<Record<string, AttributeValue>> {
      for await (const { Items = [] } of paginateScan({ client: dynamo }, { TableName: table, ConsistentRead: true })) {
        yield* Items;
      }
    },

    async deleteTable(table: string): Promise<void> {
      try {
        await dynamo.send(new DeleteTableCommand({ TableName: table }));
      } catch (error) {
        if (!isNamed(error, "ResourceNotFoundException")) throw error;
      }
    },

    /** Begins it. That there is no such stack is what was wanted. */
    async deleteStack(name: string): Promise<void> {
      await formation.send(new DeleteStackCommand({ StackName: name }));
    },
  };
}

function nullIfNoBucket(error: unknown): null {
  if (isNamed(error, "NoSuchBucket")) return null;
  throw error;
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

/** Limits of the stand-ins. Where AWS documents a value it is AWS's (developer guide and quota page of 2026-09-26). */
import { DATA_SESSION_SECONDS } from "../../protocol/deployment.ts";

export const SIGNATURE_BOUNDS = {
  /** How far `x-amz-date` may be off, either way. */
  skewMs: 300_000,
  /** Longest life of a presigned URL, in seconds, by service. */
  presignedMaxSeconds: { s3: 604_800, "bedrock-agentcore": 300, sts: 0, secretsmanager: 0 },
} as const;

export const RUNTIME_STAND_IN_BOUNDS = {
  /** A new process must be healthy within this time. */
  healthyWithinMs: 120_000,
  /** Pause between two looks at a process that is starting. */
  startPollMs: 10,
  /** Longest wait for one answer to `/ping`, and how many may fail in a row before the session is ended. */
  pingTimeoutMs: 10_000,
  pingFailuresMax: 3,
  /** Time between SIGTERM and SIGKILL. */
  stopGraceMs: 15_000,
  /** Without an answer's headers the request is given up; a stream is cut. */
  synchronousMaxMs: 900_000,
  streamMaxMs: 3_600_000,
  /** Defaults of `lifecycleConfiguration`. */
  idleTimeoutMs: 900_000,
  maxLifetimeMs: 28_800_000,
  /** How often `/ping` is asked; a third of the idle timeout when that is shorter. */
  pingEveryMs: 5_000,
  /** How long after its last call a session is asked whether it is at rest. */
  restCheckMs: 30,
  /** Spares are replaced only after this long without a new session: they must not take its CPU. */
  spareQuietMs: 400,
  /** First and longest pause after a process that did not start. */
  startRetryFirstMs: 500,
  startRetryMaxMs: 30_000,
  /** Longest line of an agent's output that is logged, in UTF-16 units. */
  outputLineMax: 4_096,
} as const;

export const S3_BOUNDS = {
  /** Longest key, in UTF-8 bytes. */
  keyMaxBytes: 1_024,
  /** Longest part of a key between two slashes once escaped for the disk; a limit of ours, 255 on most disks. */
  segmentMax: 240,
  /** Names and values of `x-amz-meta-*` together, in UTF-8 bytes (S3 user guide, "Working with object metadata"). */
  metadataMaxBytes: 2_048,
  /** Longest content type, in UTF-8 bytes; a limit of ours, S3 has one of 8 KB for all headers. */
  contentTypeMaxBytes: 1_024,
  /** Largest object; S3 allows 5 GB in one PUT, here it must fit the payload bound of the server. */
  listMax: 1_000,
} as const;

export const STS_BOUNDS = {
  durationMinSeconds: 900,
  /** Without a wish of its own, and what the data role allows (its MaxSessionDuration). */
  durationDefaultSeconds: 3_600,
  durationMaxSeconds: DATA_SESSION_SECONDS,
  /** Session tags: key and value, in characters, and how many. */
  tagKeyMax: 128,
  tagValueMax: 256,
  tagsMax: 50,
} as const;

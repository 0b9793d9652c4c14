/** Which rights a request for S3 needs, as S3 asks IAM. Pure; throws for a request that is not known here. */
import type { ContextValue } from "./pattern.ts";

/** One right that is asked for. */
export type RightQuestion = {
  readonly action: string;
  readonly resource: string;
  readonly said: Readonly<Record<string, ContextValue | undefined>>;
};

export type S3Request = {
  readonly method: string;
  /** Path style: `/bucket/key`, as it was sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
};

/** Anything else names another operation. */
const KNOWN_QUERY =
  /^(?:delete|list-type|prefix|delimiter|continuation-token|start-after|max-keys|versions|key-marker|version-id-marker|versionId|x-id|x-amz-(?!copy).*)$/i;

/** The rights that the request needs, all of them. */
export function s3Questions(request: S3Request): readonly RightQuestion[] {
  const [, bucket = "", ...rest] = request.path.split("/");
  const key = decodeURIComponent(rest.join("/"));
  const unknown = [...request.query.keys()].find((name) => !KNOWN_QUERY.test(name));
  if (bucket === "" || unknown !== undefined) throw new Error(`an operation of S3 that is not known: ${unknown ?? ""}`);
  const bucketArn = `arn:aws:s3:::${bucket}`;
  if (key === "") return bucketQuestions(request, bucketArn);
  const action = objectAction(request.method, request.query.get("versionId"));
  return [{ action, resource: `${bucketArn}/${key}`, said: versionSaid(request.query.get("versionId")) }];
}

/** What S3 asks to know whether it may say that an object is not there. */
export function absenceQuestion(path: string): RightQuestion {
  return { action: "s3:ListBucket", resource: `arn:aws:s3:::${path.split("/")[1] ?? ""}`, said: {} };
}

function objectAction(method: string, versionId: string | null): string {
  const ofVersion = versionId === null ? "" : "Version";
  switch (method) {
    case "GET":
    case "HEAD":
      return `s3:GetObject${ofVersion}`;
    case "DELETE":
      return `s3:DeleteObject${ofVersion}`;
    case "PUT":
      return "s3:PutObject";
    default:
      throw new Error(`a method that is not known: ${method}`);
  }
}

function bucketQuestions({ method, query, body }: S3Request, bucketArn: string): readonly RightQuestion[] {
  if (method === "POST" && query.has("delete")) return deletionQuestions(body, bucketArn);
  if (method !== "GET") throw new Error(`an operation of a bucket that is not known: ${method}`);
  const said = {
    "s3:prefix": query.get("prefix") ?? undefined,
    "s3:delimiter": query.get("delimiter") ?? undefined,
    "s3:max-keys": query.get("max-keys") ?? undefined,
  };
  return [{ action: query.has("versions") ? "s3:ListBucketVersions" : "s3:ListBucket", resource: bucketArn, said }];
}

/** Each object by itself, by its version where one is named. */
function deletionQuestions(body: string, bucketArn: string): readonly RightQuestion[] {
  const questions = [...body.matchAll(/<Object>(.*?)<\/Object>/gs)].map(([, fields = ""]): RightQuestion => {
    const key = /<Key>([^<]*)<\/Key>/.exec(fields)?.[1] ?? "";
    const versionId = /<VersionId>([^<]*)<\/VersionId>/.exec(fields)?.[1] ?? null;
    // Keys of ours have no character that XML writes in another way.
    if (key === "" || key.includes("&")) throw new Error("a key that is not known here");
    return { action: objectAction("DELETE", versionId), resource: `${bucketArn}/${key}`, said: versionSaid(versionId) };
  });
  if (questions.length === 0) throw new Error("an order to delete nothing");
  return questions;
}

function versionSaid(versionId: string | null) {
  return { "s3:versionid": versionId ?? undefined };
}

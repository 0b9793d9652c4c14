/** The bucket into which the CDK CLI uploads templates and zips: S3's REST, as far as it goes. */
import { createHash } from "node:crypto";
import { AwsError, escapeXml, XML } from "../../../local/aws/aws-error.ts";
import type { AwsRequest } from "../../../local/aws/request.ts";
import { readAwsChunked } from "../../../local/aws/s3/aws-chunked.ts";

export type S3Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

export class Assets {
  readonly #region: string;
  readonly #objects = new Map<string, Buffer>();
  readonly #uploads = new Map<string, Map<number, Buffer>>();

  constructor(region: string) {
    this.#region = region;
  }

  get(bucket: string, key: string): Buffer | null {
    return this.#objects.get(`${bucket}/${key}`) ?? null;
  }

  /** `<bucket>/<key>` of everything that is here. */
  get keys(): readonly string[] {
    return [...this.#objects.keys()].toSorted();
  }

  /** Answers a request for `bucket`. Throws an `AwsError` for what is not emulated. */
  answer(request: AwsRequest, bucket: string, key: string): S3Answer {
    return key === "" ? this.#ofBucket(request, bucket) : this.#ofObject(request, bucket, key);
  }

  #ofBucket({ method, query }: AwsRequest, bucket: string): S3Answer {
    if (method === "HEAD") return { status: 200, headers: { "x-amz-bucket-region": this.#region } };
    if (method !== "GET") throw notEmulated();
    if (query.has("location")) {
      const name = this.#region === "us-east-1" ? "" : this.#region;
      return xml(`<LocationConstraint>${name}</LocationConstraint>`);
    }
    if (query.has("encryption")) {
      const rule =
        "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>";
      return xml(`<ServerSideEncryptionConfiguration><Rule>${rule}</Rule></ServerSideEncryptionConfiguration>`);
    }
    if (query.get("list-type") === "2") return this.#list(bucket, query.get("prefix") ?? "");
    throw notEmulated();
  }

  #list(bucket: string, prefix: string): S3Answer {
    const start = `${bucket}/${prefix}`;
    const found = this.keys.filter((name) => name.startsWith(start));
    const contents = found.map((name) => {
      const size = this.#objects.get(name)?.byteLength ?? 0;
      return `<Contents><Key>${escapeXml(name.slice(bucket.length + 1))}</Key><Size>${size}</Size></Contents>`;
    });
    const facts = `<Name>${bucket}</Name><KeyCount>${found.length}</KeyCount><IsTruncated>false</IsTruncated>`;
    return xml(`<ListBucketResult>${facts}${contents.join("")}</ListBucketResult>`);
  }

  #ofObject(request: AwsRequest, bucket: string, key: string): S3Answer {
    const name = `${bucket}/${key}`;
    const { method, query } = request;
    const upload = query.get("uploadId");
    if (method === "POST" && query.has("uploads")) return this.#beginUpload(bucket, key);
    if (upload !== null) return this.#upload(request, upload, name, { bucket, key });
    if (method === "PUT") {
      const content = bodyOf(request);
      this.#objects.set(name, content);
      return { status: 200, headers: { etag: etag(content) } };
    }
    const content = this.#objects.get(name);
    if (!content) throw new AwsError(404, "NoSuchKey", "The specified key does not exist.");
    const headers = { etag: etag(content), "content-length": String(content.byteLength) };
    if (method === "HEAD") return { status: 200, headers };
    if (method === "GET") return { status: 200, headers, body: content };
    throw notEmulated();
  }

  #beginUpload(bucket: string, key: string): S3Answer {
    const id = `upload-${this.#uploads.size + 1}`;
    this.#uploads.set(id, new Map());
    const fields = `<Bucket>${bucket}</Bucket><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId>`;
    return xml(`<InitiateMultipartUploadResult>${fields}</InitiateMultipartUploadResult>`);
  }

  #upload(request: AwsRequest, id: string, name: string, at: { bucket: string; key: string }): S3Answer {
    const parts = this.#uploads.get(id);
    if (!parts) throw new AwsError(404, "NoSuchUpload", "The specified upload does not exist.");
    if (request.method === "PUT") {
      const content = bodyOf(request);
      parts.set(Number(request.query.get("partNumber")), content);
      return { status: 200, headers: { etag: etag(content) } };
    }
    if (request.method === "DELETE") {
      this.#uploads.delete(id);
      return { status: 204 };
    }
    if (request.method !== "POST") throw notEmulated();
    const content = Buffer.concat([...parts].toSorted(([one], [other]) => one - other).map(([, part]) => part));
    this.#objects.set(name, content);
    this.#uploads.delete(id);
    const fields = `<Bucket>${at.bucket}</Bucket><Key>${escapeXml(at.key)}</Key><ETag>${escapeXml(etag(content))}</ETag>`;
    return xml(`<CompleteMultipartUploadResult>${fields}</CompleteMultipartUploadResult>`);
  }
}

function bodyOf(request: AwsRequest): Buffer {
  const isChunked = (request.headers["x-amz-content-sha256"] ?? "").includes("STREAMING-");
  if (!isChunked) return request.body;
  const unframed = readAwsChunked(request.body);
  if (!unframed.ok) throw new AwsError(400, "InvalidRequest", unframed.error);
  return unframed.value.content;
}

function etag(content: Buffer): string {
  return `"${createHash("md5").update(content).digest("hex")}"`;
}

function xml(body: string): S3Answer {
  return { status: 200, headers: { "content-type": "application/xml" }, body: `${XML}${body}` };
}

function notEmulated(): AwsError {
  return new AwsError(501, "NotImplemented", "A header you provided implies functionality that is not implemented.");
}

/** How Cloudflare's API describes scripts, versions and deployments. A secret's text is never in it. */
import { createHash } from "node:crypto";
import { type Binding, type Deployment, liveVersion, type Script, type Version } from "./state.ts";

const time = (at: number) => new Date(at).toISOString();
const shown = ({ text, ...binding }: Binding) => (binding.type === "secret_text" ? binding : { ...binding, text });
const etag = (version: Version) => createHash("sha256").update(version.code).digest("hex");

export function describeVersion(version: Version) {
  return {
    ...summarizeVersion(version),
    resources: {
      bindings: version.bindings.map(shown),
      script: { etag: etag(version), handlers: ["fetch", "scheduled"], last_deployed_from: "wrangler" },
      script_runtime: {
        compatibility_date: version.compatibilityDate,
        compatibility_flags: version.compatibilityFlags,
        usage_model: "standard",
      },
    },
    startup_time_ms: 5,
  };
}

export function summarizeVersion(version: Version) {
  return {
    id: version.id,
    number: version.number,
    metadata: {
      created_on: time(version.createdAt),
      modified_on: time(version.createdAt),
      source: "wrangler",
      author_id: "author",
      author_email: "owner@example.com",
      hasPreview: false,
    },
    annotations: { "workers/triggered_by": "upload", ...version.annotations },
  };
}

export function describeDeployment(deployment: Deployment) {
  return {
    id: deployment.id,
    source: "wrangler",
    strategy: "percentage",
    author_email: "owner@example.com",
    created_on: time(deployment.createdAt),
    annotations: deployment.annotations,
    versions: [{ version_id: deployment.versionId, percentage: 100 }],
  };
}

export function describeSettings(script: Script) {
  const version = liveVersion(script);
  return {
    bindings: version.bindings.map(shown),
    compatibility_date: version.compatibilityDate,
    compatibility_flags: version.compatibilityFlags,
    usage_model: "standard",
    tags: [],
    logpush: false,
    observability: { enabled: true },
  };
}

export function describeService(script: Script) {
  const version = liveVersion(script);
  const created = time(script.versions[0]?.createdAt ?? 0);
  return {
    id: script.name,
    created_on: created,
    modified_on: time(version.createdAt),
    default_environment: {
      environment: "production",
      created_on: created,
      modified_on: time(version.createdAt),
      script: {
        id: script.name,
        tag: script.name,
        tags: [],
        etag: etag(version),
        handlers: ["fetch", "scheduled"],
        last_deployed_from: "wrangler",
        usage_model: "standard",
        compatibility_date: version.compatibilityDate,
      },
    },
  };
}

export function describeUpload(script: Script, version: Version) {
  return {
    id: script.name,
    etag: etag(version),
    handlers: ["fetch", "scheduled"],
    has_modules: true,
    startup_time_ms: 5,
    // Without hyphens: wrangler puts them in.
    deployment_id: version.id.replaceAll("-", ""),
    available_on_subdomain: script.isOnSubdomain,
  };
}

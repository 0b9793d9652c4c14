/** What Cloudflare's API does at each of its addresses that wrangler and the deploy command call. */
import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { CloudflareFailure, scriptNotFound } from "./failure.ts";
import type { Binding, CloudflareState, Script, Version } from "./state.ts";
import { liveVersion } from "./state.ts";
import { checkBindings, readUpload, type Uploaded } from "./upload.ts";
import {
  describeDeployment,
  describeService,
  describeSettings,
  describeUpload,
  describeVersion,
  summarizeVersion,
} from "./views.ts";

export type Call = {
  readonly method: string;
  /** After `/accounts/<id>`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Buffer;
};

export type Cloud = {
  readonly state: CloudflareState;
  readonly subdomain: string;
  now(): number;
  /** Runs what is live now; null: nothing any more. */
  run(name: string, version: Version | null): Promise<void>;
};

type Handler = (cloud: Cloud, call: Call, names: readonly string[]) => unknown;

/** The result of a call; undefined when nobody knows the address. Throws a `CloudflareFailure`. */
export async function answerCall(cloud: Cloud, call: Call): Promise<{ readonly result: unknown } | undefined> {
  for (const [method, path, handle] of ROUTES) {
    const found = method === call.method ? path.exec(call.path) : null;
    if (found) return { result: await handle(cloud, call, found.slice(1)) };
  }
  return undefined;
}

const script = String.raw`/workers/scripts/([\w-]+)`;

const ROUTES: readonly (readonly [method: string, path: RegExp, handle: Handler])[] = [
  ["GET", /^\/workers\/subdomain$/, ({ subdomain }) => ({ subdomain })],
  [
    "GET",
    /^\/workers\/services\/([\w-]+)$/,
    (cloud, _call, [name = ""]) => {
      const found = cloud.state.scripts[name];
      if (!found) throw new CloudflareFailure(404, 10090, "This service does not exist.");
      return describeService(found);
    },
  ],
  [
    "GET",
    /^\/workers\/workers\/([\w-]+)$/,
    (cloud, _call, [name = ""]) => {
      const found = scriptAt(cloud, name);
      const subdomain = { enabled: found.isOnSubdomain, previews_enabled: found.hasPreviews };
      return { id: name, name, subdomain, tags: [], logpush: false, observability: { enabled: true } };
    },
  ],
  ["PUT", new RegExp(`^${script}$`), upload],
  ["DELETE", new RegExp(`^${script}$`), remove],
  ["DELETE", /^\/workers\/services\/([\w-]+)$/, remove],
  // wrangler delete looks for assets of Workers of long ago.
  ["GET", /^\/storage\/kv\/namespaces$/, () => []],
  ["GET", new RegExp(`^${script}/settings$`), (cloud, _call, [name = ""]) => describeSettings(scriptAt(cloud, name))],
  [
    "PATCH",
    new RegExp(`^${script}/script-settings$`),
    (cloud, _call, [name = ""]) => describeSettings(scriptAt(cloud, name)),
  ],
  ["PATCH", new RegExp(`^${script}/settings$`), patchSettings],
  ["GET", new RegExp(`^${script}/secrets$`), secrets],
  ["PATCH", new RegExp(`^${script}/secrets-bulk$`), patchSecrets],
  ["GET", new RegExp(`^${script}/versions$`), versions],
  [
    "GET",
    new RegExp(`^${script}/versions/([0-9a-f-]+)$`),
    (cloud, _call, [name = "", id = ""]) => describeVersion(versionAt(scriptAt(cloud, name), id)),
  ],
  [
    "GET",
    new RegExp(`^${script}/deployments$`),
    (cloud, _call, [name = ""]) => ({
      deployments: scriptAt(cloud, name).deployments.toReversed().map(describeDeployment),
    }),
  ],
  ["POST", new RegExp(`^${script}/deployments$`), deploy],
  ["GET", new RegExp(`^${script}/subdomain$`), (cloud, _call, [name = ""]) => subdomainOf(scriptAt(cloud, name))],
  ["POST", new RegExp(`^${script}/subdomain$`), setSubdomain],
  [
    "GET",
    new RegExp(`^${script}/schedules$`),
    (cloud, _call, [name = ""]) => ({ schedules: scriptAt(cloud, name).schedules.map((cron) => ({ cron })) }),
  ],
  ["PUT", new RegExp(`^${script}/schedules$`), setSchedules],
];

async function upload(cloud: Cloud, call: Call, [name = ""]: readonly string[]) {
  if (!/^[a-z0-9_][a-z0-9_-]{0,62}$/.test(name)) throw new CloudflareFailure(400, 10016, "Invalid Worker name.");
  const known = cloud.state.scripts[name];
  const form = await new Response(new Uint8Array(call.body), { headers: { "content-type": call.contentType } })
    .formData()
    .catch(() => null);
  if (!form) throw new CloudflareFailure(400, 10021, "the form cannot be read");
  const uploaded = await readUpload(form, known ? liveVersion(known) : null);
  const target: Script = known ?? {
    name,
    versions: [],
    deployments: [],
    schedules: [],
    isOnSubdomain: false,
    hasPreviews: false,
  };
  cloud.state.scripts[name] = target;
  const version = addVersion(cloud, target, uploaded);
  await makeLive(cloud, target, version, uploaded.annotations);
  return describeUpload(target, version);
}

function addVersion(cloud: Cloud, target: Script, uploaded: Uploaded): Version {
  const version = { ...uploaded, id: randomUUID(), number: target.versions.length + 1, createdAt: cloud.now() };
  target.versions.push(version);
  return version;
}

async function makeLive(cloud: Cloud, target: Script, version: Version, annotations: Readonly<Record<string, string>>) {
  const deployment = { id: randomUUID(), createdAt: cloud.now(), versionId: version.id, annotations };
  target.deployments.push(deployment);
  await cloud.run(target.name, version);
  return deployment;
}

async function remove(cloud: Cloud, _call: Call, [name = ""]: readonly string[]) {
  scriptAt(cloud, name);
  delete cloud.state.scripts[name];
  await cloud.run(name, null);
  return null;
}

function secrets(cloud: Cloud, _call: Call, [name = ""]: readonly string[]) {
  const all = liveVersion(scriptAt(cloud, name)).bindings;
  return all
    .filter(({ type }) => type === "secret_text")
    .map((binding) => ({ name: binding.name, type: binding.type }));
}

const bulk = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    secrets: v.record(
      v.string(),
      v.nullable(v.object({ type: v.literal("secret_text"), name: v.string(), text: v.string() })),
    ),
  }),
);

/** Null takes a secret away. A new version, live at once. */
async function patchSecrets(cloud: Cloud, call: Call, [name = ""]: readonly string[]) {
  const read = v.safeParse(bulk, call.body.toString("utf8"));
  if (!read.success) throw new CloudflareFailure(400, 10021, "the secrets cannot be read");
  const changed = read.output.secrets;
  const target = scriptAt(cloud, name);
  const others = liveVersion(target).bindings.filter((binding) => !Object.hasOwn(changed, binding.name));
  const added = Object.values(changed).filter((secret) => secret !== null);
  await changeBindings(cloud, target, [...others, ...added]);
  return added.map((secret) => ({ name: secret.name, type: secret.type }));
}

const settings = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({
    bindings: v.optional(
      v.array(
        v.looseObject({
          type: v.string(),
          name: v.string(),
          text: v.optional(v.string()),
          class_name: v.optional(v.string()),
        }),
      ),
    ),
  }),
);

/** Bindings that are said to be inherited stay; a new version, live at once. */
async function patchSettings(cloud: Cloud, call: Call, [name = ""]: readonly string[]) {
  const form = await new Response(new Uint8Array(call.body), {
    headers: { "content-type": call.contentType },
  }).formData();
  const part = form.get("settings");
  const read = v.safeParse(settings, part instanceof File ? await part.text() : part);
  if (!read.success) throw new CloudflareFailure(400, 10021, "the settings cannot be read");
  const target = scriptAt(cloud, name);
  const before = liveVersion(target).bindings;
  const given = read.output.bindings?.flatMap((binding) => {
    const known = before.find((each) => each.name === binding.name);
    if (binding.type !== "inherit" && (binding.text !== undefined || binding.type !== "secret_text")) return [binding];
    if (!known) throw new CloudflareFailure(400, 10021, `there is no binding ${binding.name} to inherit`);
    return [known];
  });
  if (given) await changeBindings(cloud, target, given);
  return describeSettings(target);
}

async function changeBindings(cloud: Cloud, target: Script, bindings: readonly Binding[]): Promise<void> {
  const annotations = { "workers/triggered_by": "secret" };
  const version = addVersion(cloud, target, { ...liveVersion(target), bindings: checkBindings(bindings), annotations });
  await makeLive(cloud, target, version, annotations);
}

function versions(cloud: Cloud, _call: Call, [name = ""]: readonly string[]) {
  return { items: scriptAt(cloud, name).versions.toReversed().slice(0, 10).map(summarizeVersion) };
}

const deploymentOrder = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({
    strategy: v.literal("percentage"),
    versions: v.array(v.object({ version_id: v.string(), percentage: v.number() })),
    annotations: v.optional(v.record(v.string(), v.string()), {}),
  }),
);

async function deploy(cloud: Cloud, call: Call, [name = ""]: readonly string[]) {
  const read = v.safeParse(deploymentOrder, call.body.toString("utf8"));
  const [first, ...others] = read.success ? read.output.versions : [];
  if (!read.success || first?.percentage !== 100 || others.length > 0) {
    throw new CloudflareFailure(400, 10021, "only one version with 100 percent is emulated");
  }
  const target = scriptAt(cloud, name);
  return describeDeployment(
    await makeLive(cloud, target, versionAt(target, first.version_id), read.output.annotations),
  );
}

const subdomainOrder = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({ enabled: v.boolean(), previews_enabled: v.optional(v.boolean(), false) }),
);

function setSubdomain(cloud: Cloud, call: Call, [name = ""]: readonly string[]) {
  const read = v.safeParse(subdomainOrder, call.body.toString("utf8"));
  if (!read.success) throw new CloudflareFailure(400, 10021, "enabled is missing");
  const target = scriptAt(cloud, name);
  target.isOnSubdomain = read.output.enabled;
  target.hasPreviews = read.output.previews_enabled;
  return subdomainOf(target);
}

const schedulesOrder = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(v.looseObject({ cron: v.pipe(v.string(), v.regex(/^(?:\S+ ){4}\S+$/)) })),
);

function setSchedules(cloud: Cloud, call: Call, [name = ""]: readonly string[]) {
  const read = v.safeParse(schedulesOrder, call.body.toString("utf8"));
  if (!read.success) throw new CloudflareFailure(400, 10021, "invalid cron string");
  scriptAt(cloud, name).schedules = read.output.map(({ cron }) => cron);
  return { schedules: read.output };
}

function subdomainOf(target: Script) {
  return { enabled: target.isOnSubdomain, previews_enabled: target.hasPreviews };
}

function scriptAt(cloud: Cloud, name: string): Script {
  const found = cloud.state.scripts[name];
  if (!found) throw scriptNotFound();
  return found;
}

function versionAt(target: Script, id: string): Version {
  const found = target.versions.find((version) => version.id === id);
  if (!found) throw new CloudflareFailure(404, 10021, "This version does not exist.");
  return found;
}

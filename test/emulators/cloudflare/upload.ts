/** Reads what wrangler uploads, a multipart form of metadata and modules, and refuses what Cloudflare would. */
import { gzipSync } from "node:zlib";
import * as v from "valibot";
import { CloudflareFailure } from "./failure.ts";
import type { Binding, Version } from "./state.ts";

const binding = v.looseObject({
  type: v.string(),
  name: v.pipe(v.string(), v.regex(/^[A-Za-z_$][\w$]*$/)),
  text: v.optional(v.string()),
  class_name: v.optional(v.string()),
});

const metadata = v.looseObject({
  main_module: v.string(),
  bindings: v.array(binding),
  compatibility_date: v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/)),
  compatibility_flags: v.optional(v.array(v.string()), []),
  exports: v.optional(
    v.record(v.string(), v.looseObject({ type: v.literal("durable-object"), storage: v.literal("sqlite") })),
    {},
  ),
  keep_bindings: v.optional(v.array(v.string()), []),
  annotations: v.optional(v.record(v.string(), v.string()), {}),
});

/** Cloudflare's limits of the free plan: of a Worker after gzip, of one text or secret, and of all bindings. */
const CODE_MAX_BYTES = 3 * 1_048_576;
const TEXT_MAX_BYTES = 5 * 1_024;
const BINDINGS_MAX = 64;

export type Uploaded = Omit<Version, "id" | "number" | "createdAt">;

/** What the form asks for; `previous` is what was live before it. Throws a `CloudflareFailure`. */
// oxlint-disable-next-line complexity -- each refusal of Cloudflare is one branch
export async function readUpload(form: FormData, previous: Version | null): Promise<Uploaded> {
  const text = form.get("metadata");
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), metadata), typeof text === "string" ? text : "");
  if (!read.success) throw refused(10021, `the metadata is not right: ${v.getDotPath(read.issues[0]) ?? "not JSON"}`);
  const said = read.output;
  const module = form.get(said.main_module);
  if (!(module instanceof File) || !module.type.includes("javascript+module")) {
    throw refused(10021, `No such module "${said.main_module}"`);
  }
  const code = await module.text();
  if (gzipSync(code).byteLength > CODE_MAX_BYTES) throw refused(10027, "Your Worker exceeded the size limit of 3 MiB.");
  const kept = keptBindings(said.bindings, said.keep_bindings, previous);
  const bindings = checkBindings([...said.bindings, ...kept]);
  const classes = Object.keys(said.exports);
  for (const { type, class_name: name = "" } of bindings) {
    if (type === "durable_object_namespace" && !classes.includes(name)) {
      throw refused(10061, `Cannot create binding for class ${name} that is not exported by script.`);
    }
  }
  const lost = previous?.classes.find((name) => !classes.includes(name));
  if (lost !== undefined)
    throw refused(10064, `New version of script does not export class '${lost}' which is depended on.`);
  return {
    bindings,
    mainModule: said.main_module,
    code,
    compatibilityDate: said.compatibility_date,
    compatibilityFlags: said.compatibility_flags,
    classes,
    annotations: said.annotations,
  };
}

/** What stays of the version before: bindings of these kinds that are not given anew. */
function keptBindings(
  given: readonly Binding[],
  kinds: readonly string[],
  previous: Version | null,
): readonly Binding[] {
  const names = new Set(given.map(({ name }) => name));
  return (previous?.bindings ?? []).filter(({ type, name }) => kinds.includes(type) && !names.has(name));
}

/** Throws a `CloudflareFailure` for a name that is there twice, and for what is too much. */
export function checkBindings(bindings: readonly Binding[]): readonly Binding[] {
  const names = bindings.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw refused(10021, `Binding name '${twice}' already in use.`);
  if (bindings.length > BINDINGS_MAX) throw refused(10055, `You have exceeded the limit of ${BINDINGS_MAX} bindings.`);
  const large = bindings.find(({ text }) => text !== undefined && Buffer.byteLength(text) > TEXT_MAX_BYTES);
  if (large) throw refused(10054, `Value for binding '${large.name}' exceeds 5 kB.`);
  return bindings;
}

function refused(code: number, message: string): CloudflareFailure {
  return new CloudflareFailure(400, code, message);
}

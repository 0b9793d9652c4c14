/**
 * Turns wrangler.toml, which stays the only place of bindings, into the configuration of workerd. A key that is not
 * known here is refused: a binding that silently did not exist on the laptop would be found much later.
 */
import { parse } from "smol-toml";
import * as v from "valibot";
import { CLOCK_WORKER } from "./clock.ts";

const wranglerToml = v.strictObject({
  name: v.string(),
  main: v.string(),
  compatibility_date: v.string(),
  compatibility_flags: v.optional(v.array(v.string()), []),
  durable_objects: v.strictObject({
    bindings: v.array(v.strictObject({ name: v.string(), class_name: v.string() })),
  }),
  exports: v.record(v.string(), v.strictObject({ type: v.literal("durable-object"), storage: v.literal("sqlite") })),
  vars: v.optional(v.record(v.string(), v.string()), {}),
  // Of the build, the deployment and `wrangler dev` only.
  define: v.optional(v.unknown()),
  dev: v.optional(v.unknown()),
  observability: v.optional(v.unknown()),
  triggers: v.optional(v.unknown()),
  send_metrics: v.optional(v.unknown()),
  $schema: v.optional(v.unknown()),
});

export type WranglerToml = v.InferOutput<typeof wranglerToml>;

/** Reads wrangler.toml. Throws an error of one line that names the first key which workerd cannot be given. */
export function parseWranglerToml(text: string): WranglerToml {
  const parsed = v.safeParse(wranglerToml, parse(text));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new Error(`wrangler.toml: ${v.getDotPath(issue) ?? "it"} cannot be run by npm start (local/worker-config.ts)`);
}

export type WorkerdSettings = {
  readonly wrangler: WranglerToml;
  /** Absolute path of the bundle's one module. */
  readonly modulePath: string;
  /** Absolute path of the existing folder of Durable Object databases. */
  readonly durableObjectsDir: string;
  readonly port: number;
  /** Variables that workerd finds in its own environment, so that no value is ever written to disk. */
  readonly variables: readonly string[];
  /** PEM certificates that are trusted besides the well-known ones. */
  readonly trustedCertificates: readonly string[];
};

/** The configuration in Cap'n Proto text form; its schema is `workerd/workerd.capnp`. Pure. */
export function workerdConfig(settings: WorkerdSettings): string {
  const { wrangler, variables } = settings;
  const classes = wrangler.durable_objects.bindings.map((binding) => binding.class_name);
  const undeclared = classes.find((name) => !Object.hasOwn(wrangler.exports, name));
  if (undeclared !== undefined) throw new Error(`wrangler.toml: ${undeclared} is bound but not in [exports]`);
  const bindings = [
    ...wrangler.durable_objects.bindings.map(
      ({ name, class_name }) => `(name = ${text(name)}, durableObjectNamespace = (className = ${text(class_name)}))`,
    ),
    ...Object.entries(wrangler.vars)
      .filter(([name]) => !variables.includes(name))
      .map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ...variables.map((name) => `(name = ${text(name)}, fromEnvironment = ${text(name)})`),
    `(name = "PUBLIC_NETWORK", service = "public-network")`,
  ];
  const tls = `(trustBrowserCas = true, trustedCertificates = ${list(settings.trustedCertificates.map(text))})`;
  const namespaces = Object.keys(wrangler.exports).map(
    (name) => `(className = ${text(name)}, uniqueKey = ${text(`${wrangler.name}-${name}`)}, enableSql = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = (
      modules = [(name = "worker.js", esModule = embed ${text(settings.modulePath)})],
      compatibilityDate = ${text(wrangler.compatibility_date)},
      compatibilityFlags = ${list(wrangler.compatibility_flags.map(text))},
      bindings = ${list(bindings)},
      durableObjectNamespaces = ${list(namespaces)},
      durableObjectStorage = (localDisk = "durable-objects"),
      globalOutbound = "network",
    )),
    # The laptop's clock: it can call the scheduled handler, which no request can.
    (name = "clock", worker = (
      modules = [(name = "clock.js", esModule = ${text(CLOCK_WORKER)})],
      compatibilityDate = ${text(wrangler.compatibility_date)},
      compatibilityFlags = ["service_binding_extra_handlers"],
      bindings = [
        (name = "WORKER", service = "worker"),
        (name = "CLOCK_TOKEN", fromEnvironment = "ADMIN_TOKEN"),
      ],
    )),
    (name = "durable-objects", disk = (path = ${text(settings.durableObjectsDir)}, writable = true)),
    # The laptop's own AWS and the emulators of chat platforms are on loopback, which counts as private.
    (name = "network", network = (allow = ["public", "private"], tlsOptions = ${tls})),
    # For webhooks of jobs: a name that leads to a private address leads nowhere.
    (name = "public-network", network = (allow = ["public"], tlsOptions = ${tls})),
  ],
  sockets = [
    (name = "http", address = ${text(`127.0.0.1:${settings.port}`)}, http = (), service = "worker"),
    (name = "clock", address = "127.0.0.1:0", http = (), service = "clock"),
  ],
  logging = (structuredLogging = true),
);
`;
}

function list(items: readonly string[]): string {
  return `[${items.join(", ")}]`;
}

/** A string of Cap'n Proto text form: C escapes, everything else as it is. */
function text(value: string): string {
  const escaped = value.replaceAll(/["\\\p{Cc}]/gu, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    return [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  });
  return `"${escaped}"`;
}

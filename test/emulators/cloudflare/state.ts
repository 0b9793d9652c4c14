/** Everything that the emulated Cloudflare account holds, as plain JSON. */

/** A binding as it was uploaded. What is more in it than these fields is kept. */
export type Binding = {
  readonly type: string;
  readonly name: string;
  readonly text?: string | undefined;
  readonly class_name?: string | undefined;
};

export type Version = {
  readonly id: string;
  readonly number: number;
  readonly createdAt: number;
  readonly bindings: readonly Binding[];
  readonly mainModule: string;
  /** The text of the main module. */
  readonly code: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** Durable Object classes with their storage. */
  readonly classes: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
};

export type Deployment = {
  readonly id: string;
  readonly createdAt: number;
  readonly versionId: string;
  readonly annotations: Readonly<Record<string, string>>;
};

export type Script = {
  readonly name: string;
  /** The oldest first. */
  readonly versions: Version[];
  /** The oldest first; the last one is live. */
  readonly deployments: Deployment[];
  schedules: readonly string[];
  isOnSubdomain: boolean;
  hasPreviews: boolean;
};

export type CloudflareState = { readonly scripts: Record<string, Script> };

/** The version that takes all requests. Throws if a script has none. */
export function liveVersion(script: Script): Version {
  const id = script.deployments.at(-1)?.versionId;
  const found = script.versions.find((version) => version.id === id);
  if (!found) throw new Error(`${script.name} has no live version`);
  return found;
}

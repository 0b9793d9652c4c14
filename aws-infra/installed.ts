/** Whether what npm has installed is what a lockfile asks for. Pure. */

type Packages = ReadonlyMap<string, { readonly version: unknown; readonly isOptional: boolean }>;

/** Compares the lockfile with the one that npm keeps in `node_modules`. Anything that cannot be read is not installed. */
export function isInstalled(lockfile: string | null, installed: string | null): boolean {
  const wanted = packagesOf(lockfile);
  const found = packagesOf(installed);
  if (wanted === null || found === null) return false;
  // An optional package is missing where it is for another platform.
  return [...wanted].every(([path, { version, isOptional }]) => {
    const there = found.get(path);
    return there === undefined ? isOptional : there.version === version;
  });
}

function packagesOf(text: string | null): Packages | null {
  if (text === null) return null;
  try {
    const parsed: unknown = JSON.parse(text);
    const packages = property(parsed, "packages");
    if (typeof packages !== "object" || packages === null) return null;
    return new Map(
      Object.entries(packages)
        .filter(([path]) => path !== "")
        .map(([path, entry]) => [
          path,
          { version: property(entry, "version"), isOptional: property(entry, "optional") === true },
        ]),
    );
  } catch {
    return null;
  }
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

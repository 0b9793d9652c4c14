/** What a change makes of a configuration document, before anybody looks whether that can be one. Pure. */
import { namesIn } from "../../protocol/agent-config.ts";
import { parsePath, type Section, setAt, unsetAt } from "../../protocol/config-path.ts";
import type { ConfigChange, DocumentProblem } from "../../protocol/configuration.ts";

type SetChange = Extract<ConfigChange, { kind: "set" }>;
type Step = { readonly path: string; readonly keys: readonly string[]; readonly value: unknown };

/** Longest note on a version, in UTF-16 units. */
const NOTE_MAX = 500;

/** The document with the values at their paths, and what is wrong with the paths themselves. */
export function applySet(
  document: Section,
  { values, unset }: Pick<SetChange, "values" | "unset">,
): { readonly document: Section; readonly problems: readonly DocumentProblem[] } {
  const wanted = [...Object.entries(values), ...unset.map((path) => [path, undefined] as const)];
  const read = wanted.map(([path, value]) => readStep(path, value));
  const twice = unset.filter((path) => values[path] !== undefined);
  const problems = [
    ...read.filter((step) => "problem" in step),
    ...twice.map((path) => ({ path, problem: "is to be set and unset at once" })),
  ];
  const steps = read.filter((step) => "keys" in step);
  const changed = steps.reduce(
    (current, { keys, value }) => (value === undefined ? unsetAt(current, keys) : setAt(current, keys, value)),
    document,
  );
  return { document: changed, problems };
}

function readStep(path: string, value: unknown): Step | DocumentProblem {
  const keys = parsePath(path);
  if (keys === null) {
    return { path, problem: 'is no path: write access.dmPolicy, or access.groups."whatsapp:1@g.us".senders' };
  }
  const problem = nameProblem(keys);
  return problem === null ? { path, keys, value } : { path, problem };
}

/** What is wrong with the name of a setting; null: there is such a one. */
export function nameProblem(keys: readonly string[]): string | null {
  for (const [depth, key] of keys.entries()) {
    const names = namesIn(keys.slice(0, depth));
    if (names === null) return "is no setting";
    if (names !== "any" && !names.includes(key)) return `is no setting; there are ${names.join(", ")}`;
  }
  return null;
}

/** What was done, for the history. Never a value. */
export function noteOf(change: ConfigChange): string {
  switch (change.kind) {
    case "replace":
      return "replace";
    case "rollback":
      return `rollback to ${change.to}`;
    case "set": {
      const { values, unset } = change;
      const set = Object.keys(values).filter((path) => values[path] !== undefined);
      const gone = [...Object.keys(values).filter((path) => values[path] === undefined), ...unset];
      const parts = [
        ...(set.length > 0 ? [`set ${set.join(", ")}`] : []),
        ...(gone.length > 0 ? [`unset ${gone.join(", ")}`] : []),
      ];
      return parts.join("; ").slice(0, NOTE_MAX);
    }
  }
}

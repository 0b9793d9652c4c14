/** What the one secret holds: the keys of models and tools, as a JSON object of strings. */
import * as v from "valibot";
import { SECRET_VARIABLES } from "../../protocol/deployment.ts";
import { err, ok, type Result } from "../../protocol/result.ts";
import { EDGE_CREDENTIAL_BOUNDS } from "./bounds.ts";

export type SecretName = (typeof SECRET_VARIABLES)[number];
export type SecretValues = Readonly<Partial<Record<SecretName, string>>>;

const object = v.pipe(
  v.string(),
  v.parseJson(),
  // For valibot an array is a record as well.
  v.check((json) => !Array.isArray(json)),
  v.record(v.string(), v.unknown()),
);
/** What can stand in a header. */
const value = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(EDGE_CREDENTIAL_BOUNDS.secretValueMax),
  v.regex(/^[!-~]+$/),
);

/** Reads the secret's text. A name that is not known, and a value that is no key, are left out. */
export function parseSecret(text: string): Result<SecretValues, "no_object"> {
  const parsed = v.safeParse(object, text);
  if (!parsed.success) return err("no_object");
  const values: Partial<Record<SecretName, string>> = {};
  for (const name of SECRET_VARIABLES) {
    const read = v.safeParse(value, parsed.output[name]);
    if (read.success) values[name] = read.output;
  }
  return ok(values);
}

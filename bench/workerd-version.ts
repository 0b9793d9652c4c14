/** Which workerd is installed. */
import { createRequire } from "node:module";
import * as v from "valibot";

export function workerdVersion(): string {
  const found: unknown = createRequire(import.meta.url)("workerd/package.json");
  return v.parse(v.object({ version: v.string() }), found).version;
}

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { configSchema } from "../../../worker/config-schema.ts";

it("docs/config.schema.json is the schema that the assistant publishes", () => {
  const committed: unknown = JSON.parse(
    readFileSync(new URL("../../../docs/config.schema.json", import.meta.url), "utf8"),
  );
  // If this fails: `npm run claw -- config schema > docs/config.schema.json` with the new release running.
  expect(committed).toEqual(JSON.parse(JSON.stringify(configSchema())));
});

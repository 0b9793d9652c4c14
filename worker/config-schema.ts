/** The JSON Schema of a configuration document, made from the schema that reads it; docs/config.schema.json is a copy. */
import { toJsonSchema } from "@valibot/to-json-schema";
import { configDocument } from "../protocol/agent-config.ts";

/** JSON Schema, draft 2020-12. */
export function configSchema() {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "agent-claw configuration",
    description: "Settings that are left out are as the environment of the deployment says. Never a secret.",
    ...toJsonSchema(configDocument, { target: "draft-2020-12" }),
  };
}

/** One DynamoDB Local with one table for all tests of the project. Without Java they are skipped, and it says so. */
import type { TestProject } from "vitest/node";
import { missingJava, startDynamoDbLocal } from "./dynamodb-local.ts";
import { createTable } from "./table.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the table is; null: this machine has no Java. */
    readonly dynamoDb: { readonly endpoint: string; readonly table: string } | null;
  }
}

/** With this set, as in CI, a machine without Java fails. */
const REQUIRED = "AGENT_CLAW_REQUIRE_JAVA";

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const missing = missingJava();
  if (missing !== null) {
    if (process.env[REQUIRED]) throw new Error(missing);
    process.stderr.write(`\n*** The tests of the store on DynamoDB are SKIPPED. ${missing}\n\n`);
    project.provide("dynamoDb", null);
    return () => Promise.resolve();
  }
  const local = await startDynamoDbLocal();
  const table = "agent-claw-test";
  await createTable(local.endpoint, table);
  project.provide("dynamoDb", { endpoint: local.endpoint, table });
  return () => local.stop();
}

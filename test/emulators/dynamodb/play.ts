/** DynamoDB Local with the table of the store, in the foreground: `node test/emulators/dynamodb/play.ts [table]`. */
import { missingJava, startDynamoDbLocal } from "./dynamodb-local.ts";
import { createTable } from "./table.ts";

const missing = missingJava();
if (missing !== null) {
  console.error(missing);
  process.exit(1);
}
const table = process.argv[2] ?? "agent-claw";
const local = await startDynamoDbLocal();
await createTable(local.endpoint, table);
console.log(`AGENT_TABLE=${table} AWS_ENDPOINT_URL_DYNAMODB=${local.endpoint}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void local.stop());

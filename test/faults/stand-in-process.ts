/**
 * The laptop's AWS as a process of its own, so that it can be killed. Settings: one JSON argument. Orders come as messages,
 * logs go to stdout.
 */
import * as v from "valibot";
import { ENDPOINT_NAME } from "../../protocol/deployment.ts";
import { startLocalAws } from "../../local/aws/server.ts";
import { LOCAL_AWS, runtimeArn } from "../../local/local-aws-names.ts";

const settings = v.parse(
  v.pipe(
    v.string(),
    v.parseJson(),
    v.object({
      port: v.number(),
      stateDir: v.string(),
      agentEntry: v.string(),
      processMax: v.number(),
      spares: v.number(),
      credentials: v.object({ accessKeyId: v.string(), secretAccessKey: v.string() }),
      agentEnvironment: v.record(v.string(), v.string()),
    }),
  ),
  process.argv[2],
);
const aws = await startLocalAws({
  ...settings,
  accountId: LOCAL_AWS.accountId,
  region: LOCAL_AWS.region,
  runtimeArn: runtimeArn(LOCAL_AWS.region),
  dataRoleArn: LOCAL_AWS.dataRoleArn,
  bucket: LOCAL_AWS.bucket,
  nodePath: process.execPath,
  log: (line) => void process.stdout.write(`${JSON.stringify(line)}\n`),
});
/** Each is answered by a line `done` with the version that it was about. */
const order = v.variant("kind", [
  v.object({ kind: v.literal("publish"), agentEntry: v.string() }),
  v.object({ kind: v.literal("point"), version: v.string() }),
]);

function carryOut(wish: v.InferOutput<typeof order>): string {
  if (wish.kind === "publish") return aws.publish({ ...wish, environment: settings.agentEnvironment });
  aws.pointEndpoint(ENDPOINT_NAME, wish.version);
  return wish.version;
}

aws.pointEndpoint(ENDPOINT_NAME, "1");
process.on("message", (message) => {
  process.stdout.write(`${JSON.stringify({ event: "done", version: carryOut(v.parse(order, message)) })}\n`);
});
await aws.ready;
process.stdout.write(`${JSON.stringify({ event: "ready", port: aws.port })}\n`);
process.once("disconnect", () => void aws.stop().finally(() => process.exit(0)));

import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type LocalAws, startLocalAws } from "../../local/aws/server.ts";
import { LOCAL_AWS, runtimeArn } from "../../local/local-aws-names.ts";
import { close, listen } from "../unit/agent/loopback.ts";
import { OWNER, PATIENCE, World } from "./world.ts";

const ARN = `arn:aws:secretsmanager:${LOCAL_AWS.region}:${LOCAL_AWS.accountId}:secret:claw/keys-AbCdEf`;
const RELAY = { accessKeyId: "AKIARELAY", secretAccessKey: "the-secret-of-the-relay" };

/** What Secrets Manager holds; undefined: there is no such secret. */
let secret: string | undefined;
/** The one key that the model's maker takes. */
let taken = "first";
const refused: string[] = [];

let world: World;
let account: LocalAws;
const stateDir = mkdtempSync(join(tmpdir(), "agent-claw-secret-"));

/** Lets requests with the right key through to the model. */
const maker = createServer((incoming, response) => {
  const key = String(incoming.headers["x-api-key"]);
  if (key !== taken) {
    refused.push(key);
    const error = { type: "error", error: { type: "authentication_error", message: "invalid x-api-key" } };
    incoming.resume();
    response.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify(error));
    return;
  }
  const { hostname, port } = new URL(world.model.variables.ANTHROPIC_BASE_URL);
  const { method, headers, url } = incoming;
  const onward = request({ hostname, port, method, headers, path: url }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  incoming.pipe(onward);
});

beforeAll(async () => {
  account = await startLocalAws({
    ...LOCAL_AWS,
    port: 0,
    stateDir,
    runtimeArn: runtimeArn(LOCAL_AWS.region),
    credentials: RELAY,
    agentEntry: "",
    nodePath: process.execPath,
    processMax: 1,
    spares: 0,
    secrets: (arn) => (arn === ARN ? secret : undefined),
    log: () => undefined,
  });
  world = await World.open({
    AWS_ACCESS_KEY_ID: RELAY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: RELAY.secretAccessKey,
    AGENT_SECRET_ARN: ARN,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: account.url,
    ANTHROPIC_API_KEY: "of-the-variable",
    ANTHROPIC_BASE_URL: await listen(maker),
  });
});
afterAll(async () => {
  await world.close();
  await account.stop();
  await close(maker);
  rmSync(stateDir, { recursive: true, force: true });
});

it("waits for a secret that cannot be read, and takes a rotated key without being started anew", async () => {
  world.telegram.say({ from: OWNER, text: "one" });
  await vi.waitFor(() => expect(world.logged("run_ended")).toBeGreaterThan(0), PATIENCE);
  expect(world.telegram.answers(OWNER)).toEqual([]);
  secret = JSON.stringify({ ANTHROPIC_API_KEY: "first" });
  expect(await world.answers(OWNER, 1)).toEqual(["You said: one"]);
  expect(refused).toEqual([]);
  taken = "second";
  secret = JSON.stringify({ ANTHROPIC_API_KEY: "second" });
  // What was read a moment ago is used once more; that it was refused makes the edge look again.
  world.telegram.say({ from: OWNER, text: "two" });
  expect((await world.answers(OWNER, 2))[1]).toContain("refused the key");
  world.telegram.say({ from: OWNER, text: "three" });
  expect((await world.answers(OWNER, 3))[2]).toBe("You said: three");
  expect(new Set(refused)).toEqual(new Set(["first"]));
  expect(JSON.stringify(world.log)).not.toMatch(/"first"|"second"|of-the-variable|the-secret-of/);
  expect(await world.admin("status")).toMatchObject({ modelKeys: ["anthropic"] });
});

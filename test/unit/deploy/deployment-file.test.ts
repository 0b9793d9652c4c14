import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  deploymentNames,
  newDeployment,
  readDeployment,
  writeDeployment,
} from "../../../cli/deploy/deployment-file.ts";
import { openStateDir } from "../../../local/state-dir.ts";

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "deployments-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what is known of a deployment can be read by its owner only", () => {
  const file = { ...newDeployment(), url: "https://claw.example.com" };
  writeDeployment(folder, "agent-claw", file);
  expect(readDeployment(folder, "agent-claw")).toEqual(file);
  expect(deploymentNames(folder)).toEqual(["agent-claw"]);
  const path = join(folder, "deployments", "agent-claw.json");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "deployments")).mode & 0o777).toBe(0o700);
});

test("nothing is known of what was never deployed from here", () => {
  expect(readDeployment(folder, "agent-claw")).toBeNull();
  expect(deploymentNames(folder)).toEqual([]);
});

test("a damaged file is told without what stands in it", () => {
  writeDeployment(folder, "agent-claw", newDeployment());
  writeFileSync(join(folder, "deployments", "agent-claw.json"), '{"adminToken":"canary');
  expect(() => readDeployment(folder, "agent-claw")).toThrow(/^[^]*agent-claw.json is damaged(?![^]*canary)/);
});

test("a deployment before the first npm start does not keep npm start from its folder", async () => {
  writeDeployment(folder, "agent-claw", newDeployment());
  const state = await openStateDir(folder);
  state.close();
});

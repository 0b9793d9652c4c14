import { expect, test } from "vitest";
import { openAccount } from "../../../cli/deploy/account.ts";
import { openCloudflare } from "../../../cli/deploy/cloudflare.ts";
import { newDeployment } from "../../../cli/deploy/deployment-file.ts";
import { readDeploySettings } from "../../../cli/deploy/settings.ts";
import { writeSecret } from "../../../cli/deploy/steps/secret.ts";
import { STACK_OUTPUTS } from "../../../protocol/deployment.ts";

async function write(held: string): Promise<readonly string[]> {
  const { settings } = readDeploySettings({ OPENAI_API_KEY: "mine" });
  const put: string[] = [];
  const putSecret = async (_: string, text: string) => void put.push(text);
  const accounts = {
    aws: { ...openAccount(settings), secret: async () => held, putSecret },
    awsAccountId: "1",
    awsIdentity: "",
    cloudflare: openCloudflare({ baseUrl: "", token: "" }),
    cloudflareAccountId: "2",
    url: "",
    bootstrapVersion: null,
  };
  const outputs = Object.fromEntries(STACK_OUTPUTS.map((name) => [name, name]));
  const stack = { status: "", outputs, parameters: {}, template: null };
  const facts = { root: "/", stateDir: "/", settings, file: newDeployment(), accounts, stack };
  await writeSecret.run({ facts, tell: () => {} });
  return put;
}

test("what the secret holds of others stays, of whatever kind it is", async () => {
  expect(await write('{"THEIRS":"x","note":5}')).toEqual(['{"THEIRS":"x","note":5,"OPENAI_API_KEY":"mine"}']);
});

test.each(["plain text", "[1]", '"text"'])("a secret that holds no JSON object is left as it is: %s", async (held) => {
  await expect(write(held)).rejects.toThrow(/holds no JSON object/);
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CelEngine, TemplateFile } from "@aws/cloudformation-validate";
import { AwsSolutionsChecks } from "cdk-nag";
import { afterAll, describe, expect, it } from "vitest";
import { PINNED_VERSION_PARAMETER } from "../../protocol/deployment.ts";
import { type Synthesised, synthesise } from "./synthesised.ts";

type Report = {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly conclusion: string;
    readonly suppressedViolations?: readonly { readonly acknowledgedId: string; readonly reason: string }[];
  }[];
};

/** The stack never comes to be if a rule of cdk-nag finds what nobody has accepted: this throws. */
function checked(artifact: "zip" | "image"): Synthesised & { readonly report: Report } {
  const made = synthesise({ artifact }, new AwsSolutionsChecks());
  const report: Report = JSON.parse(readFileSync(join(made.folder, "validation-report.json"), "utf8"));
  return { ...made, report };
}

const engine = new CelEngine({});
afterAll(() => engine.free());

describe.each(["zip", "image"] as const)("the stack of the %s", (artifact) => {
  const made = checked(artifact);

  it("has no finding of cdk-nag but those that are accepted with a reason", () => {
    const nag = made.report.pluginReports.find(({ pluginName }) => pluginName === "AwsSolutions");
    expect(nag?.conclusion).toBe("success");
    const accepted = nag?.suppressedViolations ?? [];
    const ids = new Set(
      accepted.map(({ acknowledgedId }) => acknowledgedId.replace("AwsSolutions::AwsSolutions-", "")),
    );
    const groups = "arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws/bedrock-agentcore/runtimes";
    expect([...ids].toSorted()).toEqual(
      [
        "S1",
        "SMG4",
        `IAM5[Resource::${groups}/agent_claw-*]`,
        `IAM5[Resource::${groups}/agent_claw-*:log-stream:*]`,
        "IAM5[Resource::<Bucket83908E77.Arn>/<aws:PrincipalTag/agent>/<aws:PrincipalTag/space>/*]",
        "IAM5[Resource::<Bucket83908E77.Arn>/<aws:PrincipalTag/agent>/shared/*]",
        "IAM5[Resource::arn:<AWS::Partition>:bedrock:*::foundation-model/*]",
        "IAM5[Resource::arn:<AWS::Partition>:bedrock:*:<AWS::AccountId>:inference-profile/*]",
        ...(artifact === "image" ? ["IAM5[Resource::*]"] : []),
      ].toSorted(),
    );
    for (const { reason } of accepted) expect(reason.length).toBeGreaterThan(30);
  });

  it("is what CloudFormation's schemas allow, but for one that is older than platformVersion", () => {
    const file = new TemplateFile(join(made.folder, "agent-claw.template.json"));
    // Empty by default: then the condition keeps it out of the endpoint, which the checker does not see.
    const { diagnostics } = engine.validateStandard(file, { parameterOverrides: { [PINNED_VERSION_PARAMETER]: "3" } });
    const findings = diagnostics.filter(({ severity }) => !["DEBUG", "INFO"].includes(severity));
    expect(findings.map(({ ruleId, entity, propertyPath }) => [ruleId, entity?.logicalId, propertyPath])).toEqual([
      ["F3002", "Runtime", "Properties.PlatformVersion"],
    ]);
  });
});

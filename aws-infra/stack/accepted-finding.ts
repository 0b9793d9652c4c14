/** How a part of the stack says that a checker's finding is meant: at the part itself, with the reason. */
import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** Accepts one finding of cdk-nag's AwsSolutions, for this part alone. */
export function acceptFinding(part: IConstruct, finding: string, reason: string): void {
  Validations.of(part).acknowledge({ id: `AwsSolutions::AwsSolutions-${finding}`, reason });
}

/** Accepts a wildcard in a policy; `resource` as cdk-nag writes it, `<name>` for what is known at deployment. */
export function acceptWildcard(part: IConstruct, resource: string, reason: string): void {
  acceptFinding(part, `IAM5[Resource::${resource}]`, reason);
}

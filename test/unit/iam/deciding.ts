/** Asks the evaluator about one statement or several, as the tests of this folder do. */
import { type AccessRequest, type Decision, evaluate } from "../../emulators/iam/evaluate.ts";
import { type ContextValue, createContext } from "../../emulators/iam/pattern.ts";
import { parsePolicy } from "../../emulators/iam/policy.ts";

export type Said = Readonly<Record<string, ContextValue | undefined>>;

export const READ = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };

export function decide(
  statements: object | readonly object[],
  asked: Partial<AccessRequest> & { said?: Said } = {},
): Decision {
  const { said = {}, ...request } = asked;
  return evaluate([parsePolicy({ Version: "2012-10-17", Statement: statements })], {
    action: "s3:GetObject",
    resource: "arn:aws:s3:::store/a/owner/one",
    context: createContext(said),
    ...request,
  });
}

/** Tells whether an allow under this condition holds. */
export function holds(Condition: object, said: Said): boolean {
  return decide({ ...READ, Condition }, { said }) === "allowed";
}

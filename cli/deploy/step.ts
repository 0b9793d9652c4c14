/** What a step of the deploy command is. One file a step in `steps/`. */
import type { Facts } from "./facts.ts";

/** The ways to call the command. */
export type Mode = "deploy" | "rotate" | "secrets" | "rollback";

const STEP_IDS = [
  "settings",
  "accounts",
  "build",
  "bootstrap",
  "stack",
  "secret",
  "relay_key",
  "worker",
  "worker_secrets",
  "worker_back",
  "endpoint_back",
  "healthy",
  "telegram",
  "discord",
  "smoke",
  "old_key",
  // Of npm run destroy.
  "export",
  "chats_gone",
  "worker_gone",
  "keys_gone",
  "stack_gone",
  "bucket_gone",
  "table_gone",
  "file_gone",
] as const;

export type StepId = (typeof STEP_IDS)[number];

export type Learned = Partial<Facts>;

export type StepLook =
  /** There is nothing to do, and why. */
  | { readonly isDone: true; readonly why: string; readonly learned?: Learned }
  | { readonly isDone: false; readonly learned?: Learned };

export type StepRun = {
  readonly facts: Facts;
  /** Shows a line of progress. */
  readonly tell: (line: string) => void;
};

export type Step = {
  readonly id: StepId;
  /** What it does, in the words of the plan. */
  readonly title: string;
  /** Whether it is done already. Reads only; absent: it is done each time, and doing it twice does no harm. */
  look?(facts: Facts): Promise<StepLook>;
  /** Does it, and tells what it has learned. Throws `DeployError`, `ToolError`, or what the SDK throws. */
  run(run: StepRun): Promise<Learned>;
};

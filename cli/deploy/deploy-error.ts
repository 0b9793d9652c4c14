/** Something could not be done: what, and what a person can do about it. */
export class DeployError extends Error {
  override readonly name = "DeployError";
  /** A line each. */
  readonly advice: readonly string[];

  constructor(message: string, ...advice: readonly string[]) {
    super(message);
    this.advice = advice;
  }
}

/** Something could not be done: what, and what a person can do about it. */
export class DeployError extends Error {
  override readonly name = "DeployError";
  readonly advice: string | null;

  constructor(message: string, advice: string | null = null) {
    super(message);
    this.advice = advice;
  }
}

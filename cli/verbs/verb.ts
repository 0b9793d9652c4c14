/** What every verb of `claw` is: a name, a line of help, and one action. */
import type { AddressOptions } from "../address.ts";
import type { ExitCode } from "../exit-code.ts";

export type VerbOptions = AddressOptions & { readonly json?: true };

export type Verb = {
  readonly name: string;
  readonly summary: string;
  /** Prints its findings and returns the exit code. Throws only for what nobody could expect. */
  run(options: VerbOptions): Promise<ExitCode>;
};

/** Writes one line of complaint to stderr and returns `exit`. */
export function complain(verb: string, exit: ExitCode, message: string): ExitCode {
  console.error(`claw ${verb}: ${message}`);
  return exit;
}

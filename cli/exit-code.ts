/** What the command line's exit codes mean; also in every `--help`. */
export const EXIT = {
  done: 0,
  /** It was tried and did not work, or took too long. */
  failed: 1,
  /** It could not be tried: a wrong command line, or no assistant there. */
  unusable: 2,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

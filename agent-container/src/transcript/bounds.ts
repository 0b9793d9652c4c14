/** Bounds of bringing a transcript in. */
export const IMPORT_BOUNDS = {
  /** Entries of one commit, and UTF-16 units of their lines; a single longer one is a commit of its own. */
  commitEntriesMax: 50,
  commitCharactersMax: 500_000,
} as const;

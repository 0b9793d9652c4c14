/** Bounds of the store on DynamoDB: the service's own limits, with room to spare, and how long it is asked again. */

export const TABLE_BOUNDS = {
  /** One request is given up after this; DynamoDB answers within some 10 ms. */
  attemptTimeoutMs: 5_000,
  /** Tries of one request; then the store is unavailable. */
  attemptsMax: 8,
  /** Longest pause before the second try; doubled for each next one. The pause is drawn below it. */
  pauseFirstMs: 50,
  pauseMaxMs: 2_000,
  /** Most items of one transaction (DynamoDB: 100). */
  transactionItemsMax: 100,
  /** Most bytes of one transaction, as JSON (DynamoDB: 4 MB, counted without the JSON around the values). */
  transactionBytesMax: 2_000_000,
  /** Most fences that one removal of a forgotten space's items checks; the rest of the transaction removes. */
  forgettingChecksMax: 50,
  /** Most keys of one BatchGetItem (DynamoDB: 100). */
  batchGetMax: 100,
  /** Largest blob that a text is cut into; below `WORKSPACE_BOUNDS.fileMaxBytes`. */
  blobMaxBytes: 4_194_304,
  /** Blobs that are fetched at once. */
  blobsAtOnceMax: 8,
  /** Tries of a commit when others write to the same transcript meanwhile. */
  commitTriesMax: 5,
  /**
   * Newest commits whose names a transcript keeps, so that one with no answer can be found. Somebody else's come between
   * only under a later fence, and then the turn is over whatever became of its last commit.
   */
  commitNamesMax: 8,
  /** Values of a list that share an item, in bytes of JSON. */
  listItemMaxBytes: 100_000,
  /** Entries of the first page of a scan that wants only some. */
  pageEntriesMin: 32,
} as const;

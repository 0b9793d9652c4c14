/** Where a stream is to be cut. Pure, over the bytes as they pass. */

/** After so many whole server-sent events or bytes; with neither, before the first byte. */
export type CutPoint = { readonly afterEvents?: number | undefined; readonly afterBytes?: number | undefined };

/** What of a chunk may still pass, and whether the stream is cut after it. */
export type Cut = { readonly pass: Buffer; readonly isOver: boolean };

/** Makes a function to be called with each chunk in turn. Events end with an empty line, as our agent writes them. */
export function createCutter({ afterEvents, afterBytes }: CutPoint): (chunk: Buffer) => Cut {
  let bytes = 0;
  let events = 0;
  let isAfterNewline = false;
  const isReached = () =>
    (afterBytes === undefined && afterEvents === undefined) ||
    (afterBytes !== undefined && bytes >= afterBytes) ||
    (afterEvents !== undefined && events >= afterEvents);
  return (chunk) => {
    let end = 0;
    while (end < chunk.length && !isReached()) {
      const isNewline = chunk[end] === 0x0a;
      if (isNewline && isAfterNewline) events += 1;
      isAfterNewline = isNewline && !isAfterNewline;
      bytes += 1;
      end += 1;
    }
    return { pass: chunk.subarray(0, end), isOver: isReached() };
  };
}

/** Bounds of what is held back of an answer while it is not decided whether a person may see it. UTF-16 units. */

export const OUTPUT_BOUNDS = {
  /** Attributes of a tag. What is longer between angle brackets is text. */
  attributesMax: 200,
  /** Name of a tag with its prefix, and of a special token. The longest in use have 25. */
  nameMax: 64,
  /** What a directive such as `[[tts:...]]` holds. */
  directiveMax: 300,
  /** Inline code: a mark whose partner is further away, or in another line, is an ordinary character. */
  codeSpanMax: 500,
  /** What follows the mark of a code block in its line; more makes it an ordinary line. */
  fenceInfoMax: 200,
  /** White space behind a tag that ends its line. */
  restOfLineMax: 40,
  /** A sign for silence with all that may stand around it. */
  signMax: 100,
  /** Answer of a heartbeat beside `HEARTBEAT_OK` that is worth nobody's attention. OpenClaw's `ackMaxChars`. */
  heartbeatRestMax: 300,
} as const;

/** The longest that any mark can be: names, attributes or directives, and what closes them. */
export const MARK_MAX = 2 * OUTPUT_BOUNDS.nameMax + OUTPUT_BOUNDS.directiveMax + 16;

/** What a file is, by its name: uploads of bots seldom say it, and Telegram guesses in the same way. */

const OCTETS = "application/octet-stream";
const BY_SUFFIX: Readonly<Record<string, string>> = {
  csv: "text/csv",
  gif: "image/gif",
  html: "text/html",
  jpg: "image/jpeg",
  json: "application/json",
  m4a: "audio/mp4",
  md: "text/markdown",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  oga: "audio/ogg",
  ogg: "audio/ogg",
  pdf: "application/pdf",
  png: "image/png",
  txt: "text/plain",
  webp: "image/webp",
  zip: "application/zip",
};

/** The type that an upload names, or else the one of its suffix. */
export function mimeTypeOf({ name, mimeType }: { readonly name: string; readonly mimeType: string }): string {
  if (mimeType !== OCTETS && mimeType !== "") return mimeType;
  const suffix = /\.(\w+)$/u.exec(name)?.[1]?.toLowerCase() ?? "";
  return BY_SUFFIX[suffix] ?? OCTETS;
}

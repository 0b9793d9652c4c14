/** Just enough of the Dockerfile format to replay our own. */
export type Instruction = { readonly name: string; readonly rest: string };

/** Splits a Dockerfile into instructions; comments go, continued lines are joined. */
export function parseDockerfile(text: string): readonly Instruction[] {
  const lines = text
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"))
    .join("\n")
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n");
  return lines.flatMap((line) => {
    const match = /^(?<name>[A-Z]+)\s+(?<rest>.*)$/.exec(line.trim());
    return match?.groups ? [{ name: match.groups["name"]!, rest: match.groups["rest"]! }] : [];
  });
}

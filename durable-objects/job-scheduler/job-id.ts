/** The id of a job, made from its name. Pure. */

const ID_MAX = 40;
/** Room for `-` and the number of one of many. */
const BASE_MAX = ID_MAX - 4;
/** What runs that belong to no job are listed under: this one, and what begins as those of hooks do. */
const RESERVED = "heartbeat";
const OF_HOOKS = /^-?hook(?=-|$)/;

/** The first of `stretch`, `stretch-2` ... that is free. */
export function jobIdOf(name: string, isTaken: (id: string) => boolean): string {
  const base = slugOf(name);
  const isFree = (id: string) => id !== RESERVED && !isTaken(id);
  if (isFree(base)) return base;
  let number = 2;
  while (!isFree(`${base}-${number}`)) number++;
  return `${base}-${number}`;
}

/** Letters with their accents taken off; of other scripts nothing is left. */
function slugOf(name: string): string {
  const plain = name.replaceAll("ß", "ss").normalize("NFKD").toLowerCase();
  const slug = plain
    .replace(/\p{Mn}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(OF_HOOKS, "job-hook")
    .slice(0, BASE_MAX)
    .replace(/^-+|-+$/g, "");
  return slug === "" ? "job" : slug;
}

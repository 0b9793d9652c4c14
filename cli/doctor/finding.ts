/** What `claw doctor` says of one thing. */
export type Finding = {
  readonly what: string;
  /** `off` is a choice, `note` is good to know, `wrong` needs somebody. */
  readonly state: "ok" | "off" | "note" | "wrong";
  /** What it is, or what to do. Never a secret. */
  readonly detail: string;
};

/**
 * Where the driver of the fault suite listens; undefined in a process of the suite's build that was not told. False in
 * every other build, and then no call is left.
 */
declare const FAIL_POINTS: string | false | undefined;

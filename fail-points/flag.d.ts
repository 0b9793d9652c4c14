/**
 * Where the driver of the fault suite listens; undefined in a process of the suite's build that was not told. False in
 * every other build, and then no call is left.
 */
declare const FAIL_POINTS: string | false | undefined;

/** Makes the times of Discord's Gateway shorter in the fault suite's compressed day; 1 in every other build. */
declare const GATEWAY_TIME_SCALE: number;

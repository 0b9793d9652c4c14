/** Where the driver of the fault suite listens; false in every build but the suite's own, and then no call is left. */
declare const FAIL_POINTS: string | false | undefined;

/** What the Gateway allows, and how long it waits; in Discord's time. "Guessed": Discord does not publish it. */

/** "Sending Heartbeats": about this; the captured Hello of the real service says exactly this. */
export const HEARTBEAT_INTERVAL_MS = 41_250;
/** Guessed: how many intervals without a heartbeat end a connection. */
export const SILENCE_INTERVALS = 1.5;
/** Real time, on top of what is scaled, by which a client may be late: its machine is no faster for the scale. */
export const SLACK_MS = 100;
/** "Rate Limiting": sends of a connection, heartbeats included. */
export const SENDS_MAX = 120;
export const SENDS_WINDOW_MS = 60_000;
/** "Sending Events". */
export const SENT_BYTES_MAX = 4_096;
/** "Session Start Limit": how many IDENTIFYs a day, and one of each concurrency key in five seconds. */
export const IDENTIFIES_MAX = 1_000;
export const IDENTIFIES_WINDOW_MS = 24 * 60 * 60_000;
export const IDENTIFY_EVERY_MS = 5_000;
/** The share of those five seconds that must have passed: the network moves what was sent in time. */
export const IDENTIFY_TOLERANCE = 0.9;
/** "A few minutes" that a session outlives its connection; how many is guessed. */
export const RESUME_WINDOW_MS = 180_000;
/** Guessed: events that a session keeps for a replay. */
export const REPLAY_MAX = 10_000;
/** Guessed: how long a client may stay after op 7 before it is cut off. */
export const RECONNECT_GRACE_MS = 30_000;
/** Guessed, and real time: how long the Gateway waits for the answer to its close. */
export const CLOSE_GRACE_MS = 2_000;
/** The largest GUILD_CREATE that is sent. */
export const FLOOD_BYTES_MAX = 3 * 1_024 * 1_024;

/** The time as a person in the given time zone reads it. */

/** For example `Sunday, 2026-11-22 12:05 (Europe/Berlin)`. An unknown zone is shown as UTC, and says so. */
export function formatTime(at: number, timezone: string): string {
  const zone = isTimezone(timezone) ? timezone : "UTC";
  const parts = new Map(
    new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "long",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? "";
  const date = `${part("year")}-${part("month")}-${part("day")}`;
  return `${part("weekday")}, ${date} ${part("hour")}:${part("minute")} (${zone})`;
}

function isTimezone(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}

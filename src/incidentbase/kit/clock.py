"""Time as plain values: the one place that reads the system clock, and the one text form of it."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """Return the present moment, aware and in UTC."""
    return dt.datetime.now(tz=dt.UTC)


def iso(moment: dt.datetime | None) -> str | None:
    """Return an aware moment as `2024-05-01T12:00:00.000Z` (milliseconds, more only if needed)."""
    if moment is None:
        return None
    in_utc = moment.astimezone(dt.UTC)
    precision = "milliseconds" if in_utc.microsecond % 1000 == 0 else "microseconds"
    return in_utc.isoformat(timespec=precision).replace("+00:00", "Z")


def from_iso(text: str | None) -> dt.datetime | None:
    """Return the aware UTC moment that `iso` wrote. Raises ValueError when it is none."""
    if text is None:
        return None
    moment = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(dt.UTC)


def midnight(day: dt.date) -> dt.datetime:
    """Return the first moment of a day in UTC."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)

"""Reads single values of a document leniently: what a field may hold is wider than its type.

Every reader takes the document and the field's name, and raises `Unreadable` with a reason a
person can act on. NUL characters and lone surrogates become U+FFFD, silently: no database can
store them, and a text is worth more than one broken character.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Iterable, Mapping
from email import utils as email_dates
from typing import Any

from bson import DatetimeMS, ObjectId

from incidentbase.kit import hashing, ids

Document = Mapping[str, Any]

# The largest number that every supported database stores in a column for public numbers.
_LARGEST = 2_147_483_647
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ESCAPED_UNSTORABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_OBJECT_ID = re.compile(r"(?:ObjectId\(\"?)?([0-9a-fA-F]{24})(?:\"?\))?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,6})?")
_DICT_DATE = re.compile(r"\{\s*['\"]\$numberLong['\"]\s*:\s*['\"]?(-?\d+)['\"]?\s*\}")
_JAVASCRIPT_DATE = re.compile(
    r"(?:[A-Z][a-z]{2} )([A-Z][a-z]{2} \d{2} \d{4} \d{2}:\d{2}:\d{2} GMT)"
)
_DATE_FORMATS = ("%Y/%m/%d", "%m/%d/%Y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%Y-%m-%d %H:%M")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Unreadable(ValueError):
    """A field holds what it cannot hold; the text is the reason shown to people."""


def clean(value: str) -> str:
    """Return text that every database can store."""
    return _UNSTORABLE.sub("\ufffd", value) if _UNSTORABLE.search(value) else value


def shown(value: object) -> str:
    """Return a value as it may stand in a reason: one line, not too long."""
    line = " ".join(clean(str(value)).split())
    return f"“{line[:57]}…”" if len(line) > 60 else f"“{line}”"


def plain(value: object) -> Any:
    """Return a nested value as JSON could hold it, with clean texts."""
    if isinstance(value, Mapping):
        return {clean(str(key)): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return clean(str(value))


def text(document: Document, key: str, default: str = "") -> str:
    """Return the text as it stands, white space included."""
    value = document.get(key)
    if value is None:
        return default
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | ObjectId):
        return str(value)
    raise Unreadable(f"{key} is not a text: {shown(value)}")


def required_text(document: Document, key: str) -> str:
    """Return a text that is more than white space, untrimmed."""
    value = text(document, key)
    if not value.strip():
        raise Unreadable(f"{key} is empty" if key in document else f"{key} is missing")
    return value


def identifier(document: Document, key: str) -> str:
    """Return a text that names something: present, and trimmed."""
    return required_text(document, key).strip()


def flag(document: Document, key: str) -> bool:
    """Return the truth of a value; nothing is false."""
    return optional_flag(document, key) or False


def optional_flag(document: Document, key: str) -> bool | None:
    """Return the truth of a value, or None where nothing is said."""
    value = document.get(key)
    if isinstance(value, str):
        word = value.strip().lower()
        if word in {"true", "false", ""}:
            return word == "true" if word else None
        raise Unreadable(f"{key} is neither true nor false: {shown(value)}")
    return None if value is None else bool(value)


def _whole(value: object, key: str) -> int:
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,19}\s*", value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    raise Unreadable(f"{key} is not a whole number: {shown(value)}")


def whole(document: Document, key: str, default: int = 0) -> int:
    """Return a whole number, possibly negative, with a default for nothing."""
    value = document.get(key)
    return default if value in (None, "") else _whole(value, key)


def _positive(value: object, key: str) -> int:
    number = _whole(value, key)
    if not 0 < number <= _LARGEST:
        raise Unreadable(f"{key} is not a positive number: {shown(value)}")
    return number


def positive(document: Document, key: str) -> int:
    """Return a public number: whole and positive."""
    value = document.get(key)
    if value in (None, ""):
        raise Unreadable(f"{key} is missing")
    return _positive(value, key)


def real(document: Document, key: str) -> float | None:
    """Return a finite number or None."""
    value = document.get(key)
    if value in (None, ""):
        return None
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    raise Unreadable(f"{key} is not a number: {shown(value)}")


def many(document: Document, key: str) -> tuple[Any, ...]:
    """Return a list; nothing is an empty one, and a single value is a list of one."""
    value = document.get(key)
    if value is None or value == "":
        return ()
    if isinstance(value, list | tuple):
        return tuple(part for part in value if part is not None)
    return (value,)


def texts(document: Document, key: str) -> tuple[str, ...]:
    """Return a list of texts without the blank ones."""
    found = (text({key: part}, key) for part in many(document, key))
    return tuple(part for part in found if part.strip())


def names(document: Document, key: str) -> tuple[str, ...]:
    """Return a list of identifiers: trimmed, each once."""
    return tuple(dict.fromkeys(part.strip() for part in texts(document, key)))


def numbers(document: Document, key: str) -> tuple[int, ...]:
    """Return a list of public numbers, each once."""
    return tuple(dict.fromkeys(_positive(part, key) for part in many(document, key)))


def similar(document: Document, key: str) -> tuple[tuple[int, float | None], ...]:
    """Return pairs of an incident's number and its likeness; bare numbers have none."""
    found: dict[int, float | None] = {}
    for part in many(document, key):
        pair = part if isinstance(part, Mapping) else {"incident_id": part}
        found.setdefault(_positive(pair.get("incident_id"), key), real(pair, "similarity"))
    return tuple(found.items())


def language(document: Document, key: str = "language", default: str = "") -> str:
    """Return a language code in lower case."""
    value = text(document, key).strip().lower().replace("_", "-") or default
    if not value:
        raise Unreadable(f"{key} is missing")
    if not _LANGUAGE.fullmatch(value):
        raise Unreadable(f"{key} is not a language code: {shown(value)}")
    return value


def moment(document: Document, key: str) -> dt.datetime | None:
    """Return a moment in UTC, or None where nothing is said."""
    value = document.get(key)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found = _moment(value)
    if found is None:
        raise Unreadable(f"{key} is not a date: {shown(value)}")
    return found


def _moment(value: object) -> dt.datetime | None:
    if isinstance(value, dt.datetime):
        return _in_utc(value)
    if isinstance(value, DatetimeMS):  # outside of what Python's datetime holds
        return None
    return _moment_of_text(value.strip()) if isinstance(value, str) else None


def _in_utc(value: dt.datetime) -> dt.datetime | None:
    if value.tzinfo is None:
        return value.replace(tzinfo=dt.UTC)
    try:
        return value.astimezone(dt.UTC)
    except OverflowError:
        return None


def _moment_of_text(value: str) -> dt.datetime | None:
    if found := _DICT_DATE.fullmatch(value):
        return after_epoch(int(found[1]))
    try:
        return _in_utc(dt.datetime.fromisoformat(value))
    except ValueError:
        pass
    for layout in _DATE_FORMATS:
        try:
            return dt.datetime.strptime(value, layout).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
    return _moment_of_mail(value)


def _moment_of_mail(value: str) -> dt.datetime | None:
    # `Mon Jan 01 2024 00:00:00 GMT+0000 (…)` is what JavaScript makes of a date.
    if found := _JAVASCRIPT_DATE.match(value):
        layout = "%b %d %Y %H:%M:%S GMT"
        return dt.datetime.strptime(found[1], layout).replace(tzinfo=dt.UTC)
    try:
        return _in_utc(email_dates.parsedate_to_datetime(value))
    except (ValueError, TypeError):
        return None


def after_epoch(milliseconds: int) -> dt.datetime | None:
    """Return the moment so long after 1970 began, or None outside of the calendar."""
    try:
        return _EPOCH + dt.timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None


def date_text(document: Document, key: str) -> str:
    """Return a date that is kept as typed; real dates are written as such text."""
    value = document.get(key)
    if isinstance(value, dt.datetime):
        in_utc = _in_utc(value) or value
        return in_utc.strftime("%Y-%m-%d" if in_utc.time() == dt.time() else "%Y-%m-%d %H:%M:%S")
    return text(document, key).strip()


def object_id(document: Document, collection: str, *key: object) -> str:
    """Return the document's `_id`, or one made from what names the document.

    Made ones are the same in every run, so that importing twice changes nothing.
    """
    found = _OBJECT_ID.fullmatch(str(document.get("_id", "")).strip())
    return found[1].lower() if found else made_id(collection, *key)


def made_id(collection: str, *key: object) -> str:
    """Return the identifier that this collection and key always give."""
    return hashing.digest([collection, *key])[:24]


def account_ids(document: Document, key: str) -> tuple[str, ...]:
    """Return the accounts a list names; what is no identifier names nobody and is left out."""
    lowered = dict.fromkeys(map(str.lower, names(document, key)))
    return tuple(part for part in lowered if ids.is_object_id(part))


def answer(value: object) -> str:
    """Return an answer as JSON text: as given where it is such, else as a JSON string."""
    if not isinstance(value, str):
        return json_text(plain(value))
    given = clean(value)
    try:
        parsed = json.loads(given, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return json_text(given)
    return json_text(_storable(parsed)) if _ESCAPED_UNSTORABLE.search(given) else given


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _storable(value: object) -> Any:
    """Return parsed JSON with clean texts, those inside of nested answers included."""
    if isinstance(value, dict):
        return {
            clean(key): answer(part) if key == "value_json" else _storable(part)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [_storable(part) for part in value]
    return plain(value)


def json_text(value: object) -> str:
    """Return compact JSON text, as JavaScript writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def extended(value: object) -> Any:
    """Return MongoDB's extended JSON as plain values: `{"$oid": …}`, `{"$date": …}` and so on."""
    if isinstance(value, list):
        return [extended(part) for part in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        name, part = next(iter(value.items()))
        if name == "$date":
            return _extended_date(extended(part))
        if name in {"$numberLong", "$numberInt"}:
            return _whole(part, name)
        if name == "$numberDouble":
            return _extended_double(part)
        if name == "$oid":
            return part
    return {name: extended(part) for name, part in value.items()}


def _extended_date(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return after_epoch(value) or value
    return value


def _extended_double(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise Unreadable(f"$numberDouble is not a number: {shown(value)}") from None


def vector(values: Iterable[object], key: str) -> tuple[float, ...]:
    """Return the finite numbers of a vector."""
    found = []
    for value in values:
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise Unreadable(f"{key} holds something that is no number: {shown(value)}")
        found.append(float(value))
    return tuple(found)

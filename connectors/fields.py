"""Small readers for vendors' JSON values. Each takes what a vendor may send and gives
our form, `None` when the vendor did not say, or raises `UnreadableRecordError`."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.errors import UnreadableRecordError

MAX_TEXT = 20_000
MAX_ID = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def clean(value: str) -> str:
    """Text that both databases can store: no control characters, no lone surrogates, trimmed."""
    if not value.isprintable():
        value = _CONTROL.sub("", value)
    return value.strip()


def text(raw: dict[str, Any], key: str) -> str | None:
    """`None` when the key is absent; `""` for null. Numbers become text."""
    value = raw.get(key, _ABSENT)
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise UnreadableRecordError(f"{key} is longer than {MAX_TEXT} characters")
        return clean(value)
    if value is None:
        return ""
    if value is _ABSENT:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnreadableRecordError(f"{key} should be text, not {_KINDS[type(value)]}")
    # 5.93e11 and 593000000000.0 are the same number: a phone's, or a document's.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


_ABSENT = object()
_KINDS: dict[type, str] = {bool: "true or false", list: "a list", dict: "an object"}


def external_id(raw: dict[str, Any], key: str) -> str:
    """The vendor's id as text (`0` is one). Raises when it is missing, empty or too long."""
    return id_text(raw.get(key), key)


def id_text(value: Any, key: str = "id") -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UnreadableRecordError(f"{key} is missing or is not an id")
    found = clean(value) if isinstance(value, str) else str(value)
    if not found or len(found) > MAX_ID:
        raise UnreadableRecordError(f"{key} is empty or longer than {MAX_ID} characters")
    return found


def flag(raw: dict[str, Any], key: str) -> bool | None:
    value = raw.get(key)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in _FLAGS:
        return _FLAGS[value.strip().lower()]
    raise UnreadableRecordError(f"{key} should be true or false")


_FLAGS = {"true": True, "1": True, "false": False, "0": False, "": None}


def day(raw: dict[str, Any], key: str) -> str | None:
    """A date as `YYYY-MM-DD`; `""` for null, empty or a zero date.

    A longer moment is cut to its date. Raises on anything else."""
    value = text(raw, key)
    if not value:
        return value
    if value.startswith("0000"):
        return ""
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        raise UnreadableRecordError(f"{key} should be a date (YYYY-MM-DD)") from None


def moment(raw: dict[str, Any], key: str) -> datetime | None:
    """An ISO 8601 moment, or a date object {date, timezone_type, timezone}; UTC when no
    zone is given. `None` when absent, null, empty or unreadable: a vendor's clock is a
    hint, not a reason to set a customer aside."""
    value = raw.get(key)
    zone: Any = UTC
    if isinstance(value, dict):
        zone = _zone(value.get("timezone"))
        value = value.get("date")
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None


def _zone(name: Any) -> Any:
    """A zone by name (`America/Sao_Paulo`) or offset (`-03:00`, timezone_type 1); else UTC."""
    if not isinstance(name, str):
        return UTC
    match = re.fullmatch(r"([+-])(\d\d):?(\d\d)", name)
    try:
        if not match:
            return ZoneInfo(name)
        sign = -1 if match[1] == "-" else 1
        return timezone(sign * timedelta(hours=int(match[2]), minutes=int(match[3])))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def count(value: Any) -> int | None:
    """A counter that may come as a number or as text (`"10"`); `None` otherwise."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 <= value < 2**53 else None
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,15}\s*", value):
        return int(value)
    return None


def digits(value: str) -> str:
    """The ASCII digits of a text, in order."""
    return re.sub(r"[^0-9]", "", value)


def owned(raw: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The vendor-owned values among `keys` that the vendor stated, as they came."""
    return {key: raw[key] for key in keys if raw.get(key) not in (None, "", [], {})}

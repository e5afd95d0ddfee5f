"""Field values as the hub keeps and compares them. Pure.

A value is text, a boolean, or a small dict for the fields that move as one (`name`,
`document`, `address`). `""` means that there is none; a field that a vendor did not
state has no value at all (`NOT_SAID`).
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

Value = Any
Values = dict[str, Value]
EMPTY: Final = ""
NOT_SAID: Final = None

ADDRESS_PARTS = (
    "street",
    "number",
    "complement",
    "neighbourhood",
    "city",
    "state",
    "postal_code",
    "country",
)


_encoder = msgspec.json.Encoder(order="deterministic")
_plain_encoder = msgspec.json.Encoder()


def to_json(value: Any) -> str:
    """A JSON column's text: keys in order, so that equal values have equal texts."""
    if value == {}:
        return "{}"
    return _encoder.encode(value).decode()


def as_it_came(value: Any) -> str:
    """JSON text with its keys in the order in which they came."""
    return _plain_encoder.encode(value).decode()


def fold(text: str) -> str:
    """Lower case, no accents, single spaces: for searching and for comparing names."""
    if not text.isascii():
        text = text.translate(_PLAIN)
    return " ".join(text.casefold().split())


class _Plain(dict[int, str]):
    """A character's letters without what is only written above or below them. Those of Europe
    and their likes are kept: few, and met again and again."""

    def __missing__(self, char: int) -> str:
        parts = unicodedata.normalize("NFKD", chr(char))
        found = "".join(part for part in parts if not unicodedata.combining(part))
        if char < KEPT:
            self[char] = found
        return found


KEPT = 0x2000
_PLAIN = _Plain()


def digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() else _NO_DIGIT.sub("", text)


_NO_DIGIT = re.compile(r"[^0-9]")


def joined_name(value: Value) -> str:
    """A name value as one string."""
    if not value:
        return ""
    if value.get("full"):
        return str(value["full"])
    given: str = value.get("given") or ""
    family: str = value.get("family") or ""
    return f"{given} {family}" if given and family else given or family


def canonical(field: str, value: Value) -> str:
    """The form in which two values of a field are compared: `""` for none.

    Case, spacing, punctuation of numbers and the split of a name do not count as
    differences; accents do, since adding one is a correction worth keeping.
    """
    if value is None or value == EMPTY:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field in _CANONICAL:
        return str(_CANONICAL[field](value))
    return _plain(value)


def same(field: str, one: Value, other: Value) -> bool:
    return one == other or canonical(field, one) == canonical(field, other)


def plain(field: str, value: Value) -> str:
    """A value as one line of text for people."""
    if value is None or value == EMPTY:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field == "name":
        return joined_name(value)
    if field == "document":
        label = " ".join(p for p in (value.get("type", "").upper(), value.get("country")) if p)
        return f"{label} {value.get('number', '')}".strip()
    if field == "address":
        return ", ".join(str(value[part]) for part in ADDRESS_PARTS if value.get(part))
    return str(value)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.casefold().split())


def _phone(value: str) -> str:
    return value if value.startswith("+") and value[1:].isdigit() else digits(value)


def _document(value: Mapping[str, str]) -> str:
    return re.sub(r"[^0-9A-Z]", "", value.get("number", "").upper())


def _address(value: Mapping[str, str]) -> str:
    text = _plain(" ".join(value.get(part, "") for part in ADDRESS_PARTS))
    return " ".join(re.sub(r"[.,;:#/-]", " ", text).split())


_CANONICAL = {
    "name": lambda value: _plain(joined_name(value)),
    "phone": _phone,
    "document": _document,
    "address": _address,
}

"""The human words of a vendor's error body."""

from typing import Any

from connectors.declare import NEVER_STORE
from connectors.fields import clean
from connectors.mending import UNREADABLE, read
from connectors.stripping import stripped


def words_in(body: bytes) -> str:
    """The human words of an error body: `message`, `error` (text, list or object)."""
    try:
        found = read(body)
    except UNREADABLE:
        return ""
    return _flatten(stripped(found, NEVER_STORE))[:300]


def text_in(body: bytes) -> str:
    """The text of an error body that is no JSON at all, or in an unknown character set."""
    try:
        read(body)
    except UNREADABLE:
        return " ".join(clean(body[:2000].decode(errors="replace")).split())[:300]
    return ""


def _flatten(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, map(_flatten, value)))
    if isinstance(value, dict):
        named = [value.get(key) for key in ("message", "error", "errors", "data")]
        words = [_flatten(item) for item in named if item]
        if not words:
            words = [f"{k}: {_flatten(v)}" for k, v in value.items() if isinstance(v, str | list)]
        return "; ".join(dict.fromkeys(filter(None, words)))
    return ""


def field_words(body: bytes, key: str) -> dict[str, str]:
    """`{field: words}` from an error body's `{key: {field: [words]}}`."""
    try:
        found = read(body)
    except UNREADABLE:
        return {}
    errors = found.get(key) if isinstance(found, dict) else None
    if not isinstance(errors, dict):
        return {}
    return {str(field): _flatten(words) for field, words in errors.items() if _flatten(words)}

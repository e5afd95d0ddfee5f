"""Takes out of a vendor's JSON what must not be kept."""

from functools import cache
from typing import Any


def strip(value: Any, keys: frozenset[str]) -> Any:
    """A copy of a JSON value without the named keys (snake case), in any usual spelling and
    at any depth."""
    return _without(value, _spellings(keys))


@cache
def _spellings(keys: frozenset[str]) -> frozenset[str]:
    """`login_url`, `LOGIN_URL`, `loginUrl`, `LoginUrl`, `Login_Url`, `login-url`."""
    found: set[str] = set()
    for key in keys:
        camel = key.title().replace("_", "")
        found |= {key, key.upper(), key.title(), camel, camel[0].lower() + camel[1:]}
        found |= {key.replace("_", "-"), key.title().replace("_", "-")}
    return frozenset(found)


def _without(value: Any, keys: frozenset[str]) -> Any:
    kind = type(value)
    if kind is dict:
        if keys.isdisjoint(value):
            found = value.copy()
        else:
            found = {key: inner for key, inner in value.items() if key not in keys}
        for key, inner in found.items():
            kind = type(inner)
            if kind is dict or kind is list:
                found[key] = _without(inner, keys)
        return found
    return [_without(item, keys) for item in value] if kind is list else value


def without_nul(value: Any) -> Any:
    """A copy of a JSON value whose texts hold no NUL character."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {without_nul(key): without_nul(item) for key, item in value.items()}
    return [without_nul(item) for item in value] if isinstance(value, list) else value

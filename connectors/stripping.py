"""Takes out of a vendor's JSON what must not be kept."""

from copy import deepcopy
from functools import cache
from typing import Any


def strip(value: Any, keys: frozenset[str]) -> Any:
    """A copy of a JSON value without the named keys (snake case), in any usual spelling and
    at any depth."""
    return stripped(deepcopy(value), keys)


def stripped(value: Any, keys: frozenset[str]) -> Any:
    """The JSON value itself, which nobody else has, when the named keys are taken out of it.
    Raises RecursionError for one that is nested absurdly deep."""
    if type(value) in _NESTED:
        _take_out(value, _spellings(keys), DEEPEST)
    return value


# Whoever shows a record may use as much of Python's stack again.
DEEPEST = 400


_NESTED = frozenset({dict, list})


@cache
def _spellings(keys: frozenset[str]) -> frozenset[str]:
    """`login_url`, `LOGIN_URL`, `loginUrl`, `LoginUrl`, `Login_Url`, `login-url`."""
    found: set[str] = set()
    for key in keys:
        camel = key.title().replace("_", "")
        found |= {key, key.upper(), key.title(), camel, camel[0].lower() + camel[1:]}
        found |= {key.replace("_", "-"), key.title().replace("_", "-")}
    return frozenset(found)


def _take_out(value: Any, keys: frozenset[str], deep: int) -> None:
    if not deep:
        raise RecursionError("too many lists and objects in each other")
    if type(value) is dict:
        if not keys.isdisjoint(value):
            for key in [key for key in value if key in keys]:
                del value[key]
        value = value.values()
    for inner in value:
        if type(inner) in _NESTED:
            _take_out(inner, keys, deep - 1)


def without_nul(value: Any) -> Any:
    """A copy of a JSON value whose texts hold no NUL character."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {without_nul(key): without_nul(item) for key, item in value.items()}
    return [without_nul(item) for item in value] if isinstance(value, list) else value

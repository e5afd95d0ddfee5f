"""What a connector says of itself: its options, its capabilities, its scans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from connectors.errors import ConfigurationError

Level = Literal["documented", "likely"]
Mode = Literal["full", "changed", "new"]


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a connection, given by `--set KEY=VALUE` or a form field."""

    key: str
    label: str
    default: str | bool = ""
    required: bool = False
    secret: bool = False
    choices: tuple[str, ...] = ()
    help: str = ""

    def read(self, value: Any) -> str | bool:
        """The value in its own type. Raises ValueError in words."""
        if isinstance(self.default, bool):
            if isinstance(value, bool):
                return value
            if str(value).strip().lower() not in _BOOLS:
                raise ValueError(f"{self.key} must be true or false, not {value!r}")
            return _BOOLS[str(value).strip().lower()]
        found = str(value).strip()
        if self.choices and found not in self.choices:
            raise ValueError(f"{self.key} must be one of {', '.join(self.choices)}, not {found!r}")
        if self.required and not found:
            raise ValueError(f"{self.key} is required")
        return found


_BOOLS = {"true": True, "yes": True, "1": True, "on": True}
_BOOLS |= {"false": False, "no": False, "0": False, "off": False}


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing that the vendor's API can do.

    `documented`: its page says so. `likely`: evidence short of that; off until the
    connection's option `option` is on. `fields`: the shared fields that a write carries.
    `beside`: those that go along with a create though the vendor may not keep them.
    `required`: the fields without which the vendor refuses. `note`: what the page leaves open.
    """

    level: Level
    option: str = ""
    fields: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    note: str = ""


Position = dict[str, Any]
"""Where a page stands in a scan: JSON values only, made and read by the vendor's connector."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What to list: everything, what changed since a moment, or what was created since."""

    mode: Mode = "full"
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One page as the vendor's connector reads it.

    `rows`: each record's own JSON bytes. `total`: the vendor's count of the whole list.
    `next`: the following position, None at the end. `last`: the number of the last page
    where pages are numbered (position `{"page": n}`), so that more can be fetched ahead.
    """

    rows: tuple[bytes, ...]
    total: int | None = None
    next: Position | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A listing with its place and times. `sent_at` is our clock when its request left,
    `clock` the vendor's at its answer (None: not told)."""

    number: int
    position: Position
    rows: tuple[bytes, ...]
    total: int | None
    next: Position | None
    sent_at: datetime
    clock: datetime | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """One record's JSON bytes and the moment its request left."""

    body: bytes
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """A vendor's answer to a create or update: its id for the record, and the record's
    bytes where the answer holds it (None: read it again)."""

    external_id: str
    body: bytes | None
    sent_at: datetime


Credentials = Mapping[str, str]

NEVER_STORE = frozenset(
    "password password_confirmation token access_token refresh_token remember_token api_key "
    "secret login_url login_link ip ip_address last_login_ip".split()
)
"""Keys (lower case) that are dropped from every vendor's rows, at any depth."""


def read_options(declared: Sequence[Option], given: Mapping[str, Any]) -> dict[str, str | bool]:
    """Every declared key with its given or default value. Raises ConfigurationError for a key
    that is unknown, missing or nonsense."""
    unknown = sorted(set(given) - {option.key for option in declared})
    if unknown:
        raise ConfigurationError(f"unknown key: {', '.join(unknown)}")
    found: dict[str, str | bool] = {}
    for option in declared:
        value = given.get(option.key, option.default)
        if option.required and not value:
            raise ConfigurationError(f"{option.key} is missing")
        try:
            found[option.key] = option.read(value)
        except ValueError as error:
            raise ConfigurationError(str(error)) from None
    return found

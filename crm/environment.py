"""Reads one environment variable at a time, strictly.

django-environ reads the `.env` file; its casts do not do here, because they turn a misspelt
`DEBUG=ture` into False, and a secret that begins with `$` into the name of another variable.
A variable that is set to nothing counts as not set, so that a line `NAME=` is harmless.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NoReturn
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off"}


def refuse(name: str, why: str) -> NoReturn:
    """Stop the start with one sentence: which variable, and why."""
    raise ImproperlyConfigured(f"{name} {why}.")


class Environment:
    """Typed look-ups in a mapping of texts; each raises ImproperlyConfigured on nonsense."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        return self._values.get(name, "").strip() or default

    def words(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """A comma-separated list, blanks left out."""
        words = [word.strip() for word in self.text(name).split(",")]
        return [word for word in words if word] or list(default)

    def flag(self, name: str, default: bool) -> bool:
        text = self.text(name).lower()
        if not text:
            return default
        if text not in YES | NO:
            refuse(name, f"is {text!r}, but it must be true or false")
        return text in YES

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        text = self.text(name, default)
        if text not in choices:
            refuse(name, f"is {text!r}, but it must be one of {', '.join(choices)}")
        return text

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        text = self.text(name, str(default))
        try:
            value = int(text)
        except ValueError:
            refuse(name, f"is {text!r}, but it must be a whole number")
        if not low <= value <= high:
            refuse(name, f"is {value}, but it must be from {low} to {high}")
        return value

    def share(self, name: str, default: float) -> float:
        """A part of a whole, from 0 to 1."""
        text = self.text(name, str(default))
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 <= value <= 1:  # also refuses nan
            refuse(name, f"is {text!r}, but it must be a number from 0 to 1")
        return value

    def time_zone(self, name: str, default: str) -> str:
        zone = self.text(name, default)
        if zone not in available_timezones():
            refuse(name, f"is {zone!r}, but it must be a name like America/Guayaquil")
        return zone

    def host_names(self, name: str, default: Sequence[str]) -> list[str]:
        hosts = self.words(name, default)
        for host in hosts:
            if "/" in host or " " in host:
                refuse(name, f"has {host!r}, but each entry must be a host name without a scheme")
        return hosts

    def origins(self, name: str) -> list[str]:
        """Scheme and host, as a browser sends them."""
        origins = self.words(name)
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
                refuse(name, f"has {origin!r}, but each entry must be like https://crm.example.com")
        return origins

    def hosts_with_ports(self, name: str) -> list[str]:
        """host:port in lower case. No wildcards: each host is admitted by its name."""
        entries = self.words(name)
        for entry in entries:
            if not _is_host_with_port(entry):
                refuse(name, f"has {entry!r}, but each entry must be like 127.0.0.1:9700")
        return [entry.lower() for entry in entries]

    def fernet_keys(self, name: str) -> list[str]:
        """Keys for cryptography's Fernet. The sentence counts them, and repeats none."""
        keys = self.words(name)
        for number, key in enumerate(keys, start=1):
            try:
                Fernet(key)
            except ValueError:
                why = "is no Fernet key: 32 bytes in url-safe base64"
                refuse(name, f"has {len(keys)} entries, of which number {number} {why}")
        return keys


def _is_host_with_port(entry: str) -> bool:
    parts = urlsplit(f"//{entry}")
    try:
        port = parts.port
    except ValueError:  # no number, or too large a one
        return False
    return bool(parts.hostname and port) and parts.netloc == entry and not set("@*") & set(entry)

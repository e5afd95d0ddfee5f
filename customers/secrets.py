"""Credentials at rest: encrypted in the database, never in a repr, a log or an export."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models


class Secrets(Mapping[str, str]):
    """Read-only credentials whose values show nowhere by accident."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, key: str) -> str:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(f'{key}=***' for key in self._values)})"

    __str__ = __repr__

    def __reduce__(self) -> tuple[Any, ...]:
        """A pickle or a copy of them is sealed."""
        return SealedSecrets, (seal(self),)


class UnreadableSecretsError(Exception):
    """The stored credentials were encrypted with a key that CREDENTIALS_KEYS no longer has."""


class SecretsField(models.TextField):  # type: ignore[type-arg]
    """A `Secrets` mapping, stored encrypted with the first of CREDENTIALS_KEYS."""

    def from_db_value(self, value: str | None, *args: Any) -> Secrets:
        return Secrets() if not value else SealedSecrets(value)

    def to_python(self, value: Any) -> Any:
        if value in ("", None):  # from a fixture dump
            return Secrets()
        if isinstance(value, Mapping):
            return value if isinstance(value, Secrets) else Secrets(value)
        raise ValidationError("credentials must be a mapping")

    def get_prep_value(self, value: Any) -> str:
        if isinstance(value, SealedSecrets):
            return reseal(value.token)
        return seal(value or {})

    def value_to_string(self, obj: models.Model) -> str:
        """What a fixture dump shows: nothing."""
        return ""


class SealedSecrets(Secrets):
    """Secrets as stored, opened at the first look, so that a list of connections still
    shows when a key is lost. Looking raises UnreadableSecretsError then."""

    def __init__(self, token: str) -> None:
        self.token = token
        self._opened: dict[str, str] | None = None

    @property
    def _values(self) -> dict[str, str]:  # type: ignore[override]
        if self._opened is None:
            self._opened = unseal(self.token)
        return self._opened

    def __repr__(self) -> str:
        return "Secrets(***)"

    __str__ = __repr__

    def __reduce__(self) -> tuple[Any, ...]:
        return SealedSecrets, (self.token,)


def seal(values: Mapping[str, str]) -> str:
    return _cipher().encrypt(json.dumps(dict(values), sort_keys=True).encode()).decode()


def reseal(token: str) -> str:
    """The same under the first key; as it is where no key opens it."""
    try:
        return _cipher().rotate(token).decode()
    except InvalidToken:
        return token


def unseal(token: str) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(_cipher().decrypt(token.encode()))
    except InvalidToken:
        raise UnreadableSecretsError(
            "the credentials cannot be read: CREDENTIALS_KEYS lacks the key that they were "
            "stored with; add it, or enter the credentials again"
        ) from None
    return found


def _cipher() -> MultiFernet:
    return _cipher_for(tuple(settings.CREDENTIALS_KEYS))


@lru_cache(maxsize=4)
def _cipher_for(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])

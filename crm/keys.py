"""The keys of an embedded installation: made once, kept in a file that only its owner may read."""

import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict, TypeVar

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")


class Keys(TypedDict):
    secret_key: str
    credentials_keys: list[str]
    erasure_key: str


def kept_keys(path: Path) -> Keys:
    """The keys in the file at `path`, which is made first where it is missing.

    However many processes start at once, all get the same keys: the file appears whole, under its
    name, for one of them only, and the others read that one. A file from before there was an
    erasure key gets one, by one of them only.
    """
    if not path.exists():
        _make_once(path)
    if "erasure_key" not in _read(path, dict):
        _add_erasure_key(path)
    return _read(path, _keys)


def _make_once(path: Path) -> None:
    keys = Keys(
        secret_key=secrets.token_urlsafe(64),
        credentials_keys=[Fernet.generate_key().decode("ascii")],
        erasure_key=secrets.token_urlsafe(64),
    )
    draft = _draft(path, keys)
    try:  # a link, unlike a rename, never replaces what is already there
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _add_erasure_key(path: Path) -> None:
    """Whoever waited for the lock finds the key of whoever had it."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        found = _read(path, dict)
        if "erasure_key" not in found:
            _read(path, lambda kept: _keys(kept | {"erasure_key": ""}))  # a spoilt one is left
            _draft(path, found | {"erasure_key": secrets.token_urlsafe(64)}).replace(path)


def _draft(path: Path, keys: Any) -> Path:
    """The keys in a file beside the one they are meant for; mkstemp gives the mode 0600."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(keys, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    return Path(draft)


def _keys(kept: Any) -> Keys:
    return Keys(
        secret_key=str(kept["secret_key"]),
        credentials_keys=list(kept["credentials_keys"]),
        erasure_key=str(kept["erasure_key"]),
    )


def _read(path: Path, form: Callable[[Any], T]) -> T:
    try:
        return form(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ImproperlyConfigured(
            f"The keys in {path} cannot be read ({type(error).__name__}): restore that file from a "
            "backup, since the stored credentials cannot be opened without it."
        ) from error

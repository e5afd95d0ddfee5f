"""The keys of an embedded installation: made once, kept in a file that only its owner may read."""

import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import TypedDict

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured


class Keys(TypedDict):
    secret_key: str
    credentials_keys: list[str]


def kept_keys(path: Path) -> Keys:
    """The keys in the file at `path`, which is made first where it is missing.

    However many processes start at once, all get the same keys: the file appears whole, under its
    name, for one of them only, and the others read that one.
    """
    if not path.exists():
        _make_once(path)
    return _read(path)


def _make_once(path: Path) -> None:
    keys = Keys(
        secret_key=secrets.token_urlsafe(64),
        credentials_keys=[Fernet.generate_key().decode("ascii")],
    )
    # mkstemp gives the mode 0600; a link, unlike a rename, never replaces what is already there.
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(keys, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()


def _read(path: Path) -> Keys:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Keys(
            secret_key=str(kept["secret_key"]), credentials_keys=list(kept["credentials_keys"])
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ImproperlyConfigured(
            f"The keys in {path} cannot be read ({type(error).__name__}): restore that file from a "
            "backup, since the stored credentials cannot be opened without it."
        ) from error

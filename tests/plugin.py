"""Runs before Django's settings are loaded: gives the tests an environment of their own.

`--db sqlite` (the default) or `--db postgres` chooses the database. Nothing of the developer's is
used: not the shell's variables, not the `.env` file, not `var/`.
"""

import atexit
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers import ServerMissing, postgresql_server

ROOT = Path(__file__).resolve().parent.parent
# What the controller of a parallel run tells its workers: the session's folder and its server.
FOLDER, SERVER = "CRM_TEST_FOLDER", "CRM_TEST_POSTGRESQL"

# Constant, since the workers of a parallel run must agree on what they run.
SECRET_KEY = "the tests' own, worth nothing elsewhere: 0123456789"
ERASURE_KEY = "the tests' own, worth nothing elsewhere: 9876543210"
CREDENTIALS_KEY = "dGhlIHRlc3RzJyBvd246IG5vIHNlY3JldCBhdCBhbGw="

_session = ExitStack()  # what ends with this process's session,
atexit.register(_session.close)  # or with a start that failed half-way


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--db",
        choices=("sqlite", "postgres"),
        default="sqlite",
        help="the database of the tests; postgres starts a throwaway server (default: sqlite)",
    )


# A wrapper, since pytest-django loads the settings in this same hook.
@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, None, None]:
    options = parser.parse_known_args(args)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends like Ctrl-C: in order
    folder = _folder()
    os.environ.update(dict.fromkeys(documented_variables(), ""))
    os.environ["VAR_DIR"] = str(folder / os.environ.get("PYTEST_XDIST_WORKER", "main"))
    os.environ["SECURE_SSL"] = "false"
    if options.db == "postgres" and not options.help:
        os.environ["DATABASE_URL"] = _postgresql()
        os.environ["SECRET_KEY"] = SECRET_KEY
        os.environ["CREDENTIALS_KEYS"] = CREDENTIALS_KEY
        os.environ["ERASURE_KEY"] = ERASURE_KEY
    yield


def pytest_unconfigure() -> None:
    _session.close()


def documented_variables() -> list[str]:
    """The names in .env.example; set to nothing, each has its default."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8")
    return re.findall(r"^#?([A-Z][A-Z_]*)=", lines, flags=re.MULTILINE)


def _folder() -> Path:
    if FOLDER not in os.environ:
        folder = tempfile.mkdtemp(prefix="crm-tests-")
        _session.callback(shutil.rmtree, folder, ignore_errors=True)
        _announce(FOLDER, folder)
    return Path(os.environ[FOLDER])


def _postgresql() -> str:
    if SERVER not in os.environ:
        try:
            _announce(SERVER, _session.enter_context(postgresql_server()))
        except ServerMissing as missing:
            raise pytest.UsageError(f"--db postgres: {missing}") from None
    return os.environ[SERVER]


def _announce(name: str, value: str) -> None:
    os.environ[name] = value
    _session.callback(os.environ.pop, name, None)

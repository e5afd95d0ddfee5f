"""Fixtures that any test may use. The databases and folders are chosen in tests/plugin.py."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.utils import translation
from hypothesis import settings as hypothesis_settings
from redis import Redis

from tests.servers import ServerMissing, redis_server

# How long an example takes says how busy the machine is, and pytest has a time-out of its own.
hypothesis_settings.register_profile("desk", deadline=None)
hypothesis_settings.load_profile("desk")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Test databases that several threads and processes can open at once, one for each worker.

    SQLite's would otherwise be in memory, where no second process sees it.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    database = settings.DATABASES["default"]
    name = settings.VAR_DIR / "test.sqlite3" if settings.EMBEDDED else f"test_crm_{worker}"
    database["TEST"]["NAME"] = str(name)


@pytest.fixture(scope="session", autouse=True)
def _static_files_where_they_are() -> Iterator[None]:
    """On PostgreSQL the settings are production's, which expect files collected beforehand."""
    storages = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    with override_settings(STORAGES=storages, WHITENOISE_USE_FINDERS=True):
        yield


@pytest.fixture(autouse=True)
def _language_of_nobody() -> Iterator[None]:
    """A page leaves its reader's language with the thread that the next test runs in."""
    yield
    translation.deactivate()


@pytest.fixture
def process_env(transactional_db: None) -> dict[str, str]:
    """The environment for a process of ours (a command, a worker) on this test's own database."""
    name = connection.settings_dict["NAME"]
    if settings.EMBEDDED:
        url = f"sqlite:///{name}"
    else:
        url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    return os.environ | {
        "DATABASE_URL": url,
        "SECRET_KEY": settings.SECRET_KEY,
        "CREDENTIALS_KEYS": ",".join(settings.CREDENTIALS_KEYS),
        "ERASURE_KEY": settings.ERASURE_KEY,
        "DJANGO_SETTINGS_MODULE": "crm.settings",
    }


@pytest.fixture(scope="session")
def _redis() -> Iterator[str]:
    try:
        with redis_server() as url:
            yield url
    except ServerMissing as missing:
        raise pytest.fail.Exception(str(missing), pytrace=False) from None


@pytest.fixture
def redis_url(_redis: str) -> str:
    """The address of a throwaway Redis, emptied for this test."""
    with Redis.from_url(_redis) as redis:
        redis.flushall()
    return _redis


@pytest.fixture(scope="session")
def project_dir() -> Path:
    return settings.BASE_DIR

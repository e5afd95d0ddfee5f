"""The throwaway servers that the tests run on, and the processes that tests start."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from redis import Redis

from tests import servers
from tests.servers import ServerMissing


@pytest.mark.redis
def test_redis_answers_and_is_empty(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        assert redis.dbsize() == 0


def test_nothing_is_kept_in_the_developers_folder() -> None:
    assert not settings.VAR_DIR.is_relative_to(settings.BASE_DIR)


@pytest.mark.django_db(transaction=True)
def test_a_process_started_by_a_test_sees_the_tests_database(
    process_env: dict[str, str], project_dir: Path, django_user_model
) -> None:
    django_user_model.objects.create_user("ana")
    asked = "from django.contrib.auth.models import User; print(User.objects.get().username)"
    answer = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", asked],
        env=process_env,
        cwd=project_dir,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip().endswith("ana")


@pytest.mark.django_db
def test_the_database_can_write_as_the_product_needs_it() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone() == ("wal",)
        else:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute("SELECT similarity('josé', 'josé')")
            assert cursor.fetchone() == (1.0,)


def test_a_missing_server_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(servers, "DEBIAN_POSTGRESQL", Path("/nowhere"))
    with pytest.raises(ServerMissing, match="apt-get install postgresql"):
        servers.postgresql_programs()
    with pytest.raises(ServerMissing, match="apt-get install redis-server"):
        servers.redis_program()

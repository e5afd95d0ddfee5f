"""Settings come from the environment alone; nonsense stops the start with a sentence."""

import json
import runpy
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.plugin import CREDENTIALS_KEY, ERASURE_KEY, ROOT, SECRET_KEY, documented_variables

POSTGRESQL = "postgres://crm:pass-word@db.example.com:5432/crm"
PRODUCTION = {
    "DATABASE_URL": POSTGRESQL,
    "SECRET_KEY": SECRET_KEY,
    "CREDENTIALS_KEYS": CREDENTIALS_KEY,
    "ERASURE_KEY": ERASURE_KEY,
    "CELERY_BROKER_URL": "redis://:pass-word@broker.example.com:6379/0",
    "ALLOWED_HOSTS": "crm.example.com",
}

Load = Callable[..., dict[str, Any]]


@pytest.fixture
def bare_env(tmp_path: Path) -> dict[str, str]:
    """Every variable unset, but for the folder to write in."""
    return dict.fromkeys(documented_variables(), "") | {"VAR_DIR": str(tmp_path)}


@pytest.fixture
def load(bare_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Load:
    """Reads the settings file afresh, with these variables and no others."""

    def read(**variables: str) -> dict[str, Any]:
        for name, value in (bare_env | variables).items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "crm" / "settings.py"))

    return read


def manage(env: dict[str, str], *command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        env={"PYTHONPATH": str(ROOT)} | env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_any_variable_it_runs_embedded(load: Load, tmp_path: Path) -> None:
    settings = load()
    assert settings["EMBEDDED"]
    assert settings["DATABASES"]["default"]["NAME"] == tmp_path / "crm.sqlite3"
    assert settings["CELERY_BROKER_URL"].startswith("filesystem://")
    assert Path(settings["CELERY_BROKER_TRANSPORT_OPTIONS"]["data_folder_in"]).is_dir()
    assert not settings["DEBUG"]
    assert not settings["SECURE_SSL_REDIRECT"]


def test_the_embedded_database_lets_writers_wait_for_each_other(load: Load) -> None:
    options = load()["DATABASES"]["default"]["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]


def test_production_is_made_by_variables_alone(load: Load) -> None:
    settings = load(**PRODUCTION)
    database = settings["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example.com", 5432, "crm")
    assert settings["SECURE_SSL_REDIRECT"]
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CREDENTIALS_KEYS"] == [CREDENTIALS_KEY]
    assert settings["CELERY_BROKER_TRANSPORT_OPTIONS"]["unacked_restore_throttle"] == 1


def test_a_secret_may_begin_with_any_character(load: Load) -> None:
    assert load(SECRET_KEY=f"${SECRET_KEY}")["SECRET_KEY"] == f"${SECRET_KEY}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "ture"),
        ("SECURE_SSL", "2"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 64),
        ("ERASURE_KEY", "short"),
        ("ERASURE_KEY", "a" * 64),
        ("CREDENTIALS_KEYS", "not-a-key"),
        ("CREDENTIALS_KEYS", f"{CREDENTIALS_KEY},not-a-key"),
        ("ALLOWED_HOSTS", "https://crm.example.com"),
        ("CSRF_TRUSTED_ORIGINS", "crm.example.com"),
        ("CSRF_TRUSTED_ORIGINS", "https://crm.example.com/admin"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://crm:pass-word@localhost/crm"),
        ("DATABASE_URL", "postgres://crm:pass-word@localhost"),
        ("DATABASE_URL", "postgres://crm:pass-word@localhost:port/crm"),
        ("DATABASE_URL", "sqlite://:memory:"),
        ("DATABASE_URL", "sqlite://"),
        ("CELERY_BROKER_URL", "localhost:6379"),
        ("CELERY_BROKER_URL", "http://:pass-word@localhost"),
        ("LANGUAGE_CODE", "tlh"),
        ("TIME_ZONE", "Guayaquil"),
        ("LOG_LEVEL", "LOUD"),
        ("TICK_SECONDS", "0"),
        ("TICK_SECONDS", "1.5"),
        ("LEASE_SECONDS", "1"),
        ("LEASE_SECONDS", "soon"),
        ("PAGES_IN_FLIGHT", "0"),
        ("PAGES_IN_FLIGHT", "97"),
        ("SCAN_HOURS", "-1"),
        ("MATCH_KEY_MAX_CARRIERS", "0"),
        ("GUARD_CHANGED_SHARE", "50%"),
        ("GUARD_CHANGED_SHARE", "1.01"),
        ("GUARD_CHANGED_MIN", "-1"),
        ("GUARD_MISSING_SHARE", "nan"),
        ("GUARD_MISSING_MIN", "many"),
        ("GUARD_COUNT_SHARE", "-0.1"),
        ("EXTRA_VENDOR_HOSTS", "127.0.0.1"),
        ("EXTRA_VENDOR_HOSTS", "127.0.0.1:99999"),
        ("EXTRA_VENDOR_HOSTS", "http://127.0.0.1:9700"),
        ("EXTRA_VENDOR_HOSTS", "*.example.com:443"),
    ],
)
def test_nonsense_is_refused_by_name_and_without_the_secret(
    load: Load, name: str, value: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=name) as refused:
        load(**{name: value})
    assert "pass-word" not in str(refused.value)


def test_a_connection_is_kept_no_longer_than_a_day(load: Load) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_CONN_MAX_AGE"):
        load(**PRODUCTION | {"DATABASE_CONN_MAX_AGE": "86401"})


def test_a_folder_that_cannot_be_made_is_refused(load: Load, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match="VAR_DIR"):
        load(VAR_DIR=str(tmp_path / "file" / "var"))


@pytest.mark.parametrize("name", ["SECRET_KEY", "CREDENTIALS_KEYS", "ERASURE_KEY"])
def test_production_without_a_key_is_refused(load: Load, name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"{name} is not set"):
        load(**PRODUCTION | {name: ""})


@pytest.mark.parametrize(
    "host", ["127.0.0.1:9700", "localhost:9700", "[::1]:9700", "Sandbox.Example.com:9700"]
)
def test_a_vendor_host_beside_the_vendors_own_is_admitted(load: Load, host: str) -> None:
    assert load(EXTRA_VENDOR_HOSTS=host)["EXTRA_VENDOR_HOSTS"] == [host.lower()]


def test_keys_are_made_once_and_only_their_owner_may_read_them(load: Load, tmp_path: Path) -> None:
    assert load()["SECRET_KEY"] == load()["SECRET_KEY"]
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_a_key_file_from_before_erasures_keeps_its_keys_and_gets_one_more(
    load: Load, tmp_path: Path
) -> None:
    load()
    kept = tmp_path / "keys.json"
    before = json.loads(kept.read_text())
    del before["erasure_key"]
    kept.write_text(json.dumps(before))
    settings = load()
    assert settings["SECRET_KEY"] == before["secret_key"]
    assert settings["CREDENTIALS_KEYS"] == before["credentials_keys"]
    assert load()["ERASURE_KEY"] == settings["ERASURE_KEY"]
    assert json.loads(kept.read_text()) == before | {"erasure_key": settings["ERASURE_KEY"]}
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_spoilt_key_file_is_refused_and_left_alone(load: Load, tmp_path: Path) -> None:
    kept = tmp_path / "keys.json"
    kept.write_text("{}")
    with pytest.raises(ImproperlyConfigured, match=r"keys\.json"):
        load()
    assert kept.read_text() == "{}"


@pytest.mark.parametrize("older", [False, True])
def test_processes_that_start_at_once_agree_on_the_keys(
    bare_env: dict[str, str], tmp_path: Path, older: bool
) -> None:
    ask = (
        "from crm import settings; "
        "print(settings.SECRET_KEY, settings.CREDENTIALS_KEYS, settings.ERASURE_KEY)"
    )
    if older:
        keys = {"secret_key": SECRET_KEY, "credentials_keys": [CREDENTIALS_KEY]}
        (tmp_path / "keys.json").write_text(json.dumps(keys))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ask], env=bare_env, cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _number in range(6)
    ]
    answers = {process.communicate()[0] for process in processes}
    assert len(answers) == 1
    answer, kept = answers.pop(), json.loads((tmp_path / "keys.json").read_text())
    assert kept["secret_key"] in answer
    assert kept["erasure_key"] in answer


def test_the_command_line_says_a_sentence_and_no_traceback(bare_env: dict[str, str]) -> None:
    ended = manage(bare_env | {"TICK_SECONDS": "often"}, "check")
    assert ended.returncode == 1
    assert ended.stderr == "TICK_SECONDS is 'often', but it must be a whole number.\n"


def test_a_worker_says_the_sentence_too(bare_env: dict[str, str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "crm", "inspect", "ping"],
        env=bare_env | {"TICK_SECONDS": "often"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert "TICK_SECONDS is 'often'" in ended.stderr


def test_the_beat_rings_the_tick_and_a_late_tick_is_dropped(load: Load) -> None:
    tick = load(TICK_SECONDS="7")["CELERY_BEAT_SCHEDULE"]["tick"]
    assert tick == {"task": "customers.tick", "schedule": 7, "options": {"expires": 7}}

"""What the product stands on, a database and a broker, as Django and Celery want them described.

No sentence here repeats an address: it holds a password.
"""

from pathlib import Path
from typing import Any

import environ

from crm.environment import refuse

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL_SCHEMES = {"postgres", "postgresql", "psql", "pgsql"}
BROKER_SCHEMES = ("filesystem", "redis", "rediss", "sentinel", "amqp", "amqps")


def database(name: str, url: str, base: Path, conn_max_age: int) -> dict[str, Any]:
    """Django's description of the database at `url`, the value of the variable `name`.

    A relative SQLite file is found from `base`.
    """
    scheme = url.partition("://")[0]
    if scheme not in POSTGRESQL_SCHEMES | {"sqlite"}:
        refuse(name, "must begin with sqlite:// or postgres://; no others are supported")
    try:
        config = environ.Env.db_url_config(url)
    except ValueError:  # such as a port that is no number
        refuse(name, "is not a complete address: postgres://USER:PASSWORD@HOST:5432/NAME")
    if config["NAME"] == ":memory:":
        refuse(name, "is a database in memory, which the worker could not see")
    if not config["NAME"]:
        refuse(name, "names no database after the host")
    if scheme == "sqlite":
        return _sqlite(base / config["NAME"])
    return _postgresql(config, conn_max_age)


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": SQLITE,
        "NAME": path,
        "OPTIONS": {
            # With DEFERRED, four writers had 227 of 600 writes refused as locked; so, none.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def _postgresql(config: dict[str, Any], conn_max_age: int) -> dict[str, Any]:
    return config | {
        "OPTIONS": {"connect_timeout": 10} | config.get("OPTIONS", {}),
        "CONN_MAX_AGE": conn_max_age,
        "CONN_HEALTH_CHECKS": True,
    }


def broker_url(name: str, url: str) -> str:
    """The address of the broker, checked: `url` is the value of the variable `name`."""
    scheme, separator, _rest = url.partition("://")
    if not separator or scheme not in BROKER_SCHEMES:
        refuse(name, f"must begin with one of {', '.join(BROKER_SCHEMES)}, and ://")
    # Files have no host, but without one the messaging library warns at every connection.
    return "filesystem://localhost" if scheme == "filesystem" else url


def broker_options(url: str, folder: Path, lease_seconds: int) -> dict[str, Any]:
    """The transport's options. The database is the queue of record; a broker only rings."""
    scheme = url.partition("://")[0]
    if scheme == "filesystem":
        return _folders(folder)
    if scheme in {"redis", "rediss", "sentinel"}:
        # A killed worker's task came back after 102 s with the defaults, after 8 s with these.
        # A task that comes back while it still runs finds its lease held, and ends.
        return {
            "visibility_timeout": 2 * lease_seconds,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
        }
    return {}


def _folders(folder: Path) -> dict[str, str]:
    """What is written to the queue is read from it: in and out are one folder."""
    made = {name: folder / name for name in ("queue", "processed", "control")}
    for path in made.values():
        path.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(made["queue"]),
        "data_folder_out": str(made["queue"]),
        "processed_folder": str(made["processed"]),
        "control_folder": str(made["control"]),
    }

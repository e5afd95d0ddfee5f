"""The search's index on SQLite: a table of the trigrams of every search text.

PostgreSQL's is an ordinary index (migration 0002). SQLite's is a table beside the customers,
kept by triggers, and a migration that makes the customers' table anew loses them without a word:
so after every migrate they are looked at, and the index made again where one is missing.
The text is indexed with a line's end before it, so that every line begins after one; it is not
kept a second time.
"""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "customers_search"
_LINE = "char(10) || {row}.search_text"
_OLD = (
    f"INSERT INTO {TABLE} ({TABLE}, rowid, line) "  # noqa: S608  names of ours alone
    f"VALUES ('delete', old.id, {_LINE.format(row='old')});"
)
_NEW = f"INSERT INTO {TABLE} (rowid, line) VALUES (new.id, {_LINE.format(row='new')});"  # noqa: S608
TRIGGERS = {
    "customers_search_added": f"AFTER INSERT ON customers_customer BEGIN {_NEW} END",
    "customers_search_removed": f"AFTER DELETE ON customers_customer BEGIN {_OLD} END",
    "customers_search_changed": (
        "AFTER UPDATE OF id, search_text ON customers_customer "
        f"WHEN old.search_text <> new.search_text OR old.id <> new.id BEGIN {_OLD} {_NEW} END"
    ),
}


def ensure(using: str = "default", **kwargs: Any) -> None:
    """Make the index and fill it, unless all of it is there."""
    connection = connections[using]
    if connection.vendor != "sqlite" or not _has(connection, "table", "customers_customer"):
        return
    wanted = [("table", TABLE), *(("trigger", name) for name in TRIGGERS)]
    if not all(_has(connection, *one) for one in wanted):
        _make(connection)


def forget() -> None:
    """Leave nothing in the index of texts that are gone: it keeps what was deleted until it is
    packed. Inside the caller's transaction."""
    connection = connections["default"]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('optimize')")  # noqa: S608


def _has(connection: BaseDatabaseWrapper, kind: str, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE type = %s AND name = %s", [kind, name])
        return cursor.fetchone() is not None


def _make(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for name in TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(
            f"CREATE VIRTUAL TABLE {TABLE} USING fts5(line, content='', tokenize='trigram')"
        )
        cursor.execute(
            f"INSERT INTO {TABLE} (rowid, line) SELECT id, {_LINE.format(row='one')} "  # noqa: S608
            "FROM customers_customer AS one"
        )
        for name, what in TRIGGERS.items():
            cursor.execute(f"CREATE TRIGGER {name} {what}")

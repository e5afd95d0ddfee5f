"""Where the fakes keep their rows: a SQLite file, or nowhere but memory.

Every write is committed before its answer leaves, so a killed sandbox forgets nothing
that it has answered.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

_TABLES = """
CREATE TABLE IF NOT EXISTS row (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    vendor TEXT NOT NULL, id TEXT NOT NULL, person TEXT NOT NULL, body BLOB NOT NULL,
    UNIQUE (vendor, id)
);
CREATE TABLE IF NOT EXISTS note (
    vendor TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (vendor, name)
) WITHOUT ROWID;
"""
_PUT = """
INSERT INTO row (vendor, id, person, body) VALUES (?, ?, ?, ?)
ON CONFLICT (vendor, id) DO UPDATE SET body = excluded.body, person = excluded.person
"""


class Store:
    """Rows and notes (small named values) of every vendor. Without a path, a no-op."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._db: sqlite3.Connection | None = None
        if path is not None:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is put inside is stored whole or not at all. May be nested."""
        with self._lock:
            self._depth += 1
            try:
                if self._depth == 1:
                    self._execute("BEGIN IMMEDIATE")
                yield
                if self._depth == 1:
                    self._execute("COMMIT")
            except BaseException:
                if self._depth == 1:
                    self._execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def put(self, vendor: str, key: str, row: dict[str, Any], person: str) -> None:
        if self._db is not None:
            self._execute(_PUT, vendor, key, person, msgspec.json.encode(row))

    def remove(self, vendor: str, key: str) -> None:
        self._execute("DELETE FROM row WHERE vendor = ? AND id = ?", vendor, key)

    def rows(self, vendor: str) -> Iterator[tuple[str, dict[str, Any], str]]:
        """(id, row, person) in their order."""
        query = "SELECT id, body, person FROM row WHERE vendor = ? ORDER BY place"
        for key, body, person in self._execute(query, vendor):
            yield key, msgspec.json.decode(body), person

    def note(self, vendor: str, name: str, value: Any) -> None:
        if self._db is not None:
            body = msgspec.json.encode(value)
            self._execute("INSERT OR REPLACE INTO note VALUES (?, ?, ?)", vendor, name, body)

    def notes(self, vendor: str) -> dict[str, Any]:
        found = self._execute("SELECT name, body FROM note WHERE vendor = ?", vendor)
        return {name: msgspec.json.decode(body) for name, body in found}

    def close(self) -> None:
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def _execute(self, statement: str, *values: Any) -> list[Any]:
        if self._db is None:
            return []
        with self._lock:
            return self._db.execute(statement, values).fetchall()

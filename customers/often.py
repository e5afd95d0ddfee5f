"""Queries that are asked for every page, and what makes them cheap.

Building a query takes the ORM longer than its answer takes the database. On PostgreSQL the
text of a query that is asked often is made once and prepared by the server; on SQLite, where
the text grows with the lists in it, it is built each time.
"""

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import QuerySet

Answer = Sequence[tuple[Any, ...]]


class Often:
    """A query of lists, asked as a function: `build` gives its `values_list` from one value
    for each of its `within` look-ups. What else it holds never changes."""

    def __init__(self, build: Callable[..., "QuerySet[Any, Any]"], lists: int = 1) -> None:
        self._build = build
        self._places = [_Place() for _ in range(lists)]
        self._text = ""
        self._params: Sequence[Any] = ()
        self._converters: dict[int, Any] = {}
        self._compiler: Any = None

    def __call__(self, *lists: Sequence[Any]) -> Answer:
        if connection.vendor != "postgresql":
            return list(self._build(*lists))
        return self._answer(self._asked(lists))

    def _asked(self, lists: Sequence[Sequence[Any]]) -> Any:
        """A cursor that the query was sent with."""
        if self._compiler is None:
            self._compile()
        given = dict(zip(self._places, map(array, lists), strict=True))
        cursor = lasting_cursor()
        cursor.execute(
            self._text, [given[one] if isinstance(one, _Place) else one for one in self._params]
        )
        return cursor

    def _answer(self, cursor: Any) -> Answer:
        with cursor:
            rows: Answer = cursor.fetchall()
        if not (rows and self._converters):
            return rows
        return list(map(tuple, self._compiler.apply_converters(rows, self._converters)))

    def _compile(self) -> None:
        compiler = self._build(*self._places).query.get_compiler(connection=connection)
        self._text, self._params = compiler.as_sql()
        columns = [column for column, *_ in compiler.select]
        self._converters = compiler.get_converters(columns)
        self._compiler = compiler


def at_once(*asked: tuple[Often, Sequence[Sequence[Any]]]) -> list[Answer]:
    """The answers of several, asked in order: on PostgreSQL they are sent together, one way
    there and back, and each still sees what those before it waited for."""
    if connection.vendor != "postgresql":
        return [often(*lists) for often, lists in asked]
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        cursors = [often._asked(lists) for often, lists in asked]
    return [often._answer(cursor) for (often, _), cursor in zip(asked, cursors, strict=True)]


def array(values: Sequence[Any]) -> Any:
    """A list of whole numbers or of texts as PostgreSQL writes one, at a tenth of what the
    driver takes, which asks each value what it is. The statement says of what type it is. Any
    other list stays as it is."""
    kinds = set(map(type, values))
    if kinds == {int}:
        return f"{{{','.join(map(str, values))}}}"
    if kinds == {str}:
        return f"{{{','.join(map(_quoted, values))}}}"
    return values


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


class _Place:
    """Stands for a list in a query's parameters."""


def own_session() -> bool:
    """Whether the database is PostgreSQL and its session ours to set up: not behind a pooler that
    gives it away after each transaction (Django's setting DISABLE_SERVER_SIDE_CURSORS)."""
    database = connections[DEFAULT_DB_ALIAS]
    pooled = database.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    return database.vendor == "postgresql" and not pooled


def lasting_cursor() -> Any:
    """A cursor for statements that come again and again: on PostgreSQL the server parses them
    once for each connection, and their values travel beside them. Where the session is not
    ours alone nothing is prepared."""
    database = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` is at each word
    if database.vendor != "postgresql":
        return database.cursor()
    database.ensure_connection()
    link = database.connection
    if own_session():
        link.prepare_threshold = 0  # it counts for cursors that bind at the server: these alone
    cursor: Any = _Cursor(link)
    cursor.database = database
    if database.queries_logged:
        return database.make_debug_cursor(cursor)
    return database.make_cursor(cursor) if database.execute_wrappers else cursor


class _Cursor(psycopg.Cursor[Any]):
    """What Django puts around a cursor for others to look on takes as long as the driver's own
    work; where nobody looks on, this is all that is left of it."""

    database: Any

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        with self._errors():
            return super().execute(*args, **kwargs)

    def executemany(self, *args: Any, **kwargs: Any) -> None:
        with self._errors():
            super().executemany(*args, **kwargs)

    def _errors(self) -> Any:
        """Django's own errors for the driver's; in a transaction that broke, that."""
        if self.database.needs_rollback:
            self.database.validate_no_broken_transaction()
        return self.database.wrap_database_errors

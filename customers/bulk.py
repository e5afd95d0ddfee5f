"""The one bulk writer: plain tuples in, rows out, the same on both databases.

COPY on PostgreSQL, executemany on SQLite. Values are text, numbers, booleans, dates,
aware datetimes, bytes or None; JSON comes as text (see `values.to_json`). Call inside a
transaction.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection, models
from psycopg.pq import PipelineStatus

from customers.often import array, lasting_cursor, own_session

Row = Sequence[Any]
# Below this, COPY's way there and back costs more than it saves.
FEW = 4


def new_ids(model: type[models.Model], number: int) -> list[int]:
    """Ids for rows about to be inserted, which nobody else gets."""
    if not number:
        return []
    table = model._meta.db_table
    with lasting_cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(name) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass "
                "AS name OFFSET 0) AS sequence, generate_series(1, %s)",
                [table, number],
            )
            return [row[0] for row in cursor.fetchall()]
        return _reserve(cursor, table, number)


def _reserve(cursor: Any, table: str, number: int) -> list[int]:
    """On SQLite the count of the ids given out is a row like any other."""
    cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [number, table])
    if not cursor.rowcount:
        cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, number])
    cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
    last = cursor.fetchone()[0]
    return list(range(last - number + 1, last + 1))


def insert(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows; `columns` are database columns (a foreign key ends in `_id`)."""
    if not rows:
        return
    names = ", ".join(map(_quoted, columns))
    with lasting_cursor() as cursor:
        if connection.vendor == "postgresql" and len(rows) > FEW and not _batching():
            with cursor.copy(f"COPY {_table(model)} ({names}) FROM STDIN") as copy:
                write = copy.write_row
                for row in rows:
                    write(row)
            return
        marks = ", ".join(["%s"] * len(columns))
        _run_each(
            cursor,
            f"INSERT INTO {_table(model)} ({names}) VALUES ({marks})",  # noqa: S608
            rows,
        )


def insert_while(
    model: type[models.Model],
    columns: Sequence[str],
    row: Row,
    holder: type[models.Model],
    condition: dict[str, Any],
) -> bool:
    """Insert one row in one statement, if a row of `holder` meets the condition at that very
    moment; says whether it did. For use outside a transaction too."""
    statement = _insert_while(connection.vendor, model, tuple(columns), holder, tuple(condition))
    values = row if connection.vendor == "postgresql" else _adapted([row])[0]
    with lasting_cursor() as cursor:
        cursor.execute(statement, [*values, *condition.values()])
        return bool(cursor.rowcount == 1)


@cache
def _insert_while(
    vendor: str,
    model: type[models.Model],
    columns: Sequence[str],
    holder: type[models.Model],
    condition: Sequence[str],
) -> str:
    """The statement, made once for each database."""
    names = ", ".join(map(_quoted, columns))
    marks = ", ".join(_typed(model, column) for column in columns)
    where = " AND ".join(f"{_quoted(column)} = %s" for column in condition)
    lock = " FOR SHARE" if connection.features.has_select_for_update else ""
    return (
        f"INSERT INTO {_table(model)} ({names}) SELECT {marks} FROM {_table(holder)} "  # noqa: S608
        f"WHERE {where}{lock}"
    )


def update_while(
    model: type[models.Model], changes: dict[str, Any], condition: dict[str, Any]
) -> bool:
    """Update the one row that meets the condition; says whether there was one."""
    sets = ", ".join(f"{_quoted(column)} = %s" for column in changes)
    where = " AND ".join(f"{_quoted(column)} = %s" for column in condition)
    values = [*changes.values(), *condition.values()]
    if connection.vendor != "postgresql":
        values = list(map(_adapt, values))
    with lasting_cursor() as cursor:
        cursor.execute(f"UPDATE {_table(model)} SET {sets} WHERE {where}", values)  # noqa: S608
        return bool(cursor.rowcount == 1)


def _typed(model: type[models.Model], column: str) -> str:
    """A place for a value that stands in a list of results, where PostgreSQL does not ask its
    column what it is."""
    if connection.vendor != "postgresql":
        return "%s"
    return f"%s::{model._meta.get_field(column).db_type(connection)}"


def insert_missing(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]
) -> list[tuple[Any, ...]]:
    """Insert rows of text that are not there yet, in the order given; gives those that were
    inserted, each behind its id."""
    if not rows:
        return []
    names = ", ".join(map(_quoted, columns))
    end = f"ON CONFLICT DO NOTHING RETURNING id, {names}"
    start = f"INSERT INTO {_table(model)} ({names})"
    found: list[tuple[Any, ...]] = []
    with lasting_cursor() as cursor:
        if connection.vendor == "postgresql":
            lists = ", ".join(["%s::text[]"] * len(columns))
            values = [array(column) for column in zip(*rows, strict=True)]
            cursor.execute(f"{start} SELECT * FROM unnest({lists}) {end}", values)  # noqa: S608
            return list(cursor.fetchall())
        for block in _blocks(_adapted(rows)):
            marks = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * len(block))
            flat = [value for row in block for value in row]
            cursor.execute(f"{start} VALUES {marks} {end}", flat)
            found += cursor.fetchall()
    return found


def insert_pairs(
    model: type[models.Model], columns: tuple[str, str], rows: Sequence[tuple[int, int]]
) -> None:
    """Insert rows of two whole numbers, but for those that are there already."""
    if not rows:
        return
    start = f"INSERT INTO {_table(model)} ({', '.join(map(_quoted, columns))})"
    with lasting_cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"{start} SELECT * FROM unnest(%s::bigint[], %s::bigint[]) "  # noqa: S608
                "ON CONFLICT DO NOTHING",
                [array(column) for column in zip(*rows, strict=True)],
            )
        else:
            cursor.executemany(f"{start} VALUES (%s, %s) ON CONFLICT DO NOTHING", rows)


def update(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Update rows by id; each row is the columns' values and then the id."""
    if not rows:
        return
    sets = ", ".join(f"{_quoted(column)} = %s" for column in columns)
    with lasting_cursor() as cursor:
        _run_each(cursor, f"UPDATE {_table(model)} SET {sets} WHERE id = %s", rows)  # noqa: S608


def analyze(*tables: type[models.Model]) -> None:
    """Let the database look at tables that have grown: one that it last saw empty is read
    whole at every look-up, and its own daemon comes too late for a first pull. It looks at the
    columns that look-ups go by."""
    if connection.vendor == "postgresql":
        wanted = (f"{_table(model)} ({', '.join(_looked_up(model))})" for model in tables)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(wanted)}")


def _looked_up(model: type[models.Model]) -> list[str]:
    """The columns that have an index, and those of the indexes of several."""
    meta: Any = model._meta
    several = [*meta.indexes, *meta.constraints]
    named = {name for index in several for name in getattr(index, "fields", ())}
    return [
        _quoted(field.column)
        for field in meta.local_concrete_fields
        if field.primary_key or field.db_index or field.name in named
    ]


@contextmanager
def together(few: bool) -> Iterator[None]:
    """The block's inserts, updates and deletes go out in one batch (PostgreSQL), if they are
    `few`; no statement in it may give rows. Their errors are raised at its end."""
    if connection.vendor != "postgresql" or not few:
        yield
        return
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def _batching() -> bool:
    return bool(connection.connection.info.pipeline_status != PipelineStatus.OFF)


@contextmanager
def scan_session() -> Iterator[None]:
    """Commits in the block do not wait for the disk: a crash of the server may take the last
    ones back, whole and in order. What is new goes into the search's index in larger lots, the
    last at the end of the block; until then searches find it beside the index, a few
    milliseconds later. On SQLite, and where the session is not ours alone, it changes nothing."""
    if not own_session():
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off; SET gin_pending_list_limit = '16MB'")
    try:
        yield
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                for name in ("synchronous_commit", "gin_pending_list_limit", "plan_cache_mode"):
                    cursor.execute(f"RESET {name}")
                cursor.execute(_TO_THE_INDEX, [SEARCH_INDEX])


SEARCH_INDEX = "customers_customer_search"
# Only an index's owner may: the others leave it to the server's own daemon.
_TO_THE_INDEX = """
SELECT gin_clean_pending_list(found.oid::regclass) FROM pg_class AS found
WHERE found.oid = to_regclass(%s) AND pg_has_role(found.relowner, 'USAGE')
"""


def keep_plans(keep: bool) -> None:
    """To the end of the `scan_session`: whether a statement that comes again keeps its plan. To
    plan it anew takes longer than to answer it for a few rows; for many, in tables that grow,
    an old plan reads whole tables."""
    if own_session():
        with connection.cursor() as cursor:
            cursor.execute(f"SET plan_cache_mode = {'force_generic_plan' if keep else 'auto'}")


def firm() -> None:
    """This transaction's commit waits for the disk, wherever the others do not."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = on")


def delete(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Delete the rows that have these values in these columns."""
    if not rows:
        return
    wanted = " AND ".join(f"{_quoted(column)} = %s" for column in columns)
    with lasting_cursor() as cursor:
        _run_each(cursor, f"DELETE FROM {_table(model)} WHERE {wanted}", rows)  # noqa: S608


def _run_each(cursor: Any, statement: str, rows: Sequence[Row]) -> None:
    """One statement for each row; a single one is spared the ceremony of many."""
    if connection.vendor != "postgresql":
        rows = _adapted(rows)
    if len(rows) == 1:
        cursor.execute(statement, rows[0])
    else:
        cursor.executemany(statement, rows)


def _table(model: type[models.Model]) -> str:
    return _quoted(model._meta.db_table)


def _quoted(name: str) -> str:
    """As both databases write one."""
    return f'"{name}"'


def moment(value: datetime) -> Any:
    """A moment that many rows have, in the form in which the database takes it: made once."""
    return value.isoformat() if connection.vendor == "postgresql" else _adapt(value)


def _adapted(rows: Iterable[Row]) -> list[tuple[Any, ...]]:
    return [tuple(map(_adapt, row)) for row in rows]


def _adapt(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def _blocks(rows: list[tuple[Any, ...]], size: int = 200) -> Iterable[list[tuple[Any, ...]]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]

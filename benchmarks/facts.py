"""What our tables hold after a pull, and what a pull wrote: queries and what they should say."""

from benchmarks.people import changes_phone, drawn

_TABLES = (
    "customers_customer",
    "customers_customerlink",
    "customers_matchkey",
    "customers_keyholder",
    "customers_event",
    "customers_conflict",
)

TABLES = " UNION ALL ".join(
    f"SELECT '{table.removeprefix('customers_')}' AS \"table\", count(*) AS rows FROM {table}"
    for table in _TABLES
)

WRITTEN = f"""
    SELECT relname AS "table", n_tup_ins AS inserted, n_tup_upd AS updated, n_tup_del AS deleted
    FROM pg_stat_user_tables WHERE relname IN ({", ".join(f"'{table}'" for table in _TABLES)})
"""

# Links get their ids in the order in which they are stored, the bench server's in that of its list.
ORDER = """
    SELECT count(*) AS misplaced FROM (
        SELECT external_id::bigint < lag(external_id::bigint) OVER (ORDER BY id) AS back
        FROM customers_customerlink
    ) AS pairs WHERE back
"""


NAMESAKES = 10_000  # among so many drawn by lot, two may have one name and one birthday


def expected(rows: int, *, revision: int = 0, asked: int = 0) -> dict[str, int]:
    """Rows by table: each customer has an e-mail, a phone and a CPF of its own, and one event.

    Of those that a revision draws, each has one event more; another phone is one key more,
    since keys are not thrown away. `asked`: the questions found, each with an event; a few
    are right, about namesakes.
    """
    changed = drawn(rows, revision)
    questions = min(asked, rows // NAMESAKES)
    return {
        "customer": rows,
        "customerlink": rows,
        "matchkey": 3 * rows + sum(map(changes_phone, changed)),
        "keyholder": 3 * rows,
        "event": rows + len(changed) + questions,
        "conflict": questions,
    }

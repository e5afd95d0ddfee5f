"""Our side's jobs, each in a process of its own, by the environment's DATABASE_URL:

prepare ADDRESS   the tables, and one connection to the bench server
pull              one measured pull
queries           one pull, its statements counted and not its time
"""

import os
import sys
from collections import Counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
django.setup()

# ruff: noqa: E402  -- the models can be imported only now
from django.core.management import call_command
from django.db import connection

from benchmarks.measuring import measured, tell
from customers import accounts
from customers.models import Connection
from customers.pulling import pull
from customers.running import Result

NO_LIMIT = 32_767  # requests a minute, the most that a connection takes


def prepare(address: str) -> None:
    call_command("migrate", verbosity=0)
    accounts.add(
        "yampi",
        "bench",
        {
            "user_token": "bench-token",
            "user_secret_key": "bench-secret",
            "alias": "bench",
            "paging": "page",
            "base_url": address,
            "requests_per_minute": NO_LIMIT,
        },
    )
    tell(None)


def timed_pull() -> None:
    figures, result = measured(_pull)
    tell(figures, result=result.as_json())


def counted_pull() -> None:
    connection.force_debug_cursor = True
    connection.queries_log = Statements()  # type: ignore[assignment]
    result = _pull()
    tell(None, result=result.as_json(), statements=connection.queries_log.found)  # type: ignore[attr-defined]


class Statements:
    """Counts what the database was sent, COPY and each row of an `executemany` included."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()

    def append(self, entry: dict[str, str | None]) -> None:
        sql = entry["sql"] or "prepared"  # of one that the server keeps the text is not told
        times, _, statement = sql.partition(" times: ")
        repeated = times.isdigit()
        words = (statement if repeated else sql).split()
        self.found[" ".join(words[:3])] += int(times) if repeated else 1


def _pull() -> Result:
    return pull(Connection.objects.values_list("pk", flat=True).get())


if __name__ == "__main__":
    jobs = {"pull": timed_pull, "queries": counted_pull}
    if sys.argv[1] == "prepare":
        prepare(sys.argv[2])
    else:
        jobs[sys.argv[1]]()

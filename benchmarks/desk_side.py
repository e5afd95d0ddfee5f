"""One side of the desk's benchmark in a process of its own: ours, or the stock admin.

`python -m benchmarks.desk_side ours|stock` reads a list of `[name, address]` from its input and
opens each as a browser that is logged in would; it tells for each the seconds of the whole page,
the number of its statements, and the seconds that its statements on customers take when they are
run again by themselves and all their rows are read.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SETTINGS = {"ours": "crm.settings", "stock": "benchmarks.desk_stock"}
os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS[sys.argv[1]]

import django  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

django.setup()
WARM = 3
Statement = tuple[str, Any]


class Kept:
    """The statements of a page, as they were sent."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        self.statements.append((sql, params))
        return execute(sql, params, *rest)


@contextmanager
def kept() -> Iterator[list[Statement]]:
    found = Kept()
    with connection.execute_wrapper(found):
        yield found.statements


def again(statements: list[Statement]) -> float:
    """Seconds of the statements on customers, every row read."""
    started = time.perf_counter()
    with connection.cursor() as cursor:
        for sql, params in statements:
            if sql.startswith("SELECT") and 'FROM "customers_customer"' in sql:
                cursor.execute(sql, params)
                cursor.fetchall()
    return time.perf_counter() - started


def main() -> None:
    user, _made = get_user_model().objects.get_or_create(
        username="bench", is_staff=True, is_superuser=True
    )
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    pages = json.load(sys.stdin)
    for _name, address in pages[:WARM]:
        client.get(address)
    told = []
    for name, address in pages:
        with kept() as statements:
            started = time.perf_counter()
            answer = client.get(address)
            seconds = time.perf_counter() - started
        if answer.status_code != 200:
            raise SystemExit(f"{address}: {answer.status_code}")
        told.append([name, seconds, len(statements), again(statements)])
    print(json.dumps({"pages": told}))


if __name__ == "__main__":
    main()

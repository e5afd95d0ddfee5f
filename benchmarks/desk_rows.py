"""Customers with two links each, loaded quickly: `python -m benchmarks.desk_rows 1000000`.

Into the database that `DATABASE_URL` names, which must be migrated and empty. The people are
invented: mails lie at example.com, numbers are made from a counter.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import django
from django.db import connection, transaction
from django.utils import timezone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
django.setup()

from benchmarks.desk_people import person  # noqa: E402
from customers import bulk, figures  # noqa: E402
from customers.golden import COLUMNS, Golden  # noqa: E402
from customers.models import Connection, Customer, CustomerLink, Event  # noqa: E402
from customers.normalise import search_text  # noqa: E402
from customers.values import to_json  # noqa: E402

BLOCK = 20_000
SHOPS = (("Main shop", "yampi"), ("Second shop", "yampi"), ("Till", "clopos"))
LINK_COLUMNS = (
    "customer_id", "connection_id", "external_id", "state", "stated", "also", "owned", "base",
    "changed", "raw", "raw_digest", "digest", "reason", "read_at", "created_at",
)  # fmt: skip
FEW, MANY = 10, 10_000  # events of the first customer, and of the second
TRIGRAMS = "customers_customer_search"  # migration 0002's index


def load(rows: int) -> None:
    shops = [Connection.objects.create(name=name, vendor=vendor) for name, vendor in SHOPS]
    now = timezone.now()
    with bulk.scan_session():
        for first in range(1, rows + 1, BLOCK):
            with transaction.atomic():
                _block(range(first, min(first + BLOCK, rows + 1)), shops, now)
            print(f"{min(first + BLOCK - 1, rows):,}", file=sys.stderr)
    for customer, number in ((1, FEW), (2, MANY)):
        with transaction.atomic():
            bulk.insert(
                Event,
                ("customer_id", "kind", "at", "connection_id", "changes", "note"),
                list(_events(customer, number, shops[0].pk, now)),
            )


def _block(numbers: range, shops: list[Connection], now: datetime) -> None:
    golden, links = [], []
    for number in numbers:
        values = person(number)
        source = ["link", number * 2, None, now.isoformat()]
        one = Golden(number, values, {"*": source}, search_text=search_text([values], []))
        golden.append((number, now, *one.row(now)))
        stated = to_json(values)
        for place in (0, 1):
            shop = shops[(number + place) % len(shops)].pk
            links.append(
                (number, shop, f"{number}", "active", stated, "{}", "{}", "{}", "{}", "", b"", b"",
                 "the same document", now, now)
            )  # fmt: skip
    bulk.insert(Customer, ("id", "created_at", *COLUMNS), golden)
    bulk.insert(CustomerLink, LINK_COLUMNS, links)


def _events(customer: int, number: int, shop: int, now: datetime) -> Iterator[tuple[Any, ...]]:
    for place in range(number):
        changes = to_json({"phone": [f"+55119{place:08d}", f"+55119{place + 1:08d}"]})
        yield customer, "changed", now, shop, changes, ""


def main() -> None:
    """Index after the rows, where that is quicker; then let the database look at them."""
    rows, started = int(sys.argv[1]), time.perf_counter()
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if postgres:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [TRIGRAMS])
            (definition,) = cursor.fetchone()
            cursor.execute(f"DROP INDEX {TRIGRAMS}")
        load(rows)
        if postgres:
            cursor.execute("SET maintenance_work_mem = '512MB'")
            cursor.execute(definition)
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('customers_customer', 'id'), %s)", [rows]
            )
            cursor.execute("VACUUM ANALYZE")
        else:
            cursor.execute("ANALYZE")
    loaded = time.perf_counter()
    figures.recount()
    told = {"loaded": loaded - started, "counted": time.perf_counter() - loaded}
    print(json.dumps(told))


if __name__ == "__main__":
    main()

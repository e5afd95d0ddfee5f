"""What it costs to match a page of 100 new records, against few customers and against many, on
a throwaway PostgreSQL: `python -m benchmarks.match_page [--few N] [--many N]`.

Both databases are filled by COPY with the same kind of people, keys and blocks included. Half
of a page's records are of people whom both know (another e-mail, one surname), half of nobody
known. Each page is stored as the engine does, under lock, and rolled back.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
django.setup()

# ruff: noqa: E402  -- the models can be imported only now
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.cluster import cluster
from benchmarks.measuring import job, tell
from benchmarks.people import customer
from benchmarks.sides import fresh_keys
from connectors.population_documents import spread
from connectors.records import Address, CustomerRecord, Document, Name
from customers import bulk
from customers.blocking import block_keys
from customers.golden import COLUMNS, EVERYTHING, Golden, stamp
from customers.linking import Place, Row
from customers.models import (
    BlockHolder,
    Connection,
    Customer,
    CustomerLink,
    KeyHolder,
    MatchKey,
)
from customers.normalise import state, texts
from customers.profiles import of_statement
from customers.workspace import Workspace
from customers.writing import Writer

HERE = "benchmarks.match_page"
PAGE, PAGES, WARM = 100, 30, 5
TURNS = 5  # of both in turn: a machine that others use is now quicker, now slower
MEASURES = ("page", "matching", "linked", "queries")
STREETS = 7_919
LOT = 5_000


def record(number: int, *, anew: bool = False) -> CustomerRecord:
    """The person with this number; `anew`: as another vendor knows them."""
    said = customer(number)
    home = said["addresses"]["data"][0]
    family = said["last_name"].split()
    return CustomerRecord(
        external_id=str(number),
        name=Name(given=said["first_name"], family=family[0] if anew else " ".join(family)),
        email=f"other{number}@example.org" if anew else said["email"],
        phone=None if anew else said["phone"]["full_number"],
        document=None if anew else Document("cpf", said["cpf"]),
        birth_date=said["birthday"],
        address=Address(
            street=f"Rua {spread(number, STREETS)} de {home['neighborhood']}",
            number=home["number"],
            city=home["city"],
            state=home["uf"],
            postal_code=home["zip_code"],
            country="BR",
        ),
    )


def fill(count: int) -> None:
    """So many customers, with their keys and blocks."""
    call_command("migrate", verbosity=0)
    Connection.objects.create(name="bench", vendor="yampi")
    numbers = iter(range(1, count + 1))
    key_id = 1
    while lot := list(islice(numbers, LOT)):
        key_id = _fill(lot, key_id)
    with connection.cursor() as cursor:
        for model in (Customer, MatchKey):
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
                [model._meta.db_table, max(count, key_id) + 1],
            )
        cursor.execute("VACUUM ANALYZE")


def _fill(numbers: list[int], key_id: int) -> int:
    now = timezone.now()
    source = {EVERYTHING: ["link", 1, 1, stamp(now)]}
    customers, keys, holders, blocks = [], [], [], []
    for number in numbers:
        found = state(record(number), "BR")
        golden = Golden(number, found.values, source)
        customers.append((number, now, *golden.row(now)))
        blocks += [(block, number) for block in block_keys(of_statement(found))]
        for key in found.keys:
            keys.append((key_id, key.kind, key.value))
            holders.append((key_id, number, None, str(number)))
            key_id += 1
    with transaction.atomic():
        bulk.insert(Customer, ("id", "created_at", *COLUMNS), customers)
        bulk.insert(MatchKey, ("id", "kind", "value"), keys)
        bulk.insert(KeyHolder, ("key_id", "customer_id", "link_id", "carrier"), holders)
        bulk.insert(BlockHolder, ("block", "customer_id"), blocks)
    return key_id


def pages(known: int, strangers: int) -> Iterator[list[Row]]:
    """Pages of new records, the same for both sizes: half of them of the first `known` people,
    half of nobody below `strangers`."""
    half = PAGE // 2
    for page in range(PAGES):
        ours = [record(1 + spread(page * half + at, known - 1), anew=True) for at in range(half)]
        new = [record(strangers + page * half + at) for at in range(1, half + 1)]
        both = [one for pair in zip(ours, new, strict=True) for one in pair]
        yield list(map(row_of, both))


def row_of(record: CustomerRecord) -> Row:
    statement = state(record, "BR")
    return Row.of(record, statement, "{}", texts(record, statement), b"")


def store(rows: list[Row]) -> tuple[float, float, int]:
    """Seconds of the whole page, of its matching alone, and customers linked to."""
    started = time.perf_counter()
    with transaction.atomic():
        work = Workspace()
        work.lock_keys({key for row in rows for key in row.statement.keys})
        place = Place(work, Connection.objects.values_list("pk", flat=True)[0], None, 20)
        held = {one for key in work.keys.values() for one in key.holders}
        before = time.perf_counter()
        work.load_customers(held | place.expect(rows))
        found = [place.meeting.find(at, {}) for at in range(len(rows))]
        matched = time.perf_counter() - before
        place.customer_ids = bulk.new_ids(Customer, len(rows))[::-1]
        place.link_ids = bulk.new_ids(CustomerLink, len(rows))[::-1]
        for row in rows:
            place.put(row)
        Writer(work, None, None).write()
        spent = time.perf_counter() - started
        transaction.set_rollback(True)
    return spent, matched, sum(one.verdict.best is not None for one in found)


def measure(known: int, strangers: int) -> dict[str, Any]:
    whole, alone, linked, asked = [], [], 0, set()
    for at, rows in enumerate(pages(known, strangers)):
        if at < WARM:
            store(rows)
            continue
        if at == PAGES - 1:
            with CaptureQueriesContext(connection) as queries:
                store(rows)
            asked.add(len(queries))
            continue
        one, other, found = store(rows)
        whole.append(one)
        alone.append(other)
        linked += found
    return {
        "page": statistics.median(whole),
        "matching": statistics.median(alone),
        "linked": linked,
        "queries": max(asked),
    }


def compare(few: int, many: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, cluster() as postgresql:
        told: dict[str, Any] = {}
        hubs: dict[int, dict[str, str]] = {}
        for count in (few, many):
            environment = {
                **fresh_keys(),
                "DATABASE_URL": postgresql.create(f"page_{count}"),
                "VAR_DIR": str(Path(folder)),
                "ALLOWED_HOSTS": "localhost",
                "DEBUG": "false",
            }
            hubs[count] = environment
            job(HERE, "--fill", str(count), environment=environment)
            postgresql.settle(f"page_{count}")
        turns = [(count, _measured(few, many, hubs[count])) for _ in range(TURNS) for count in hubs]
        for count in hubs:
            told[str(count)] = _middle([found for which, found in turns if which == count])
    told["times as much"] = {
        what: told[str(many)][what] / told[str(few)][what] for what in ("page", "matching")
    }
    return told


def _measured(few: int, many: int, environment: dict[str, str]) -> dict[str, Any]:
    return job(HERE, "--measure", str(few), str(many), environment=environment)


def _middle(turns: list[dict[str, Any]]) -> dict[str, Any]:
    return {what: statistics.median(turn[what] for turn in turns) for what in MEASURES}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--fill", type=int)
    parser.add_argument("--measure", type=int, nargs=2)
    given = parser.parse_args()
    if given.fill:
        fill(given.fill)
        tell(None)
    elif given.measure:
        tell(None, **measure(*given.measure))
    else:
        tell(None, few=given.few, many=given.many, **compare(given.few, given.many))
    return 0


if __name__ == "__main__":
    sys.exit(main())

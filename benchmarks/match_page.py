"""What it costs to match a page of 100 new records, against few customers and against many:
`python -m benchmarks.match_page [--few 10000] [--many 1000000]`, on a throwaway PostgreSQL.

Both databases are filled by COPY with the same kind of people, keys and blocks included. Half
of the page's records are of people whom both know (another e-mail, a short name), half are of
nobody known. Each page is stored as the engine does, under lock, and rolled back.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

from benchmarks.cluster import cluster
from benchmarks.people import customer
from benchmarks.sides import fresh_keys
from connectors.population_documents import spread
from connectors.records import Address, CustomerRecord, Document, Name

PAGE, PAGES, WARM = 100, 30, 5
STREETS = 7_919
LOT = 5_000
MOST = 1.5  # times as much, at most


def record(number: int, *, anew: bool = False) -> CustomerRecord:
    """The person with this number; `anew`: as another vendor knows them."""
    said = customer(number)
    home = said["addresses"]["data"][0]
    street = f"Rua {spread(number, STREETS)} de {home['neighborhood']}"
    return CustomerRecord(
        external_id=str(number),
        name=Name(given=said["first_name"], family=said["last_name"].split()[0 if anew else -1]),
        email=f"other{number}@example.org" if anew else said["email"],
        phone=None if anew else said["phone"]["full_number"],
        document=None if anew else Document("cpf", said["cpf"]),
        birth_date=said["birthday"],
        address=Address(
            street=street, number=home["number"], city=home["city"], state=home["uf"],
            postal_code=home["zip_code"], country="BR",
        ),
    )  # fmt: skip


def fill(count: int) -> None:
    """So many customers, with a link, keys and blocks each."""
    numbers = iter(range(1, count + 1))
    while lot := list(islice(numbers, LOT)):
        _fill_lot(lot)


def _fill_lot(numbers: list[int]) -> None:
    from django.db import transaction

    from customers import bulk
    from customers.models import Customer, CustomerLink

    with transaction.atomic():
        work, place, rows = _placing((record(number) for number in numbers))
        place.expect(())
        place.customer_ids = bulk.new_ids(Customer, len(rows))[::-1]
        place.link_ids = bulk.new_ids(CustomerLink, len(rows))[::-1]

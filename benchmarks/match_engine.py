"""How good the engine is at who is who: the sandbox's five vendors, pulled by the real engine
into an empty database (the environment's DATABASE_URL), against the truth that the sandbox
knows. A job, in a process of its own: `python -m benchmarks.match_engine PEOPLE`.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import django
import msgspec

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
django.setup()

# ruff: noqa: E402  -- the models can be imported only now
from django.conf import settings
from django.core.management import call_command

from benchmarks.hub import NO_LIMIT
from benchmarks.measuring import measured, tell
from connectors.sandbox import SandboxServer, serve
from customers import accounts
from customers.models import Conflict, Connection, Customer, CustomerLink
from customers.normalise import document_keys
from customers.pulling import pull
from customers.rematching import match

SEED = 20_000
LEAST = {"precision": 0.999, "recall": 0.95, "recall with questions": 0.98, "answered yes": 0.5}
MOST = {"questions per 100 customers": 3.0, "different documents linked": 0.0}

Pair = tuple[str, str]


@dataclass
class Scored:
    """Pairs of records: `right` are one person's, `linked` stand at one customer."""

    right: int = 0
    linked: int = 0
    both: int = 0
    found_by_questions: int = 0
    customers: int = 0
    questions: int = 0
    yes: int = 0
    crossed: int = 0
    wrong: list[Pair] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        return {
            "precision": self.both / max(self.linked, 1),
            "recall": self.both / max(self.right, 1),
            "recall with questions": (self.both + self.found_by_questions) / max(self.right, 1),
            "questions per 100 customers": 100 * self.questions / max(self.customers, 1),
            "answered yes": self.yes / max(self.questions, 1),
            "different documents linked": float(self.crossed),
        }


def missed(figures: dict[str, float]) -> list[str]:
    """The measures that fall short."""
    low = [name for name, least in LEAST.items() if figures[name] < least]
    return low + [name for name, most in MOST.items() if figures[name] > most]


def score(truth: dict[tuple[str, str], str]) -> Scored:
    """What stands in the database against the truth, by pairs of records."""
    slugs = dict(Connection.objects.values_list("pk", "vendor"))
    found = Scored(customers=Customer.objects.filter(merged_into__isnull=True).count())
    people: Counter[str] = Counter()
    customers: dict[int, Counter[str]] = {}
    rows = CustomerLink.objects.values_list("connection_id", "external_id", "customer_id")
    for connection_id, external_id, customer_id in rows.iterator():
        person = truth[slugs[connection_id], external_id]
        people[person] += 1
        customers.setdefault(customer_id, Counter())[person] += 1
    found.right = _pairs(people.values())
    for several in customers.values():
        found.linked += _pairs([several.total()])
        found.both += _pairs(several.values())
        if len(several) > 1:
            found.wrong += list(combinations(sorted(several), 2))
    _questions(found, customers)
    found.crossed = _crossed()
    return found


def _pairs(counts: Iterable[int]) -> int:
    return sum(one * (one - 1) // 2 for one in counts)


def _questions(found: Scored, customers: dict[int, Counter[str]]) -> None:
    """A question is a yes if one person stands at both; what it would bring together is
    counted once, though several questions lead there."""
    met: set[tuple[int, int]] = set()
    open_ones = Conflict.objects.filter(
        kind="duplicate", other__isnull=False, closed_at__isnull=True
    ).values_list("customer_id", "other_id")
    for one, other in open_ones:
        here, there = customers[one], customers[other]
        shared = sum(here[person] * there[person] for person in here.keys() & there.keys())
        found.questions += 1
        found.yes += bool(shared)
        if (one, other) not in met:
            met.add((one, other))
            found.found_by_questions += shared


def _crossed() -> int:
    """Customers at which different valid documents of one kind stand."""
    kinds: dict[tuple[int, str], set[str]] = {}
    rows = CustomerLink.objects.values_list("customer_id", "stated", "also")
    for customer_id, stated, also in rows.iterator():
        for key in document_keys(stated, also):
            kind, _, number = key.value.rpartition(":")
            kinds.setdefault((customer_id, kind), set()).add(number)
    return sum(len(numbers) > 1 for numbers in kinds.values())


def connect_all(server: SandboxServer) -> None:
    settings.EXTRA_VENDOR_HOSTS = [server.address]
    for slug, fake in sorted(server.vendors.items()):
        given = {**fake.credentials, **fake.options, "requests_per_minute": str(NO_LIMIT)}
        accounts.add(slug, slug, given)


def pull_all() -> dict[str, float]:
    seconds = {}
    for connection in Connection.objects.order_by("pk"):
        started = time.perf_counter()
        while (found := pull(connection.pk)).state == "partial":
            pass
        if found.state != "complete":
            raise SystemExit(f"{connection.name}: {found.state} {found.note}")
        seconds[connection.name] = time.perf_counter() - started
    return seconds


def quality(people: int) -> dict[str, Any]:
    """Pull so many people from every vendor, and score who was found to be whom."""
    call_command("migrate", verbosity=0)
    with serve(seed=SEED, people=people, limits=False) as server:
        connect_all(server)
        figures, seconds = measured(pull_all)
        found = score(server.truth())
        again = match(learn=True)
        after = score(server.truth())
    reached = found.figures()
    return {
        "reached": reached,
        "missed": missed(reached),
        "reached after match": after.figures(),
        "missed after match": missed(after.figures()),
        "match": msgspec.to_builtins(again),
        "records": CustomerLink.objects.count(),
        "customers": found.customers,
        "questions": found.questions,
        "seconds": seconds,
        "peak": figures.peak,
        "wrong": found.wrong[:50],
    }


def main() -> int:
    tell(None, **quality(int(sys.argv[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main())

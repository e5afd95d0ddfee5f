"""Real workers on real brokers, and what a kill does to them."""

import os
import random
import time
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from connectors.sandbox import SandboxServer, VendorSandbox
from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    Event,
    KeyHolder,
    MatchKey,
    Run,
    RunPage,
    RunState,
    SetAside,
)
from customers.pulling import pull
from customers.scheduling import ask_for_pull
from customers.values import to_json
from tests.customers.conftest import Connect
from tests.customers.workers import Celery, running, wait_for, worker

pytestmark = pytest.mark.django_db(transaction=True)

IN_FLIGHT = 6


@pytest.fixture
def env(process_env: dict[str, str], vendors: SandboxServer, tmp_path: Any) -> dict[str, str]:
    return process_env | {
        "VAR_DIR": str(tmp_path),
        "EXTRA_VENDOR_HOSTS": vendors.address,
        "TICK_SECONDS": "1",
        "LEASE_SECONDS": "5",
        "PAGES_IN_FLIGHT": str(IN_FLIGHT),
    }


@pytest.fixture(params=["embedded", pytest.param("redis", marks=pytest.mark.redis)])
def broker(request: pytest.FixtureRequest) -> dict[str, str]:
    """The environment that chooses a broker."""
    if request.param == "embedded":
        return {"CELERY_BROKER_URL": ""}
    return {"CELERY_BROKER_URL": request.getfixturevalue("redis_url")}


def test_a_worker_pulls_what_is_due(
    env: dict[str, str], broker: dict[str, str], connect: Connect, vendors: SandboxServer
) -> None:
    for slug in vendors.vendors:
        vendors.vendor(slug).fill(30)
        connect(slug)
    with running(env | broker):
        wait_for(
            lambda: Run.objects.filter(state=RunState.COMPLETE).count() == len(vendors.vendors),
            60,
            "the worker to pull every vendor",
        )
    assert CustomerLink.objects.count() == 30 * len(vendors.vendors)
    assert not Connection.objects.exclude(lease_until=None).exists()


def story() -> list[str]:
    """The end state without ids and times, in an order of its own."""
    found = []
    for customer in Customer.objects.all():
        links = [
            [link.external_id, link.state, link.stated, link.also, link.base, link.raw, link.reason]
            for link in customer.links.order_by("external_id")
        ]
        events = list(customer.events.order_by("id").values_list("kind", "changes", "note"))
        keys = list(
            customer.keys.order_by("key__kind", "key__value").values_list(
                "key__kind", "key__value", "carrier"
            )
        )
        golden = [customer.name, customer.email, customer.phone, customer.document_number]
        golden += [customer.address, customer.search_text, customer.notes]
        found.append(to_json([golden, links, [list(e) for e in events], [list(k) for k in keys]]))
    questions = Conflict.objects.values_list("kind", "field", "reason")
    return sorted(found) + sorted(to_json(list(row)) for row in questions)


def wipe() -> None:
    """As if nothing had been pulled yet."""
    tables = (Conflict, Event, KeyHolder, MatchKey, SetAside, RunPage, CustomerLink, Customer, Run)
    with transaction.atomic():
        for model in tables:
            model.objects.all().delete()
    Connection.objects.update(scanned_at=None, cursor=None, lease_until=None, fingerprint="")


def killed_pull(
    shop: Connection, env: dict[str, str], kills: int, rng: random.Random, pages: int
) -> None:
    """Pull through a worker that is killed at `kills` random moments, then let it finish."""
    ask_for_pull(shop.pk)
    beat = Celery(env, "beat", "--loglevel", "ERROR")
    try:
        for _ in range(kills):
            one = worker(env)
            stored = RunPage.objects.count()
            wanted = min(stored + rng.randint(0, 3), pages - 2)
            moved = lambda: RunPage.objects.count() > wanted  # noqa: B023, E731
            wait_for(moved, 60, "the worker to get on")
            time.sleep(rng.random() * 0.15)
            one.kill()
        last = worker(env)
        wait_for(lambda: Run.objects.filter(state=RunState.COMPLETE).exists(), 60, "the run to end")
        last.stop()
    finally:
        beat.stop()


def lists(fake: VendorSandbox) -> int:
    """The pages that were asked for."""
    return sum(path.endswith("/customers") for _, path in fake.requests)


def prove(
    shop: Connection, vendors: SandboxServer, env: dict[str, str], kills: int, seed: int
) -> None:
    fake = vendors.vendor(shop.vendor)
    pull(shop.pk)
    expected, requests = story(), lists(fake)
    pages = RunPage.objects.count()
    wipe()
    fake.requests.clear()
    vendors.latency = 0.15
    killed_pull(shop, env, kills, random.Random(seed), pages)
    vendors.latency = 0.0
    assert story() == expected
    again = lists(fake) - requests
    assert again <= kills * IN_FLIGHT, "only pages that were asked for and not stored come again"
    run = Run.objects.get()
    links = CustomerLink.objects.count()
    print(  # noqa: T201 the soak shows what it did
        f"\n{database.vendor}, seed {seed}: killed {kills} times, {links} links as without, "
        f"{again} requests more, counted {run.created} created {run.linked} linked"
    )
    assert run.created + run.linked == links


def test_a_killed_worker_loses_nothing_and_stores_nothing_twice(
    connect: Connect, vendors: SandboxServer, env: dict[str, str]
) -> None:
    vendors.populate(700)
    shop = connect("clopos", page_size="20")
    prove(shop, vendors, env, kills=5, seed=random.randrange(10**6))


@pytest.mark.soak
def test_fifty_kills_lose_nothing(
    connect: Connect, vendors: SandboxServer, env: dict[str, str]
) -> None:
    vendors.populate(1200)
    shop = connect("clopos", page_size="20")
    for _ in range(int(os.environ.get("KILLS", "50")) // 5):
        prove(shop, vendors, env, kills=5, seed=random.randrange(10**6))
        wipe()
        vendors.vendor(shop.vendor).requests.clear()

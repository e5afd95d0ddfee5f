"""Nothing is ever sent twice and nothing is lost: answers that are lost, workers that are killed,
workers and beats that race. Small here; at their full size in `make soak`."""

import os
import random
import threading
import time
from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from connectors.sandbox import SandboxServer, serve
from connectors.sandbox_vendor import VendorSandbox
from customers import accounts, erasing
from customers.leases import BusyError
from customers.linking import OURS
from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    ErasedRecord,
    Erasure,
    Event,
    KeyHolder,
    MatchKey,
    Run,
    RunPage,
    Write,
    WriteState,
)
from customers.pulling import pull
from customers.pushing import push
from customers.scheduling import MOST_SEARCHES, ask_for_pull
from customers.values import to_json
from tests.customers.conftest import Connect
from tests.customers.pushes import create_at, edit, hurry, open_to, person, typed
from tests.customers.workers import Celery, wait_for, worker

pytestmark = pytest.mark.django_db(transaction=True)

LOST = {"stored, and the answer dropped": "drop_after", "dropped before": "drop", "late": "late"}
OPTIONS = {"yampi": {"allow_create": "true"}}


def somebody(number: int) -> Customer:
    return typed(
        name={"given": "Ana", "family": f"Paz{number:03}"},
        email=f"ana{number}@example.com",
        phone=f"+55119{80_000_000 + number}",
        address={"country": "BR", "city": "São Paulo"},
    )


# Lost answers


def lose_answers(
    connect: Connect, vendors: SandboxServer, kind: str, count: int, seconds: float
) -> Counter[str]:
    """Creates at all vendors, every one of whose answers is lost; what became of them."""
    shops = [open_to(connect(slug, **OPTIONS.get(slug, {}))) for slug in vendors.vendors]
    for shop in shops:
        fake = vendors.vendor(shop.vendor)
        fake.misbehave(kind, times=count, method="POST", path="customer", seconds=seconds)
    for number in range(count):
        create_at(shops[number % len(shops)], somebody(number))
    for _ in range(count):
        for shop in shops:
            hurry_what_was_not_sent(shop)
            push(shop.pk)
        if not Write.objects.filter(attempts=0).exists():
            break
    for shop in shops:  # a first look, too early for what comes late
        hurry()
        push(shop.pk)
    time.sleep(seconds * 1.2)
    for fake in vendors.vendors.values():
        fake.faults.clear()
    for _ in range(MOST_SEARCHES):
        for shop in shops:
            hurry()
            push(shop.pk)
    return Counter(Write.objects.values_list("state", flat=True))


def hurry_what_was_not_sent(shop: Connection) -> None:
    Connection.objects.filter(pk=shop.pk).update(write_after=None)
    Write.objects.filter(attempts=0).update(due_at=timezone.now())


def emails(fake: VendorSandbox) -> Counter[str]:
    return Counter(
        str(row.get("email") or row.get("customer_email")) for row in list(fake.rows.values())
    )


def no_answer_matters(
    connect: Connect, vendors: SandboxServer, kind: str, count: int, seconds: float
) -> None:
    states = lose_answers(connect, vendors, kind, count, seconds)
    for fake in vendors.vendors.values():
        assert max(emails(fake).values(), default=1) == 1, "no duplicate at any vendor"
    assert set(states) <= {WriteState.CONFIRMED, WriteState.UNKNOWN}
    for write in Write.objects.select_related("link", "connection"):
        fake = vendors.vendor(write.connection.vendor)
        there = emails(fake)[write.customer.email]
        if write.state == WriteState.CONFIRMED:
            assert there == 1
            assert write.link is not None
            assert write.link.customer_id == write.customer_id
        else:  # it never came, and a person decides
            assert there == 0
            assert write.searched == MOST_SEARCHES
    if kind != "drop":
        assert states == {WriteState.CONFIRMED: count}
    print(f"\n{database.vendor}: {count} creates, {kind}: {dict(states)}")  # noqa: T201


@pytest.mark.parametrize("case", LOST)
def test_no_create_is_made_twice_whose_answer_is_lost(
    connect: Connect, vendors: SandboxServer, case: str
) -> None:
    no_answer_matters(connect, vendors, LOST[case], 5, 0.5)


@pytest.mark.soak
@pytest.mark.parametrize("case", LOST)
def test_no_create_of_a_hundred_is_made_twice(
    connect: Connect, vendors: SandboxServer, case: str
) -> None:
    no_answer_matters(connect, vendors, LOST[case], int(os.environ.get("CREATES", "100")), 30.0)


# Kills


def env_for(process_env: dict[str, str], vendors: SandboxServer, folder: Any) -> dict[str, str]:
    return process_env | {
        "VAR_DIR": str(folder),
        "EXTRA_VENDOR_HOSTS": vendors.address,
        "TICK_SECONDS": "1",
        "LEASE_SECONDS": "4",
        "WRITE_SETTLE_SECONDS": "1",
        "CELERY_BROKER_URL": "",
        "GUARD_CHANGED_SHARE": "1",
    }


EDITED, ADDED, ERASED, NEW = 12, 6, 3, 40


def begin(connect: Connect, vendors: SandboxServer) -> tuple[Connection, VendorSandbox]:
    """A shop that is known; edits, creates and deletions that are planned; and news to pull."""
    fake = vendors.vendor("tiendanegocio")
    for number in range(EDITED):
        fake.add(name="Eva", last_name=f"Sol{number:02}", email=f"eva{number}@example.com")
    for number in range(ERASED):
        fake.add(name="Zoe", last_name=f"Luz{number}", email=f"zoe{number}@example.com")
    shop = connect("tiendanegocio", page_size="10", clear_company="true")
    pull(shop.pk)
    open_to(shop)
    for customer in Customer.objects.filter(email__startswith="zoe"):
        erasing.erase(customer.pk, person(), ask=True)
    for customer in Customer.objects.filter(erased_at__isnull=True).order_by("pk"):
        edit(customer, notes=f"Note for {customer.email}")
    for number in range(ADDED):
        create_at(shop, somebody(number))
    for number in range(NEW):
        fake.add(name="Ivo", last_name=f"Mar{number:02}", email=f"ivo{number}@example.com")
    vendors.latency = 0.05
    return shop, fake


def settled() -> bool:
    """Nothing is under way but what is looked for, again and again, in vain."""
    found = Write.objects.filter(state__in=["planned", "sent", "unknown"])
    vain = found.filter(state="unknown", kind="create", searched__gte=2).count()
    if Erasure.objects.filter(closed_at__isnull=True).exists():
        return False
    return found.count() == vain and Run.pulls.filter(state="complete").count() > 1


def end_state(fake: VendorSandbox) -> dict[str, Any]:
    """Without ids and times. A create that is before a person is left out on both sides."""
    lost = set(Write.objects.filter(state="unknown").values_list("customer__email", flat=True))
    shown = ("name", "last_name", "email", "phone", "note", "company")
    rows = [[row[key] for key in shown] for row in fake.rows.values()]
    customers = [
        [one.name, one.email, one.phone, one.notes, one.search_text,
         [[link.state, link.stated, link.base] for link in one.links.all()]]
        for one in Customer.objects.exclude(email__in=lost)
    ]  # fmt: skip
    return {
        "rows": sorted(to_json(row) for row in rows if row[2] not in lost),
        "customers": sorted(map(to_json, customers)),
        "questions": Conflict.objects.count(),
        "erased": Erasure.objects.filter(closed_at__isnull=False).count(),
        "lost": sorted(lost),
        "adopted": sorted(adopted()),
    }


def adopted() -> set[str]:
    """Whose create lost its answer and was settled by a pull that met the record: at such a
    first link the customer takes what the vendor states beside what it was told."""
    links = CustomerLink.objects.filter(customer__writes__kind="create").exclude(reason=OURS)
    return set(links.values_list("customer__email", flat=True))


def wipe() -> None:
    with transaction.atomic():
        for model in (Write, Conflict, Event, KeyHolder, MatchKey, RunPage, CustomerLink, Erasure,
                      ErasedRecord):  # fmt: skip
            model.objects.all().delete()
        Customer.objects.all().delete()
        Run.objects.all().delete()
        Connection.objects.all().delete()


def killed(env: dict[str, str], fake: VendorSandbox, kills: int, rng: random.Random) -> None:
    beat = Celery(env, "beat", "--loglevel", "ERROR")
    try:
        for _ in range(kills):
            one = worker(env)
            before, wanted = len(fake.calls), rng.randint(1, 12)
            begun = time.monotonic()
            while len(fake.calls) < before + wanted and time.monotonic() < begun + 12:
                time.sleep(0.01)
            time.sleep(rng.random() * 0.15)
            one.kill()
        last = worker(env)
        wait_for(settled, 90, "everything to be settled")
        last.stop()
    finally:
        beat.stop()


def kills_change_nothing(
    connect: Connect, vendors: SandboxServer, process_env: Any, folder: Any, settings: Any,
    kills: int, seed: int,
) -> None:  # fmt: skip
    shop, fake = begin(connect, vendors)
    ask_for_pull(shop.pk, full=True)
    push(shop.pk)
    pull(shop.pk, full=True)
    expected = end_state(fake)
    assert expected["lost"] == []
    assert expected["erased"] == ERASED
    wipe()
    with serve(seed=7) as others:
        settings.EXTRA_VENDOR_HOSTS = [others.address]
        shop, fake = begin(make_connect(others), others)
        ask_for_pull(shop.pk, full=True)
        killed(env_for(process_env, others, folder), fake, kills, random.Random(seed))
        found = end_state(fake)
        posts = Counter(body["email"] for method, _, body, _ in fake.writes if method == "POST")
    assert max(posts.values(), default=1) == 1, "each create reached the vendor at most once"
    lost, met = set(found["lost"]), set(found["adopted"])
    assert lost | met <= {f"ana{number}@example.com" for number in range(ADDED)}
    assert _without(found, lost, met) == _without(expected, lost, met)
    print(  # noqa: T201 the soak shows what it did
        f"\n{database.vendor}, seed {seed}: killed {kills} times, the same end; "
        f"{len(lost)} of {ADDED} creates before a person"
    )


def make_connect(vendors: SandboxServer) -> Connect:
    def make(slug: str, name: str = "", trust: int = 50, **given: str) -> Connection:
        fake = vendors.vendor(slug)
        return accounts.add(
            slug, name or slug, {**fake.credentials, **fake.options, **given}, trust
        )

    return make


def _without(end: dict[str, Any], lost: set[str], met: set[str]) -> dict[str, Any]:
    """An end, but for the creates that stand before a person, and the customers whose create
    was adopted."""
    left_out = {"rows": lost, "customers": lost | met}
    return {"questions": end["questions"], "erased": end["erased"]} | {
        name: [one for one in end[name] if not any(email in one for email in emails)]
        for name, emails in left_out.items()
    }


def test_a_killed_worker_loses_no_write_and_repeats_none(
    connect: Connect, vendors: SandboxServer, process_env: Any, tmp_path: Any, settings: Any
) -> None:
    seed = random.randrange(10**6)
    kills_change_nothing(connect, vendors, process_env, tmp_path, settings, 5, seed)


@pytest.mark.soak
def test_fifty_kills_lose_no_write(
    connect: Connect, vendors: SandboxServer, process_env: Any, tmp_path: Any, settings: Any
) -> None:
    for _ in range(int(os.environ.get("KILLS", "50")) // 5):
        seed = random.randrange(10**6)
        settings.EXTRA_VENDOR_HOSTS = [vendors.address]
        with serve(seed=7) as first:
            settings.EXTRA_VENDOR_HOSTS = [first.address]
            kills_change_nothing(
                make_connect(first), first, process_env, tmp_path, settings, 5, seed
            )
        wipe()


# Races


class Watch:
    """Looks at the journal and the lease at the very moment at which a write arrives."""

    def __init__(self, fake: VendorSandbox, shop: Connection) -> None:
        self.wrong: list[str] = []
        self.flying = 0
        self.shop = shop
        self.lock = threading.Lock()
        self.carry_out = fake.carry_out
        fake.carry_out = self.look  # type: ignore[method-assign]

    def look(self, call: Any) -> Any:
        if call.reads:
            return self.carry_out(call)
        with self.lock:
            self.flying += 1
            if self.flying > 1:
                self.wrong.append("two writes at once")
        self._holder()
        time.sleep(0.02)
        try:
            return self.carry_out(call)
        finally:
            with self.lock:
                self.flying -= 1

    def _holder(self) -> None:
        now = timezone.now()
        shop = Connection.objects.get(pk=self.shop.pk)
        sent = list(Write.objects.filter(connection=shop, state="sent"))
        if [one.generation for one in sent] != [shop.lease_generation]:
            self.wrong.append(f"sent under {sent}, held under {shop.lease_generation}")
        if shop.lease_until is None or shop.lease_until < now:
            self.wrong.append("nobody holds the lease")
        database.close()


def confirmed(number: int) -> bool:
    return Write.objects.filter(state="confirmed").count() >= number


def race(connect: Connect, vendors: SandboxServer, env: dict[str, str], rounds: int) -> None:
    fake = vendors.vendor("mercately")
    for number in range(6):
        fake.add(first_name="Eva", last_name=f"Sol{number}", email=f"eva{number}@example.com")
    shop = connect("mercately")
    pull(shop.pk)
    open_to(shop)
    watch = Watch(fake, shop)
    both = [Celery(env, "beat", "--schedule", f"{env['VAR_DIR']}/beat{n}") for n in range(2)]
    both += [worker(env), worker(env)]
    try:
        people = list(Customer.objects.order_by("pk"))
        for number in range(rounds):
            customer = people[number % len(people)]
            edit(customer, notes=f"Round {number}")
            ask_for_pull(shop.pk, full=number % 3 == 0)
            wait_for(partial(confirmed, number + 1), 60, f"the write of round {number}")
    finally:
        for one in both:
            one.stop()
    assert watch.wrong == []
    assert len(fake.writes) == rounds
    assert [body["notes"] for _, _, body, _ in fake.writes] == [
        f"Round {number}" for number in range(rounds)
    ]
    assert not Write.objects.exclude(state="confirmed").exists()


def test_two_workers_and_two_beats_write_once(
    connect: Connect, vendors: SandboxServer, process_env: Any, tmp_path: Any
) -> None:
    race(connect, vendors, env_for(process_env, vendors, tmp_path), 10)


@pytest.mark.soak
def test_two_workers_and_two_beats_write_once_a_hundred_times(
    connect: Connect, vendors: SandboxServer, process_env: Any, tmp_path: Any
) -> None:
    rounds = int(os.environ.get("ROUNDS", "100"))
    race(connect, vendors, env_for(process_env, vendors, tmp_path), rounds)


def test_two_pushes_at_once_are_one(connect: Connect, vendors: SandboxServer) -> None:
    fake = vendors.vendor("mercately")
    for number in range(8):
        fake.add(first_name="Eva", last_name=f"Sol{number}", email=f"eva{number}@example.com")
    shop = connect("mercately")
    pull(shop.pk)
    open_to(shop)
    for customer in Customer.objects.all():
        edit(customer, notes="Once")
    vendors.latency = 0.02
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(push(shop.pk))
        except BusyError as error:
            found.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert len(fake.writes) == 8
    assert sum(isinstance(one, BusyError) for one in found) == 2

"""Two workers at once: never two customers of one key, never two holders of a connection."""

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from connectors.sandbox import SandboxServer
from customers import bulk
from customers.erasing import erase
from customers.leases import BusyError, LeaseLostError
from customers.models import Connection, Customer, CustomerLink, KeyHolder, MatchKey, Run
from customers.normalise import Key
from customers.pulling import pull
from customers.running import Result
from customers.workspace import Workspace
from tests.customers.conftest import Connect

pytestmark = pytest.mark.django_db(transaction=True)


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run calls at the same moment, each on its own database connection; gives what each
    returned or raised."""
    start = threading.Barrier(len(calls))
    found: list[Any] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        start.wait()
        try:
            found[place] = call()
        except (BusyError, LeaseLostError) as error:
            found[place] = error
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def race(connect: Connect, vendors: SandboxServer, people: int, size: int) -> None:
    """Two shops with the same people, pulled at once, the second one's in another order."""
    one = connect("yampi", "one", paging="page", page_size=str(size))
    two = connect("tiendanegocio", "two", page_size=str(size))
    for number in range(people):
        email = f"person{number}@example.com"
        vendors.vendor("yampi").add(first_name="Ana", last_name=f"Prado{number:03}", email=email)
    for number in reversed(range(people)):
        email = f"Person{number}@example.com"
        vendors.vendor("tiendanegocio").add(
            name="Ana", last_name=f"Prado{number:03}", email=email, phone=""
        )
    results = together(lambda: pull(one.pk), lambda: pull(two.pk))
    assert [found.state for found in results] == ["complete", "complete"]
    assert CustomerLink.objects.count() == 2 * people
    assert Customer.objects.count() == people
    for customer in Customer.objects.prefetch_related("links"):
        emails = {link.stated["email"].casefold() for link in customer.links.all()}
        assert len(emails) == 1


@pytest.mark.parametrize("keys_known", [False, True])
def test_two_connections_pulled_at_once_make_one_customer_of_one_key(
    connect: Connect, vendors: SandboxServer, keys_known: bool
) -> None:
    if keys_known:  # rows that are there already are held by their lock alone
        emails = [f"person{number}@example.com" for number in range(120)]
        MatchKey.objects.bulk_create(MatchKey(kind="email", value=email) for email in emails)
    race(connect, vendors, people=120, size=7)


@pytest.mark.soak
@pytest.mark.parametrize("size", [1, 3, 10, 40])
def test_many_races_make_one_customer_of_one_key(
    connect: Connect, vendors: SandboxServer, size: int
) -> None:
    race(connect, vendors, people=600, size=size)


def test_two_workers_on_one_connection_are_one(connect: Connect, vendors: SandboxServer) -> None:
    shop = connect("yampi", paging="page")
    vendors.vendor("yampi").fill(120)
    vendors.latency = 0.05
    for _ in range(int(os.environ.get("ROUNDS", "3"))):
        found = together(lambda: pull(shop.pk), lambda: pull(shop.pk))
        assert sorted(type(one) is Result for one in found) == [False, True]
    assert CustomerLink.objects.count() == 120
    assert not Run.objects.exclude(state="complete").exists()


def test_people_erased_while_both_their_shops_are_pulled_stay_erased(
    connect: Connect, vendors: SandboxServer, settings: Any
) -> None:
    settings.GUARD_CHANGED_MIN = 1000
    one = connect("yampi", "one", paging="page", page_size="5")
    two = connect("tiendanegocio", "two", page_size="5")
    web, shop = vendors.vendor("yampi"), vendors.vendor("tiendanegocio")
    for number in range(60):
        email = f"person{number}@example.com"
        web.add(first_name="Ana", last_name=f"Prado{number:03}", email=email)
        shop.add(name="Ana", last_name=f"Prado{number:03}", email=email, phone="")
    pull(one.pk)
    pull(two.pk)
    for number, (ours, other) in enumerate(zip(list(web.rows), list(shop.rows), strict=True)):
        web.edit(ours, email=f"moved{number}@example.com")
        shop.edit(other, email=f"moved{number}@example.com")
    wanted = list(Customer.objects.order_by("pk").values_list("pk", flat=True))[::3]
    erased = dict(CustomerLink.objects.filter(customer__in=wanted).values_list("pk", "external_id"))

    def erase_some() -> None:
        for customer_id in wanted:
            erase(customer_id, None)

    found = together(lambda: pull(one.pk, full=True), lambda: pull(two.pk, full=True), erase_some)
    assert [one.state for one in found[:2]] == ["complete", "complete"]
    assert CustomerLink.objects.count() == 120 - len(erased)
    assert not CustomerLink.objects.filter(customer__in=wanted).exists()
    assert not CustomerLink.objects.filter(pk__in=erased).exists()
    assert Customer.objects.filter(erased_at=None).count() == 60 - len(wanted)
    held = KeyHolder.objects.values_list("key", "customer")
    assert {key for key, _ in held} <= set(MatchKey.objects.values_list("pk", flat=True))
    theirs = {f"{how}{n}@example.com" for how in ("person", "moved") for n in range(0, 60, 3)}
    assert theirs.isdisjoint(MatchKey.objects.values_list("value", flat=True))
    assert {customer for _, customer in held}.isdisjoint(wanted)


def test_a_key_that_an_erasure_takes_away_before_it_is_locked_is_made_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    email, phone = Key("email", "ana@example.com"), Key("phone", "+593991234567")
    old = MatchKey.objects.create(kind=email.kind, value=email.value)
    insert = bulk.insert_missing

    def erased_after(*given: Any) -> list[tuple[Any, ...]]:
        found = insert(*given)
        MatchKey.objects.filter(pk=old.pk).delete()
        return found

    monkeypatch.setattr(bulk, "insert_missing", erased_after)
    work = Workspace()
    with transaction.atomic():
        work.lock_keys([email, phone])
    rows = MatchKey.objects.values_list("pk", "kind", "value")
    assert {key: work.keys[key].id for key in (email, phone)} == {
        Key(k, v): pk for pk, k, v in rows
    }
    assert old.pk not in {one.id for one in work.keys.values()}


def test_a_worker_that_lost_its_lease_writes_nothing_more(
    connect: Connect, vendors: SandboxServer, settings: Any
) -> None:
    settings.PAGES_IN_FLIGHT = 1
    shop = connect("yampi", paging="page", page_size="20")
    vendors.vendor("yampi").fill(100)

    def lose(run: Run) -> None:
        if run.seen == 40:
            Connection.objects.filter(pk=shop.pk).update(lease_generation=99)

    with pytest.raises(LeaseLostError):
        pull(shop.pk, progress=lose)
    assert CustomerLink.objects.count() == 40
    shop.refresh_from_db()
    assert shop.lease_generation == 99
    Connection.objects.filter(pk=shop.pk).update(lease_until=None)
    assert pull(shop.pk).state == "complete"
    assert CustomerLink.objects.count() == 100
    assert not KeyHolder.objects.exclude(link__in=CustomerLink.objects.all()).exists()

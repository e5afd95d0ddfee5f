"""One worker at a time talks to one connection."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from customers.leases import RETRY, Lease, LeaseLostError, claim
from customers.models import Connection
from customers.scheduling import due

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Connection:
    return Connection.objects.create(name="Shop", vendor="mercately")


def expire(shop: Connection) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Connection.objects.filter(pk=shop.pk).update(lease_until=past)


def held(shop: Connection) -> Lease:
    found = claim(shop.pk)
    assert found is not None
    return found


def in_thread(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            database.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_a_second_claim_is_refused_until_the_first_is_released(shop: Connection) -> None:
    first = held(shop)
    assert claim(shop.pk) is None
    first.release()
    second = held(shop)
    assert second.generation == first.generation + 1


def test_a_claim_says_who_holds_it_and_until_when(shop: Connection, settings: Any) -> None:
    settings.LEASE_SECONDS = 30
    before = timezone.now()
    held(shop)
    shop.refresh_from_db()
    assert shop.lease_until is not None
    assert timedelta(seconds=29) < shop.lease_until - before < timedelta(seconds=35)
    assert shop.lease_owner


def test_what_a_killed_holder_was_doing_is_due_for_whoever_comes_next(shop: Connection) -> None:
    """A push that finds the lease of a killed pull lets it go, and with it the tick's only sign
    that the pull was not over."""
    held(shop)
    expire(shop)
    push = claim(shop.pk, retry=False)
    assert push is not None
    push.release()
    assert due() == [shop.pk]


def test_what_was_due_later_stays_so_where_nobody_was_killed(shop: Connection) -> None:
    held(shop).release()
    push = claim(shop.pk, retry=False)
    assert push is not None
    push.release()
    shop.refresh_from_db()
    assert shop.due_at > timezone.now() + RETRY / 2
    assert due() == []


def test_another_connections_lease_is_its_own(shop: Connection) -> None:
    other = Connection.objects.create(name="Other", vendor="mercately")
    held(shop)
    assert claim(other.pk) is not None


def test_nobody_claims_a_connection_that_is_gone(shop: Connection) -> None:
    assert claim(shop.pk + 1) is None


def test_a_renewed_lease_lasts_longer(shop: Connection) -> None:
    lease = held(shop)
    expire(shop)
    lease.renew()
    assert claim(shop.pk) is None


def test_an_expired_lease_is_free_and_its_paused_holder_cannot_go_on(shop: Connection) -> None:
    paused = held(shop)
    expire(shop)
    other = held(shop)
    with pytest.raises(LeaseLostError):
        paused.renew()
    other.renew()


def test_a_paused_holder_writes_nothing_late(shop: Connection) -> None:
    paused = held(shop)
    expire(shop)
    held(shop)

    def page() -> None:
        with transaction.atomic():
            Connection.objects.filter(pk=shop.pk).update(trust=99)
            paused.renew()

    with pytest.raises(LeaseLostError):
        page()
    shop.refresh_from_db()
    assert shop.trust == 50


def test_a_late_release_frees_nothing(shop: Connection) -> None:
    paused = held(shop)
    expire(shop)
    held(shop)
    paused.release()
    assert claim(shop.pk) is None


def test_a_released_lease_is_not_renewed_into_anothers_time(shop: Connection) -> None:
    lease = held(shop)
    lease.release()
    held(shop)
    with pytest.raises(LeaseLostError):
        lease.renew()


def test_a_claim_makes_the_connection_due_again_in_case_its_holder_dies(shop: Connection) -> None:
    before = timezone.now()
    held(shop).release()
    shop.refresh_from_db()
    assert before + RETRY <= shop.due_at <= timezone.now() + RETRY


def test_a_dry_look_leaves_the_schedule_alone(shop: Connection) -> None:
    assert claim(shop.pk, retry=False) is not None
    due = shop.due_at
    shop.refresh_from_db()
    assert shop.due_at == due


@pytest.mark.django_db(transaction=True)
def test_of_many_that_claim_at_once_one_gets_it(shop: Connection) -> None:
    start = threading.Barrier(6)
    found: list[Lease | None] = []

    def race() -> None:
        start.wait()
        found.append(claim(shop.pk))

    threads = [in_thread(race) for _ in range(6)]
    for thread in threads:
        thread.join(30)
    assert len(found) == 6
    assert sum(lease is not None for lease in found) == 1


@pytest.mark.django_db(transaction=True)
def test_a_holder_that_was_paused_while_it_claimed_does_not_get_the_next_ones_generation(
    shop: Connection,
) -> None:
    others: list[Lease | None] = []
    threads: list[threading.Thread] = []

    def steal() -> None:
        expire(shop)
        others.append(claim(shop.pk))

    def pause(execute: Any, sql: str, *rest: Any) -> Any:
        """Between the claim and the look at its generation somebody else's clock runs out."""
        if sql.startswith("SELECT") and not threads:
            threads.append(in_thread(steal))
            threads[0].join(1)
        return execute(sql, *rest)

    with database.execute_wrapper(pause):
        mine = claim(shop.pk)
    threads[0].join(30)
    assert mine is not None
    assert others[0] is not None
    assert mine.generation != others[0].generation
    with pytest.raises(LeaseLostError):
        mine.renew()

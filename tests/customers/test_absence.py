"""Who is missing from a run's pages, as the database tells it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from customers.absence import missing_links, seen_ids
from customers.models import Connection, Customer, CustomerLink, LinkState, Run, RunPage

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def link(of: Connection, external_id: str, **more: Any) -> int:
    made = CustomerLink.objects.create(
        customer=Customer.objects.create(),
        connection=of,
        external_id=external_id,
        **{"read_at": LONG_AGO, "created_at": LONG_AGO} | more,
    )
    return int(made.pk)


def run_of(of: Connection, *pages: list[str]) -> Run:
    run = Run.objects.create(connection=of, mode="full")
    for number, ids in enumerate(pages):
        RunPage.objects.create(run=run, number=number, position={}, ids=ids, sent_at=LONG_AGO)
    return run


@pytest.fixture
def shop() -> Connection:
    return Connection.objects.create(name="shop", vendor="yampi")


def test_an_id_counts_once_however_often_it_was_seen(shop: Connection) -> None:
    other = run_of(Connection.objects.create(name="other", vendor="yampi"), ["9"])
    assert seen_ids(run_of(shop, ["1", "2"], ["2", "0"], [])) == 3
    assert seen_ids(other) == 1


def test_only_active_links_of_the_connection_that_no_page_shows_are_missing(
    shop: Connection,
) -> None:
    other = Connection.objects.create(name="other", vendor="yampi")
    gone = link(shop, "2'%s")
    link(shop, "1")
    link(shop, "3", state=LinkState.ANONYMIZED)
    link(shop, "4", created_at=timezone.now() + timedelta(hours=1))
    link(other, "5")
    run_of(other, ["2'%s"])
    run = run_of(shop, ["1"], ["6"])
    assert list(missing_links(shop, run)) == [(gone, "2'%s")]


def test_a_link_that_came_back_after_another_went_is_not_counted_for_it(shop: Connection) -> None:
    """As many known records were seen as are active, and one of them is still missing."""
    link(shop, "1")
    gone = link(shop, "2")
    link(shop, "3", state=LinkState.QUARANTINED)
    assert list(missing_links(shop, run_of(shop, ["1", "3"]))) == [(gone, "2")]


def test_of_many_each_is_named(shop: Connection) -> None:
    wanted = {(link(shop, f"n{number}"), f"n{number}") for number in range(250)}
    assert set(missing_links(shop, run_of(shop, ["n"]))) == wanted

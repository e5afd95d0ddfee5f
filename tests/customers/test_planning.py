"""What each vendor is to be told, planned where a value changes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from connectors.sandbox import SandboxServer
from customers import editing, planning
from customers.models import (
    Connection,
    Customer,
    CustomerLink,
    Event,
    Run,
    Write,
    WriteKind,
    WriteState,
)
from customers.pulling import pull
from customers.workspace import Workspace
from tests.customers.conftest import Connect

pytestmark = pytest.mark.django_db

ANA = {"first_name": "Ana", "last_name": "Paz", "email": "ana@example.com"}


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "a long password")


@pytest.fixture
def edit(ana: User) -> Callable[..., Customer]:
    def change(customer: Customer, **values: Any) -> Customer:
        customer.refresh_from_db()
        return editing.edit(customer.pk, values, ana, customer.version, "EC")

    return change


def open_to(shop: Connection, **switches: bool) -> None:
    Connection.objects.filter(pk=shop.pk).update(**({"writes": True} | switches))


def planned() -> list[tuple[str, str]]:
    rows = Write.objects.filter(state=WriteState.PLANNED).order_by("id")
    return list(rows.values_list("connection__vendor", "kind"))


def told(customer: Customer) -> dict[str, dict[str, Any]]:
    """What the customer's links would be told, by vendor."""
    work = Workspace(keep=True)
    work.load_customers([customer.pk])
    work.customers[customer.pk].dirty = True
    slugs = dict(Connection.objects.values_list("pk", "vendor"))
    return {slugs[one.link.connection_id]: one.fields for one in planning.tellings(work)}


@pytest.fixture
def known(connect: Connect, vendors: SandboxServer) -> Customer:
    """One person at two vendors that take updates, written to both."""
    vendors.vendor("mercately").add(**ANA, phone="+593990000001")
    vendors.vendor("tiendanegocio").add(
        name="Ana", last_name="Paz", email="ana@example.com", phone="", company="Paz SA"
    )
    for slug in ("mercately", "tiendanegocio"):
        shop = connect(slug)
        pull(shop.pk)
        open_to(shop)
    return Customer.objects.get()


def test_a_persons_edit_is_planned_for_every_link_in_one_transaction(
    known: Customer, edit: Callable[..., Customer]
) -> None:
    edit(known, notes="Calls on Mondays")
    assert planned() == [("mercately", "update"), ("tiendanegocio", "update")]
    events = Event.objects.filter(kind="planned")
    assert {one.link_id for one in events} == set(CustomerLink.objects.values_list("pk", flat=True))
    assert all(one.changes["notes"][1] == "Calls on Mondays" for one in events)
    assert {one.user.get_username() for one in events if one.user} == {"ana"}


def test_a_later_edit_joins_the_open_write(known: Customer, edit: Callable[..., Customer]) -> None:
    edit(known, notes="One")
    edit(known, notes="Two", email="paz@example.com")
    assert Write.objects.count() == 2
    assert told(known)["mercately"]["notes"][1] == "Two"
    assert told(known)["mercately"]["email"] == ["ana@example.com", "paz@example.com"]


def test_a_link_has_one_open_update_by_the_databases_own_word(known: Customer) -> None:
    link = CustomerLink.objects.first()
    assert link is not None
    same: dict[str, Any] = {
        "kind": WriteKind.UPDATE, "customer_id": link.customer_id,
        "connection_id": link.connection_id, "link_id": link.pk,
    }  # fmt: skip
    Write.objects.create(**same)
    with pytest.raises(IntegrityError), transaction.atomic():
        Write.objects.create(**same)
    Write.objects.update(state=WriteState.CONFIRMED)
    Write.objects.create(**same)


def test_with_writes_off_nothing_is_planned_and_nothing_settled(
    known: Customer, edit: Callable[..., Customer]
) -> None:
    Connection.objects.update(writes=False)
    bases = list(CustomerLink.objects.order_by("pk").values_list("base", flat=True))
    edit(known, notes="Kept here")
    assert not Write.objects.exists()
    assert list(CustomerLink.objects.order_by("pk").values_list("base", flat=True)) == bases


def test_a_vendor_that_takes_no_updates_is_not_told(
    connect: Connect, vendors: SandboxServer, edit: Callable[..., Customer]
) -> None:
    vendors.vendor("clopos").add(name="Ana Paz", phone="+994500000001")
    shop = connect("clopos")
    pull(shop.pk)
    open_to(shop)
    edit(Customer.objects.get(), notes="Hello")
    assert not Write.objects.exists()


def test_another_vendors_value_goes_where_the_pair_was_agreed(
    known: Customer, vendors: SandboxServer
) -> None:
    shop = Connection.objects.get(vendor="mercately")
    fake = vendors.vendor("mercately")
    fake.edit(next(iter(fake.rows)), email="new@example.com")
    pull(shop.pk)
    assert planned() == [("tiendanegocio", "update")]
    assert told(known) == {"tiendanegocio": {"email": ["ana@example.com", "new@example.com"]}}


def test_another_vendors_value_does_not_fill_what_is_empty_unless_it_may(
    known: Customer,
) -> None:
    assert "tiendanegocio" not in told(known)
    open_to(Connection.objects.get(vendor="tiendanegocio"), fill_empty=True)
    assert told(known)["tiendanegocio"] == {"phone": ["", "+593990000001"]}


def test_what_was_apart_at_the_first_link_stays_apart_when_another_vendor_moves(
    known: Customer, vendors: SandboxServer
) -> None:
    other = CustomerLink.objects.get(connection__vendor="tiendanegocio")
    other.base["notes"] = ["", "VIP", "first link"]
    other.stated["notes"] = "VIP"
    other.save()
    fake = vendors.vendor("mercately")
    fake.edit(next(iter(fake.rows)), notes="Likes tea")
    pull(Connection.objects.get(vendor="mercately").pk)
    other.refresh_from_db()
    assert other.base["notes"] == ["Likes tea", "VIP", "first link"]
    assert not planned()


def test_only_a_person_pushes_a_blank(
    known: Customer, vendors: SandboxServer, edit: Callable[..., Customer]
) -> None:
    edit(known, email="")
    assert told(known)["tiendanegocio"]["email"] == ["ana@example.com", ""]
    Customer.objects.update(provenance={"*": ["link", 1, None, "2026-01-01T00:00:00+00:00"]})
    assert "email" not in told(known).get("tiendanegocio", {})


def test_a_field_with_an_open_question_waits(
    known: Customer, vendors: SandboxServer, edit: Callable[..., Customer]
) -> None:
    edit(known, email="ours@example.com", notes="Both")
    fake = vendors.vendor("mercately")
    fake.edit(next(iter(fake.rows)), email="theirs@example.com")
    pull(Connection.objects.get(vendor="mercately").pk)
    assert [body for _, _, body, _ in fake.writes] == [{"notes": "Both"}]
    assert "mercately" not in told(known)


@pytest.mark.parametrize("state", ["quarantined", "gone", "anonymized", "archived"])
def test_a_link_that_is_not_active_is_not_told(
    known: Customer, edit: Callable[..., Customer], state: str
) -> None:
    CustomerLink.objects.filter(connection__vendor="mercately").update(state=state)
    edit(known, notes="Hello")
    assert planned() == [("tiendanegocio", "update")]


def test_a_second_record_at_a_vendor_is_not_told_what_is_unique(
    known: Customer, edit: Callable[..., Customer]
) -> None:
    first = CustomerLink.objects.get(connection__vendor="mercately")
    CustomerLink.objects.create(
        customer=known, connection_id=first.connection_id, external_id="second",
        stated=first.stated, read_at=first.read_at,
    )  # fmt: skip
    edit(known, email="new@example.com", notes="Hello")
    work = Workspace(keep=True)
    work.load_customers([known.pk])
    second = CustomerLink.objects.get(external_id="second").pk
    assert set(planning.telling(work, work.links[second]).fields) == {"notes"}


def test_a_value_that_an_unreleased_run_took_waits_for_its_release(
    known: Customer, vendors: SandboxServer, edit: Callable[..., Customer]
) -> None:
    fake = vendors.vendor("mercately")
    fake.edit(next(iter(fake.rows)), email="till@example.com")
    shop = Connection.objects.get(vendor="mercately")
    pull(shop.pk)
    run = Run.pulls.filter(connection=shop).order_by("-pk")[0]
    write = Write.objects.get()
    assert write.run_id == run.pk
    edit(known, notes="A person's own")
    write.refresh_from_db()
    assert write.run_id is None


def test_a_field_that_the_vendor_never_shows_is_told_when_a_person_types_it(
    known: Customer, edit: Callable[..., Customer]
) -> None:
    edit(known, company_name="Paz e Hijos")
    assert told(known)["tiendanegocio"] == {"company_name": [None, "Paz e Hijos"]}
    assert "mercately" not in told(known)


def test_what_was_refused_waits_until_it_is_typed_anew(
    known: Customer, edit: Callable[..., Customer]
) -> None:
    edit(known, email="bad@example.com", notes="Fine")
    Write.objects.filter(connection__vendor="mercately").update(
        state=WriteState.REFUSED,
        fields={"email": ["ana@example.com", "bad@example.com"], "notes": ["", "Fine"]},
        field_messages={"email": "taken"},
    )
    assert set(told(known)["mercately"]) == {"notes"}
    edit(known, email="good@example.com")
    assert set(told(known)["mercately"]) == {"notes", "email"}


@pytest.mark.parametrize("writes", [False, True])
def test_planning_costs_a_fixed_number_of_queries(
    connect: Connect, vendors: SandboxServer, writes: bool
) -> None:
    one, two = connect("mercately"), connect("tiendanegocio")
    for number in range(60):
        email = f"p{number}@example.com"
        vendors.vendor("mercately").add(first_name="Ana", last_name=f"P{number}", email=email)
        vendors.vendor("tiendanegocio").add(name="Ana", last_name=f"P{number}", email=email)
    pull(one.pk)
    pull(two.pk)
    Connection.objects.update(writes=writes)
    counts = []
    for number in (3, 50):
        work = Workspace(keep=True)
        work.load_customers(Customer.objects.order_by("pk").values_list("pk", flat=True)[:number])
        for golden in work.customers.values():
            golden.set("notes", "Hello", ["person", 1, None, "2027-01-01T00:00:00+00:00"])
        with CaptureQueriesContext(connection) as seen:
            planning.plan(work, None)
        counts.append(len(seen))
        Write.objects.all().delete()
    # SQLite takes only so many values in one statement.
    assert counts == ([3, 5] if connection.vendor == "sqlite" else [3, 3]) if writes else [0, 0]

"""One update at one vendor: journalled, sent once, and what is read back decides."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.utils import timezone

from connectors.sandbox import SandboxServer
from connectors.sandbox_vendor import VendorSandbox
from customers import pushing, updating
from customers.leases import LeaseLostError
from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    Event,
    Health,
    Run,
    RunState,
    Write,
    WriteState,
)
from customers.pulling import _Pull, pull
from customers.pushing import push
from customers.sending import Sender
from tests.customers.conftest import Connect
from tests.customers.pushes import edit, hurry, later, link_at, open_to

pytestmark = pytest.mark.django_db(transaction=True)

ANA = {"first_name": "Ana", "last_name": "Paz", "email": "ana@example.com"}


@pytest.fixture
def fake(vendors: SandboxServer) -> VendorSandbox:
    return vendors.vendor("mercately")


@pytest.fixture
def shop(connect: Connect, fake: VendorSandbox) -> Connection:
    fake.add(**ANA, phone="+593990000001", notes="")
    found = connect("mercately")
    pull(found.pk)
    return open_to(found)


@pytest.fixture
def ana(shop: Connection) -> Customer:
    return Customer.objects.get()


def row(fake: VendorSandbox) -> dict[str, Any]:
    return next(iter(fake.rows.values()))


def puts(fake: VendorSandbox) -> int:
    return len(fake.writes)


def write() -> Write:
    return Write.objects.order_by("-pk")[0]


def test_an_edit_reaches_the_vendor_and_is_confirmed_by_what_is_read_back(
    shop: Connection, ana: Customer, fake: VendorSandbox
) -> None:
    edit(ana, notes="Calls on Mondays", email="ana.paz@example.com")
    found = push(shop.pk)
    assert (found.state, found.planned, found.sent, found.confirmed) == ("complete", 1, 1, 1)
    assert found.well
    assert row(fake)["notes"] == "Calls on Mondays"
    assert row(fake)["email"] == "ana.paz@example.com"
    assert write().state == WriteState.CONFIRMED
    assert write().fields["email"] == ["ana@example.com", "ana.paz@example.com"]
    assert link_at(shop).stated["notes"] == "Calls on Mondays"
    assert Event.objects.filter(kind="pushed").count() == 1
    run = Run.objects.get(kind="push")
    assert run.state == "complete"
    assert run.place is not None
    assert run.place["confirmed"] == 1


def test_what_is_quiet_stays_quiet(shop: Connection, ana: Customer, fake: VendorSandbox) -> None:
    edit(ana, notes="Calls on Mondays", phone="+593 99 000 0002")
    push(shop.pk)
    events = Event.objects.count()
    link = link_at(shop)
    result = pull(shop.pk, full=True)
    assert (result.changed, result.unchanged) == (0, 1)
    assert Event.objects.count() == events
    assert link_at(shop).base == link.base
    assert later(shop).sent == 0
    assert puts(fake) == 1


REFORMATS: dict[str, Any] = {
    "a phone without its plus": ("phone", "+593990000009", lambda v: v.lstrip("+")),
    "a name trimmed and in capitals": ("name", {"given": "Ana", "family": "Paz y Mar"}, str.upper),
    "an e-mail in lower case": ("email", "Ana.Paz@Example.com", str.lower),
    "Mexico's 1": ("phone", "+525512345678", str),
}


@pytest.mark.parametrize("case", REFORMATS)
def test_a_vendor_that_reformats_what_it_stores_is_settled_once(
    shop: Connection, ana: Customer, fake: VendorSandbox, case: str
) -> None:
    name, value, reformat = REFORMATS[case]
    theirs = {"name": "last_name"}.get(name, name)
    fake.rewrite = lambda one: {**one, theirs: reformat(one[theirs])}
    edit(ana, **{name: value})
    assert push(shop.pk).confirmed == 1
    assert pull(shop.pk, full=True).changed == 0
    assert later(shop).sent == 0
    ana.refresh_from_db()
    assert not Conflict.objects.exists()
    assert not Write.objects.exclude(state=WriteState.CONFIRMED).exists()


def test_the_exact_request_is_journalled_before_its_first_byte_leaves(
    shop: Connection, ana: Customer, fake: VendorSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Write] = []
    carry_out = fake.carry_out

    def look(call: Any) -> Any:
        if not call.reads:
            kept.append(write())
        return carry_out(call)

    monkeypatch.setattr(fake, "carry_out", look)
    edit(ana, notes="Hello")
    push(shop.pk)
    (journalled,) = kept
    method, path, body, _ = fake.writes[0]
    assert journalled.state == WriteState.SENT
    assert (journalled.method, journalled.path) == (method, path)
    assert msgspec.json.decode(journalled.body) == body
    assert msgspec.json.decode(journalled.before)["email"] == "ana@example.com"
    assert journalled.generation is not None


def test_what_moved_there_meanwhile_is_pulled_first(
    shop: Connection, ana: Customer, fake: VendorSandbox
) -> None:
    edit(ana, notes="Ours", email="ours@example.com")
    fake.edit(str(row(fake)["id"]), email="theirs@example.com", city="Quito")
    push(shop.pk)
    assert row(fake)["notes"] == "Ours"
    assert row(fake)["email"] == "theirs@example.com"
    ana.refresh_from_db()
    assert ana.address["city"] == "Quito"
    assert Conflict.objects.get().field == "email"


def test_what_the_vendor_does_not_take_is_apart_and_never_repeated(
    shop: Connection, ana: Customer, fake: VendorSandbox
) -> None:
    fake.rewrite = lambda one: {**one, "notes": ""}
    edit(ana, notes="Ignored")
    assert push(shop.pk).not_taken == 1
    assert link_at(shop).base["notes"] == ["Ignored", "", "not taken"]
    pull(shop.pk, full=True)
    assert later(shop).sent == 0
    assert puts(fake) == 1
    edit(ana, notes="Again")
    assert later(shop).sent == 1


def test_a_third_value_is_asked(shop: Connection, ana: Customer, fake: VendorSandbox) -> None:
    fake.edit(str(row(fake)["id"]), notes="Old")
    pull(shop.pk)
    fake.rewrite = lambda one: {**one, "notes": "Something else"}
    edit(ana, notes="New")
    push(shop.pk)
    question = Conflict.objects.get()
    assert (question.hub, question.vendor) == ("New", "Something else")
    assert write().state == WriteState.NOT_TAKEN
    assert later(shop).sent == 0


def test_a_refused_write_keeps_the_vendors_words_and_waits_for_a_person(
    shop: Connection, ana: Customer, fake: VendorSandbox
) -> None:
    fake.add(first_name="Eva", last_name="Sol", email="eva@example.com")
    edit(ana, email="eva@example.com")
    assert push(shop.pk).refused == 1
    assert write().state == WriteState.REFUSED
    assert "already been taken" in write().message
    pull(shop.pk, full=True)
    assert later(shop).sent == 0
    assert puts(fake) == 1
    edit(ana, email="ana.paz@example.com")
    assert later(shop).confirmed == 1
    assert (
        fake.rows[CustomerLink.objects.get(customer=ana).external_id]["email"]
        == "ana.paz@example.com"
    )


@pytest.mark.parametrize("kind", ["500_after", "drop_after", "500", "drop"])
def test_an_update_without_an_answer_is_settled_by_what_is_read_again(
    shop: Connection, ana: Customer, fake: VendorSandbox, kind: str
) -> None:
    edit(ana, notes="Once")
    fake.misbehave(kind, method="PUT")
    assert push(shop.pk).unknown == 1
    assert write().state == WriteState.UNKNOWN
    for _ in range(3):
        later(shop)
    assert write().state == WriteState.CONFIRMED
    assert row(fake)["notes"] == "Once"
    assert Write.objects.count() == 1
    assert puts(fake) == (1 if kind.endswith("after") else 2)


def test_a_vendor_that_is_too_busy_is_asked_again_when_it_said(
    shop: Connection, ana: Customer, fake: VendorSandbox
) -> None:
    edit(ana, notes="Later")
    fake.misbehave("429", times=5, method="PUT", retry_after=120)
    found = push(shop.pk)
    assert found.state == "partial"
    assert "429" in found.note
    assert Run.objects.get(kind="push").error == found.note
    shop.refresh_from_db()
    assert shop.write_after is not None
    assert shop.write_after > timezone.now() + timedelta(seconds=100)
    assert write().state == WriteState.PLANNED
    assert push(shop.pk).sent == 0
    fake.faults.clear()
    assert later(shop).confirmed == 1
    shop.refresh_from_db()
    assert (shop.write_failures, shop.write_note) == (0, "")


def test_failures_in_a_row_give_the_vendor_a_rest(
    shop: Connection, ana: Customer, fake: VendorSandbox, settings: Any
) -> None:
    settings.WRITE_SETTLE_SECONDS = 60
    for number in range(6):
        fake.add(first_name="P", last_name=f"X{number}", email=f"p{number}@example.com")
    pull(shop.pk)
    for customer in Customer.objects.all():
        edit(customer, notes="Hello")
    fake.misbehave("500", times=99, method="PUT")
    found = push(shop.pk)
    assert found.unknown == pushing.MOST_FAILURES
    assert found.state == "partial"
    assert puts(fake) == pushing.MOST_FAILURES
    shop.refresh_from_db()
    assert "500" in shop.write_note


def test_refused_credentials_stop_the_connection(
    shop: Connection, ana: Customer, fake: VendorSandbox
) -> None:
    edit(ana, notes="Hello")
    fake.rotate_credentials()
    found = push(shop.pk)
    assert found.state == "failed"
    assert "refused the credentials" in found.note
    shop.refresh_from_db()
    assert shop.health == Health.STOPPED
    assert write().state == WriteState.PLANNED
    assert push(shop.pk).state == "failed"
    assert puts(fake) == 0


def test_with_writing_off_nothing_is_sent(
    shop: Connection, ana: Customer, fake: VendorSandbox
) -> None:
    edit(ana, notes="Hello")
    open_to(shop, writes=False)
    assert push(shop.pk).state == "failed"
    assert puts(fake) == 0
    open_to(shop)
    assert push(shop.pk).confirmed == 1


def test_an_edit_that_went_back_is_not_sent(
    shop: Connection, ana: Customer, fake: VendorSandbox
) -> None:
    edit(ana, notes="Hello")
    edit(ana, notes="")
    assert push(shop.pk).sent == 0
    assert write().state == WriteState.DROPPED


def test_a_record_that_is_gone_is_quarantined_and_not_written(
    shop: Connection, ana: Customer, fake: VendorSandbox
) -> None:
    edit(ana, notes="Hello")
    fake.remove(str(row(fake)["id"]))
    push(shop.pk)
    assert link_at(shop).state == "quarantined"
    assert write().state == WriteState.DROPPED
    assert Conflict.objects.get().kind == "deleted"


def test_a_shop_that_seems_to_have_lost_everybody_is_left_to_a_person(
    shop: Connection, fake: VendorSandbox, settings: Any
) -> None:
    settings.GUARD_MISSING_MIN, settings.GUARD_MISSING_SHARE = 2, 0.1
    for number in range(9):
        fake.add(first_name="Eva", last_name=f"Sol{number}", email=f"eva{number}@example.com")
    pull(shop.pk, full=True)
    for customer in Customer.objects.all():
        edit(customer, notes="Hello")
    fake.rows.clear()
    found = push(shop.pk)
    assert (found.state, found.note) == (
        "failed", "the vendor no longer has 3 of 10 known records",
    )  # fmt: skip
    shop.refresh_from_db()
    assert shop.health == "stopped"
    assert CustomerLink.objects.filter(state="quarantined").count() == 2
    assert Write.objects.filter(state=WriteState.PLANNED).count() == 8
    assert fake.writes == []


def test_a_value_of_an_unreleased_run_waits(
    shop: Connection, ana: Customer, fake: VendorSandbox
) -> None:
    edit(ana, notes="Hello")
    run = Run.objects.create(connection=shop, mode="full", state=RunState.FAILED)
    source = ["link", 1, run.pk, "2026-01-01T00:00:00+00:00"]
    ana.refresh_from_db()
    ana.provenance |= {"notes": source}
    ana.save()
    open_to(shop, fill_empty=True)
    assert push(shop.pk).sent == 0
    assert write().state == WriteState.PLANNED
    edit(ana, email="new@example.com")
    push(shop.pk)
    assert row(fake)["email"] == "new@example.com"
    assert not row(fake)["notes"]
    run.released_at = timezone.now()
    run.save()
    hurry()
    assert push(shop.pk).confirmed == 1
    assert row(fake)["notes"] == "Hello"


def test_what_was_sent_under_another_lease_is_unknown_and_looked_up(
    shop: Connection, ana: Customer, fake: VendorSandbox
) -> None:
    edit(ana, notes="Hello")
    Write.objects.update(
        state=WriteState.SENT, generation=1, sent_at=timezone.now(),
        fields={"notes": ["", "Hello"]}, attempts=1,
    )  # fmt: skip
    for _ in range(3):
        later(shop)
    assert write().state == WriteState.CONFIRMED
    assert puts(fake) == 1


def test_a_worker_whose_lease_was_taken_sends_nothing(
    shop: Connection, ana: Customer, fake: VendorSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the journal and the first byte: the rate limit may have made it wait."""
    edit(ana, notes="Hello")
    starting = Sender.starting

    def late(sender: Sender) -> float:
        Connection.objects.filter(pk=shop.pk).update(lease_generation=99)
        return starting(sender)

    monkeypatch.setattr(Sender, "starting", late)
    with pytest.raises(LeaseLostError):
        push(shop.pk)
    assert puts(fake) == 0
    assert write().state == WriteState.PLANNED


def test_a_stale_holder_claims_nothing(
    shop: Connection, ana: Customer, fake: VendorSandbox
) -> None:
    edit(ana, notes="Hello")

    def lose(call: Any) -> Any:
        Connection.objects.filter(pk=shop.pk).update(lease_generation=99)
        return carry_out(call)

    carry_out = fake.carry_out
    fake.carry_out = lose  # type: ignore[method-assign]
    with pytest.raises(LeaseLostError):
        push(shop.pk)
    assert puts(fake) == 0
    assert write().state == WriteState.PLANNED


def test_a_lease_that_is_lost_at_the_claim_journals_nothing(
    shop: Connection, ana: Customer, fake: VendorSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(ana, notes="Hello")
    claim = updating._claim

    def late(*given: Any) -> Any:
        Connection.objects.filter(pk=shop.pk).update(lease_generation=99)
        return claim(*given)

    monkeypatch.setattr(updating, "_claim", late)
    with pytest.raises(LeaseLostError):
        push(shop.pk)
    assert puts(fake) == 0
    assert (write().state, write().generation, write().attempts) == (WriteState.PLANNED, None, 0)


def test_a_writing_request_is_over_before_the_lease_is(
    shop: Connection, ana: Customer, fake: VendorSandbox, settings: Any
) -> None:
    settings.LEASE_SECONDS = 2
    edit(ana, notes="Hello")
    fake.misbehave("slow", method="PUT", seconds=4)
    began = timezone.now()
    assert push(shop.pk).unknown == 1
    assert timezone.now() - began < timedelta(seconds=3)


def test_a_page_that_was_fetched_before_a_push_does_not_undo_it(
    shop: Connection, ana: Customer, fake: VendorSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is in hand, with the old value; then the write goes; then the page is stored."""
    edit(ana, notes="Pushed")
    fake.edit(str(row(fake)["id"]), city="Quito")  # so that the page has something to say
    from_store = _Pull._store_pages

    def push_first(self: Any, waiting: Any, piece: Any) -> None:
        self._push()
        from_store(self, waiting, piece)

    monkeypatch.setattr(_Pull, "_store_pages", push_first)
    assert pull(shop.pk, full=True).state == "complete"
    assert row(fake)["notes"] == "Pushed"
    ana.refresh_from_db()
    assert ana.notes == "Pushed"
    assert link_at(shop).stated["notes"] == "Pushed"
    assert ana.address["city"] == "Quito"
    assert not Conflict.objects.exists()


def test_a_long_scan_does_not_hold_up_writes(
    connect: Connect, fake: VendorSandbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PAGES_IN_FLIGHT = 1
    monkeypatch.setattr("customers.pulling.LOOK_SECONDS", 0.0)
    fake.fill(350)
    shop = connect("mercately")
    pull(shop.pk)
    open_to(shop)
    customer = CustomerLink.objects.order_by("pk")[0].customer
    seen: list[int] = []

    def midway(run: Run) -> None:
        seen.append(puts(fake))
        if len(seen) == 1:
            edit(customer, notes="Now")

    pull(shop.pk, full=True, progress=midway)
    assert len(seen) > 2
    assert seen[0] == 0
    assert seen[1] == 1
    assert write().state == WriteState.CONFIRMED


def test_a_doubled_push_does_nothing(shop: Connection, ana: Customer, fake: VendorSandbox) -> None:
    edit(ana, notes="Hello")
    push(shop.pk)
    hurry()
    assert push(shop.pk).sent == 0
    assert puts(fake) == 1

"""Pulls over real sockets, from the sandbox's vendors."""

import gc
import time
import weakref
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from connectors.declare import Page
from connectors.sandbox import SandboxServer
from customers import accounts, bulk, joining, pulling, scheduling
from customers.editing import edit
from customers.leases import BusyError
from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    Event,
    Health,
    KeyHolder,
    MatchKey,
    Run,
    RunState,
    SetAside,
)
from customers.pulling import pull
from customers.rereading import ask, retry
from customers.storing import Prepared, Store
from customers.waits import Filled
from customers.workspace import Workspace
from tests.customers.conftest import Connect

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["scroll", "page"])
def shop(request: pytest.FixtureRequest, connect: Connect) -> Connection:
    """A web shop, in each of its ways of paging."""
    return connect("yampi", paging=request.param)


@pytest.fixture
def paged(connect: Connect) -> Connection:
    return connect("yampi", paging="page")


def state() -> list[Any]:
    """All that must not change when nothing changed."""
    return [
        list(Customer.objects.order_by("pk").values()),
        list(CustomerLink.objects.order_by("pk").values()),
        list(KeyHolder.objects.order_by("pk").values()),
        list(Event.objects.order_by("pk").values()),
        list(Conflict.objects.order_by("pk").values()),
    ]


def test_a_first_pull_stores_every_customer_once(shop: Connection, vendors: SandboxServer) -> None:
    vendors.vendor("yampi").fill(230)
    found = pull(shop.pk)
    assert (found.state, found.seen, found.created + found.linked) == ("complete", 230, 230)
    links = CustomerLink.objects.values_list("external_id", flat=True)
    assert sorted(links) == sorted(vendors.vendor("yampi").rows)
    run = Run.objects.get()
    assert run.proven
    assert run.total_first == run.total_last == 230


def test_a_second_pull_changes_and_writes_nothing(shop: Connection, vendors: SandboxServer) -> None:
    vendors.vendor("yampi").fill(150)
    pull(shop.pk)
    before = state()
    found = pull(shop.pk)
    assert (found.state, found.seen, found.unchanged, found.changed) == ("complete", 150, 150, 0)
    assert state() == before


def waiting_pages(run: Run) -> None:
    """As progress: what comes meanwhile is ready when the next is taken."""
    time.sleep(0.3)


def test_pages_that_wait_are_stored_together(
    shop: Connection, vendors: SandboxServer, settings: Any
) -> None:
    settings.PAGES_IN_FLIGHT = 9
    vendors.vendor("yampi").fill(850)
    found = pull(shop.pk, progress=waiting_pages)
    assert (found.state, found.seen, found.created + found.linked) == ("complete", 850, 850)
    run = Run.objects.get()
    assert run.proven
    stored = [len(ids) for ids in run.pages.order_by("number").values_list("ids", flat=True)]
    assert sum(stored) == 850
    assert 100 < max(stored) <= 300
    assert sum(page["seen"] for page in run.pages.values_list("counts", flat=True)) == 850


def test_the_next_pages_are_read_while_postgresql_is_waited_for(
    shop: Connection, vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendors.vendor("yampi").fill(850)
    waiting: list[bool] = []
    read, send = Store._read, Filled.send

    def sending(self: Filled, ready: Any) -> Any:
        waiting.append(True)
        try:
            return send(self, ready)
        finally:
            waiting.pop()

    found: list[bool] = []

    def reading(self: Store, external_id: str, row: bytes) -> Any:
        found.append(bool(waiting))
        return read(self, external_id, row)

    monkeypatch.setattr(Filled, "send", sending)
    monkeypatch.setattr(Store, "_read", reading)
    pull(shop.pk, progress=waiting_pages)
    assert len(found) == 850
    assert (sum(found) > 100) == (database.vendor == "postgresql")


def test_a_large_page_is_stored_alone(
    connect: Connect, vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "MOST_ROWS", 150)
    paged = connect("yampi", paging="page")
    vendors.vendor("yampi").fill(450)
    pull(paged.pk, progress=waiting_pages)
    stored = Run.objects.get().pages.order_by("number").values_list("ids", flat=True)
    assert [len(ids) for ids in stored] == [100, 100, 100, 100, 50]


def test_a_pull_that_left_off_goes_on_behind_the_last_of_the_pages_it_stored_together(
    paged: Connection, vendors: SandboxServer, settings: Any
) -> None:
    settings.PAGES_IN_FLIGHT = 9
    fake = vendors.vendor("yampi")
    fake.fill(950)
    times: list[int] = []

    def stopping() -> bool:
        time.sleep(0.3)
        times.append(CustomerLink.objects.count())
        return len(times) == 2

    assert pull(paged.pk, stopping=stopping).state == "partial"
    assert CustomerLink.objects.count() == times[-1] < 950
    assert pull(paged.pk).state == "complete"
    assert CustomerLink.objects.count() == 950
    ids = [one for ids in Run.objects.get().pages.values_list("ids", flat=True) for one in ids]
    assert len(ids) == len(set(ids)) == 950, "no page was stored twice"


def page(number: int, rows: dict[str, str], *, seconds: int, total: int) -> tuple[Page, Prepared]:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    prepared = Prepared({one: text.encode() for one, text in rows.items()})
    prepared.digests = {one: text.encode() for one, text in rows.items()}
    found = Page(
        number, {"page": number}, tuple(prepared.rows.values()), total, {"page": number + 1}, at, at
    )
    return found, prepared


def test_pages_become_one_that_is_as_old_as_the_oldest() -> None:
    first = page(4, {"a": "1", "b": "2"}, seconds=2, total=7)
    second = page(5, {"c": "3"}, seconds=1, total=8)
    [(joint, prepared)] = joining.joined([first, second])
    assert (joint.number, joint.position, joint.next) == (5, {"page": 4}, {"page": 6})
    assert (joint.total, joint.sent_at.second) == (8, 1)
    assert joint.clock == first[0].clock
    assert len(joint.rows) == 3
    assert prepared.rows == prepared.digests == {"a": b"1", "b": b"2", "c": b"3"}


def test_pages_that_have_a_record_in_common_are_stored_one_after_the_other() -> None:
    """Each has its own time and its own words; a page before may have been asked for later."""
    pages = [page(at, {one: "x"}, seconds=at, total=4) for at, one in enumerate("aba")]
    found = [(one.position["page"], one.number, list(its.rows)) for one, its in
             joining.joined(pages)]  # fmt: skip
    assert found == [(0, 1, ["a", "b"]), (2, 2, ["a"])]


def test_pages_that_are_longer_than_was_asked_are_not_stored_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(joining, "MOST_ROWS", 5)
    names = ["abc", "de", "f", "ghijklmn", "o"]
    pages = [page(at, dict.fromkeys(ids, "x"), seconds=1, total=9) for at, ids in enumerate(names)]
    found = ["".join(its.rows) for _, its in joining.joined(pages)]
    assert found == ["abcde", "f", "ghijklmn", "o"]


def test_plans_are_kept_while_pages_bring_little(
    paged: Connection, vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """A plan that was made for a few rows of small tables would read them whole as they grow."""
    settings.PAGES_IN_FLIGHT = 1
    told: list[bool] = []
    monkeypatch.setattr(bulk, "keep_plans", told.append)
    fake = vendors.vendor("yampi")
    fake.fill(250)
    pull(paged.pk)
    assert told == []
    fake.edit(next(iter(fake.rows)), notes="call after six")
    pull(paged.pk)
    assert told == [True]
    fake.fill(400)  # three pages as before, then many that are new
    pull(paged.pk)
    assert told == [True, True, False]


class Cycle:
    def __init__(self) -> None:
        self.me = self


def test_garbage_is_taken_out_between_pages_alone(
    paged: Connection, vendors: SandboxServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PAGES_IN_FLIGHT = 1
    monkeypatch.setattr(pulling, "STORED_BETWEEN_SWEEPS", 2)
    fake = vendors.vendor("yampi")
    fake.fill(450)
    met: list[tuple[bool, list[bool]]] = []
    made: list[weakref.ref[Cycle]] = []

    def look(run: Run) -> None:
        met.append((gc.isenabled(), [one() is None for one in made]))
        made.append(weakref.ref(Cycle()))

    pull(paged.pk, progress=look)
    assert all(not enabled for enabled, _ in met)
    swept = [len(gone) for _, gone in met if gone and all(gone)]
    assert swept == [1, 3], "after every second page, and never else"
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0

    def fail(run: Run) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        pull(paged.pk, progress=fail)
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_a_vendors_edit_reaches_the_customer_with_its_story(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    one = fake.add(first_name="Ana", last_name="Prado", email="ana.prado@example.com")
    pull(paged.pk)
    fake.edit(one, email="ana.nova@example.com")
    assert pull(paged.pk).changed == 1
    customer = Customer.objects.get(links__external_id=one)
    assert customer.email == "ana.nova@example.com"
    event = customer.events.get(kind="changed")
    assert event.changes["email"] == ["ana.prado@example.com", "ana.nova@example.com"]
    assert "ana.nova@example.com" in customer.search_text


def test_what_a_person_edited_is_not_overwritten_by_a_still_vendor(
    paged: Connection, vendors: SandboxServer, admin_user: Any
) -> None:

    fake = vendors.vendor("yampi")
    one = fake.add(first_name="Ana", last_name="Prado", email="ana@example.com", notes="a")
    pull(paged.pk)
    customer = Customer.objects.get()
    edit(customer.pk, {"email": "better@example.com"}, admin_user, customer.version)
    fake.edit(one, notes="b")
    pull(paged.pk)
    customer.refresh_from_db()
    assert (customer.email, customer.notes) == ("better@example.com", "b")
    assert not Conflict.objects.exists()


def test_two_edits_of_one_field_are_asked_and_nothing_is_lost(
    paged: Connection, vendors: SandboxServer, admin_user: Any
) -> None:

    fake = vendors.vendor("yampi")
    one = fake.add(first_name="Ana", last_name="Prado", email="ana@example.com")
    pull(paged.pk)
    customer = Customer.objects.get()
    edit(customer.pk, {"email": "ours@example.com"}, admin_user, customer.version)
    fake.edit(one, email="theirs@example.com")
    pull(paged.pk)
    conflict = Conflict.objects.get()
    assert (conflict.kind, conflict.field) == ("field", "email")
    assert (conflict.hub, conflict.vendor) == ("ours@example.com", "theirs@example.com")
    assert conflict.base == ["ana@example.com", "ana@example.com"]
    customer.refresh_from_db()
    assert customer.email == "ours@example.com"
    assert "theirs@example.com" in customer.search_text
    fake.edit(one, email="ana@example.com")  # it goes back: the question closes by itself
    pull(paged.pk)
    conflict.refresh_from_db()
    assert conflict.closed_at is not None


def test_an_emptied_field_falls_only_when_nobody_else_states_it(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    one = fake.add(first_name="Ana", last_name="Prado", email="ana@example.com", notes="vip")
    pull(paged.pk)
    fake.edit(one, notes="")
    pull(paged.pk)
    assert Customer.objects.get().notes == ""


def test_records_of_one_document_are_one_customer(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    fake.add(first_name="Ana", last_name="Prado", cpf="529.982.247-25", email="a@example.com")
    fake.add(first_name="ANA", last_name="", cpf="52998224725", email="b@example.com")
    found = pull(paged.pk)
    assert (found.created, found.linked) == (1, 1)
    customer = Customer.objects.get()
    assert customer.email == "a@example.com"  # a second record's e-mail is not taken
    assert "b@example.com" in customer.search_text


def test_one_email_and_two_names_are_two_customers_and_a_question(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    fake.add(first_name="Ana", last_name="Prado", email="casa@example.com")
    fake.add(first_name="Bruno", last_name="Teixeira", email="casa@example.com")
    pull(paged.pk)
    assert Customer.objects.count() == 2
    assert Conflict.objects.get().kind == "duplicate"
    pull(paged.pk, full=True)
    assert Conflict.objects.count() == 1


def test_a_record_that_cannot_be_read_is_set_aside_and_comes_back_when_mended(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    fake.fill(12)
    one = fake.add(first_name="Ana", email="ana@example.com", token="hidden", phone=[1, 2])
    found = pull(paged.pk)
    assert (found.state, found.set_aside, found.created + found.linked) == ("complete", 1, 12)
    aside = SetAside.objects.get()
    assert aside.external_id == one
    assert "phone" in aside.reason
    assert "ana@example.com" in aside.text
    assert "hidden" not in aside.text
    fake.edit(one, phone=None)
    retry(aside.pk)
    pull(paged.pk)
    assert not SetAside.objects.exists()
    assert Customer.objects.filter(email="ana@example.com").exists()


def test_an_anonymized_record_changes_no_field(paged: Connection, vendors: SandboxServer) -> None:
    fake = vendors.vendor("yampi")
    one = fake.add(first_name="Ana", last_name="Prado", email="ana@example.com")
    pull(paged.pk)
    before = Customer.objects.values().get()
    fake.edit(one, anonymized=True, first_name="***", last_name="", email="x@example.com")
    pull(paged.pk)
    assert Customer.objects.values().get() == before
    link = CustomerLink.objects.get()
    assert link.state == "anonymized"
    assert link.stated["email"] == "ana@example.com"
    settled = state()
    pull(paged.pk)
    assert state() == settled


def test_a_customer_first_met_anonymized_is_not_made(
    paged: Connection, vendors: SandboxServer
) -> None:
    vendors.vendor("yampi").add(first_name="***", email="x@example.com", anonymized=True)
    assert pull(paged.pk).state == "complete"
    assert not Customer.objects.exists()


def test_who_is_missing_is_asked_for_and_quarantined_never_deleted(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    fake.fill(30)
    pull(paged.pk)
    one = next(iter(fake.rows))
    kept = fake.rows[one]
    fake.remove(one)
    found = pull(paged.pk)
    assert (found.state, found.quarantined) == ("complete", 1)
    link = CustomerLink.objects.get(external_id=one)
    assert link.state == "quarantined"
    assert Conflict.objects.get(kind="deleted").link == link
    assert Customer.objects.filter(pk=link.customer_id).exists()
    fake.add(**kept)
    pull(paged.pk)
    link.refresh_from_db()
    assert link.state == "active"
    assert Conflict.objects.get(kind="deleted").closed_at is not None


def test_a_list_that_leaves_somebody_out_proves_nothing(
    paged: Connection, vendors: SandboxServer, settings: Any
) -> None:
    settings.PAGES_IN_FLIGHT = 1  # so that the rows shift between two pages for sure
    fake = vendors.vendor("yampi")
    fake.fill(250)
    pull(paged.pk)
    fake.misbehave("shift", times=1)
    pull(paged.pk)
    assert not CustomerLink.objects.exclude(state="active").exists()
    assert not Run.objects.first().proven  # type: ignore[union-attr]


def test_an_emptied_shop_is_held_until_a_person_releases_it(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    fake.fill(60)
    pull(paged.pk)
    for one in list(fake.rows)[:50]:
        fake.remove(one)
    assert pull(paged.pk).state == "held"
    assert not CustomerLink.objects.exclude(state="active").exists()
    assert paged.pk not in scheduling.due()
    assert pull(paged.pk).state == "held"
    run = Run.objects.get(state="held")
    scheduling.release(run.pk, "rosa")
    found = pull(paged.pk)
    assert (found.state, found.quarantined) == ("complete", 50)


def test_a_field_gone_blank_everywhere_is_held_before_anything_is_taken(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    for number in range(12):
        fake.add(first_name="Ana", last_name=f"Prado{number}", email=f"p{number}@example.com")
    pull(paged.pk)
    before = state()
    for one in list(fake.rows):
        fake.edit(one, email=None)
    found = pull(paged.pk)
    assert found.state == "held"
    assert "email" in found.note
    assert state() == before


def test_a_refused_key_stops_the_connection_and_says_so(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    fake.fill(3)
    fake.rotate_credentials()
    found = pull(paged.pk)
    assert found.state == "failed"
    paged.refresh_from_db()
    assert paged.health == Health.STOPPED
    assert "refused" in paged.health_note
    assert paged.pk not in scheduling.due()


def test_new_credentials_of_another_shop_are_refused(
    paged: Connection, vendors: SandboxServer
) -> None:

    fake = vendors.vendor("yampi")
    fake.fill(25)
    pull(paged.pk)
    for one in list(fake.rows):
        fake.remove(one)
    fake.fill(25)
    before = state()
    fake.rotate_credentials()
    paged.refresh_from_db()
    accounts.settle(paged, fake.credentials)
    paged.save()
    found = pull(paged.pk)
    assert found.state == "failed"
    assert "another shop" in found.note
    paged.refresh_from_db()
    assert paged.health == Health.OTHER_SHOP
    assert state() == before


def test_a_failing_vendor_leaves_the_run_to_go_on_where_it_stood(
    paged: Connection, vendors: SandboxServer, settings: Any
) -> None:
    settings.PAGES_IN_FLIGHT = 1
    fake = vendors.vendor("yampi")
    fake.fill(450)
    fake.misbehave("500", times=4, path="")
    assert pull(paged.pk).state == "partial"
    asked = len(fake.requests)
    found = pull(paged.pk)
    assert (found.state, found.seen) == ("complete", 450)
    assert Run.objects.count() == 1
    assert len(fake.requests) - asked <= 6
    assert CustomerLink.objects.count() == 450


def test_a_page_that_is_not_json_fails_the_run_and_keeps_what_came_before(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    fake.fill(30)
    fake.misbehave("html", times=1)
    found = pull(paged.pk)
    assert found.state == "failed"
    assert "a web page came" in found.note
    assert "<html" not in found.note
    assert pull(paged.pk).state == "complete"


def test_a_lost_scroll_starts_again_and_after_two_goes_by_pages(
    connect: Connect, vendors: SandboxServer
) -> None:
    shop = connect("yampi", paging="scroll")
    fake = vendors.vendor("yampi")
    fake.fill(250)
    for _ in range(3):
        fake.misbehave("drop", times=1, path="scroll_id")
        fake.misbehave("drop", times=1)
        pull(shop.pk)
    found = pull(shop.pk)
    for _ in range(3):
        if found.state == "complete":
            break
        found = pull(shop.pk)
    assert (found.state, found.seen) == ("complete", 250)
    assert CustomerLink.objects.count() == 250


def test_a_row_older_than_the_last_read_is_dropped_and_fetched_again(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    one = fake.add(first_name="Ana", last_name="Prado", email="ana@example.com")
    pull(paged.pk)
    CustomerLink.objects.update(written_at=timezone.now() + timedelta(seconds=30))
    fake.edit(one, email="new@example.com")
    pull(paged.pk)
    link = CustomerLink.objects.get()
    assert link.stated["email"] == "ana@example.com"
    CustomerLink.objects.update(written_at=None)
    ask(link.pk)
    pull(paged.pk)
    link.refresh_from_db()
    assert link.stated["email"] == "new@example.com"
    assert link.reread_at is None


def test_a_dry_run_says_what_a_pull_would_do_and_stores_nothing(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    fake.fill(120)
    fake.add(first_name="Ana", last_name="Prado", cpf="52998224725")
    for _ in range(110):
        fake.fill(1)
    fake.add(first_name="Ana", last_name="Prado", cpf="529.982.247-25")
    dry = pull(paged.pk, dry=True)
    assert not Customer.objects.exists()
    assert not Run.objects.exists()
    wet = pull(paged.pk)
    same = ("state", "seen", "created", "linked", "changed", "unchanged", "set_aside")
    assert [getattr(dry, name) for name in same] == [getattr(wet, name) for name in same]
    assert wet.linked >= 1
    again = pull(paged.pk, dry=True)
    assert (again.unchanged, again.created) == (232, 0)


def test_a_connection_that_is_being_pulled_is_busy(
    paged: Connection, vendors: SandboxServer
) -> None:
    paged.lease_until = timezone.now() + timedelta(minutes=1)
    paged.save()
    with pytest.raises(BusyError):
        pull(paged.pk)


def test_never_stored_values_are_nowhere(paged: Connection, vendors: SandboxServer) -> None:
    vendors.vendor("yampi").add(
        first_name="Ana",
        email="ana@example.com",
        token="tok-secret",
        login_url="https://example.com/login-secret",
        ip="203.0.113.77",
    )
    pull(paged.pk)
    everything = repr(state())
    assert "ana@example.com" in everything
    for hidden in ("tok-secret", "login-secret", "203.0.113.77"):
        assert hidden not in everything


def test_a_key_that_too_many_people_carry_retires(
    paged: Connection, vendors: SandboxServer, settings: Any
) -> None:
    settings.MATCH_KEY_MAX_CARRIERS = 3
    fake = vendors.vendor("yampi")
    fake.add(first_name="Ana", last_name="Prado", email="caixa@example.com")
    fake.add(first_name="Ana", last_name="", email="caixa@example.com")
    pull(paged.pk)
    assert Customer.objects.count() == 1
    for name in ("Bruno Lima", "Carla Dias", "Davi Rocha", "Elisa Nunes"):
        given, family = name.split()
        fake.add(first_name=given, last_name=family, email="caixa@example.com")
    pull(paged.pk)

    assert MatchKey.objects.get(value="caixa@example.com").retired_at is not None
    assert Conflict.objects.filter(other=None, kind="duplicate").count() == 1
    asked = Conflict.objects.count()
    fake.add(first_name="Fabio", last_name="Alves", email="caixa@example.com")
    pull(paged.pk)
    assert Conflict.objects.count() == asked


def test_a_key_that_too_many_on_one_page_carry_links_none_of_them(
    paged: Connection, vendors: SandboxServer, settings: Any
) -> None:
    """Not those before it was noticed either: who they are does not hang on their order."""
    settings.MATCH_KEY_MAX_CARRIERS = 3
    fake = vendors.vendor("yampi")
    for _ in range(2):
        for name in ("Ana Prado", "Bruno Lima", "Carla Dias", "Davi Rocha"):
            given, family = name.split()
            fake.add(first_name=given, last_name=family, email="caixa@example.com")
    found = pull(paged.pk)
    assert (found.created, found.linked) == (8, 0)
    assert MatchKey.objects.get(value="caixa@example.com").retired_at is not None


def test_a_page_leaves_nothing_behind_in_memory(
    paged: Connection, vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """The garbage collector is off: what a page held must go by itself."""
    settings.PAGES_IN_FLIGHT = 1
    made: list[weakref.ref[Workspace]] = []
    begin = Workspace.__init__

    def noted(self: Workspace, **kwargs: Any) -> None:
        begin(self, **kwargs)
        made.append(weakref.ref(self))

    monkeypatch.setattr(Workspace, "__init__", noted)
    vendors.vendor("yampi").fill(350)
    alive: list[int] = []
    pull(paged.pk, progress=lambda run: alive.append(sum(one() is not None for one in made)))
    assert len(made) >= 4
    assert alive == [0, 0, 0, 0]


def test_a_run_that_fails_hands_its_values_to_the_next(
    paged: Connection, vendors: SandboxServer, settings: Any
) -> None:
    settings.PAGES_IN_FLIGHT = 1
    fake = vendors.vendor("yampi")
    fake.fill(250)
    fake.misbehave("html", times=1, path="")
    pull(paged.pk)
    failed = Run.objects.get()
    assert failed.state == RunState.FAILED
    assert failed.released_at is None
    pull(paged.pk)
    failed.refresh_from_db()
    assert failed.released_at is not None


def test_a_known_record_that_comes_to_share_a_key_opens_a_question(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    fake.add(first_name="Ana", last_name="Prado", cpf="529.982.247-25")
    one = fake.add(first_name="Ana", last_name="Prado", email="ana@example.com")
    pull(paged.pk)
    assert Customer.objects.count() == 2
    fake.edit(one, cpf="52998224725")
    pull(paged.pk)
    assert Conflict.objects.get().kind == "duplicate"


def test_another_region_reads_every_record_anew_and_says_nothing_changed(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    for number in range(40):
        fake.add(first_name="Ana", last_name=f"Prado {number}", email=f"p{number}@example.com")
    pull(paged.pk)
    Connection.objects.update(region="PT")
    found = pull(paged.pk)
    assert (found.state, found.unchanged, found.changed) == ("complete", 40, 0)
    assert Event.objects.exclude(kind="created").count() == 0


def test_a_field_that_few_had_and_nobody_has_now_is_held(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    for number in range(60):
        notes = "vip" if number % 4 == 0 else ""
        fake.add(first_name="Ana", email=f"p{number}@example.com", notes=notes)
    pull(paged.pk)
    for one, row in list(fake.rows.items()):
        if row["notes"]:
            fake.edit(one, notes="")
    assert pull(paged.pk).state == "held"
    assert Customer.objects.filter(notes="vip").count() == 15


def test_a_few_emptied_notes_among_many_are_no_reason_to_hold(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    for number in range(60):
        fake.add(first_name="Ana", email=f"p{number}@example.com", notes="vip")
    pull(paged.pk)
    for one in list(fake.rows)[:8]:
        fake.edit(one, notes="")
    assert pull(paged.pk).state == "complete"


def test_what_a_person_typed_stays_beside_what_replaced_it(
    paged: Connection, vendors: SandboxServer, admin_user: Any
) -> None:
    fake = vendors.vendor("yampi")
    one = fake.add(first_name="Ana", last_name="Prado", email="old@example.com")
    pull(paged.pk)
    customer = Customer.objects.get()
    edit(customer.pk, {"email": "typed@example.com"}, admin_user, customer.version)
    for email in ("typed@example.com", "later@example.com"):
        fake.edit(one, email=email)
        pull(paged.pk)
    customer.refresh_from_db()
    assert customer.email == "later@example.com"
    assert "typed@example.com" in customer.others["emails"]
    assert "typed@example.com" in customer.search_text


def test_a_question_closes_when_our_side_goes_back(
    paged: Connection, vendors: SandboxServer, admin_user: Any
) -> None:
    fake = vendors.vendor("yampi")
    one = fake.add(first_name="Ana", last_name="Prado", email="base@example.com")
    pull(paged.pk)
    customer = Customer.objects.get()
    customer = edit(customer.pk, {"email": "ours@example.com"}, admin_user, customer.version)
    fake.edit(one, email="theirs@example.com")
    pull(paged.pk)
    customer.refresh_from_db()
    edit(customer.pk, {"email": "base@example.com"}, admin_user, customer.version)
    assert Conflict.objects.get().closed_at is not None


def test_an_erasure_that_is_withdrawn_brings_the_link_back(
    paged: Connection, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    one = fake.add(first_name="Ana", last_name="Prado", email="ana@example.com")
    pull(paged.pk)
    fake.edit(one, anonymized=True)
    pull(paged.pk)
    assert CustomerLink.objects.get().state == "anonymized"
    fake.edit(one, anonymized=False)
    pull(paged.pk)
    assert CustomerLink.objects.get().state == "active"


def test_a_value_that_falls_back_is_told_to_nobody_as_an_edit(
    connect: Connect, vendors: SandboxServer
) -> None:
    one, two = connect("yampi", paging="page"), connect("tiendanegocio")
    web, shop = vendors.vendor("yampi"), vendors.vendor("tiendanegocio")
    first = web.add(first_name="Ana", cpf="52998224725", notes="from the web")
    shop.add(
        name="Ana", identification="52998224725", identification_type="CPF", note="from the shop"
    )
    pull(one.pk)
    pull(two.pk)
    customer = Customer.objects.get()
    stated = customer.notes
    web.edit(first, notes="")
    pull(one.pk)
    pull(one.pk)
    customer.refresh_from_db()
    assert customer.notes == "from the shop"
    assert stated in ("from the web", "from the shop")
    base = CustomerLink.objects.get(connection=two).base
    assert "notes" not in base or base["notes"][0] == "from the shop"


def test_a_count_that_told_nothing_last_time_holds_nothing_up(
    connect: Connect, vendors: SandboxServer
) -> None:
    shop = connect("yativo")
    fake = vendors.vendor("yativo")
    fake.fill(60)
    pull(shop.pk)
    Run.objects.update(total_first=500)
    assert pull(shop.pk, full=True).state == "complete"
    Run.objects.update(total_first=500)
    for one in list(fake.rows)[:40]:
        fake.remove(one)
    assert "20 of the 60 customers that the last scan saw" in pull(shop.pk, full=True).note

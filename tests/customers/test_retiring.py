"""A connection removed: its customers stay, its links are archived, and it is left alone."""

from typing import Any

import pytest
from django.utils import timezone

from connectors.sandbox import SandboxServer
from customers import (
    applying,
    erasing,
    figures,
    plans,
    pursuing,
    retiring,
    ruling,
    scheduling,
    tasks,
)
from customers.leases import BusyError, Lease, claim
from customers.models import (
    Conflict,
    Connection,
    Customer,
    Erasure,
    ErasureLine,
    Event,
    FieldRule,
    KeyHolder,
    Plan,
    Run,
    SetAside,
    Write,
)
from customers.outlets import outlets
from customers.pulling import pull
from customers.pushing import push
from customers.uniting import merge
from customers.unmerging import unmerge
from tests.customers.conftest import Connect
from tests.customers.pushes import create_at, edit, hurry, open_to, person, typed

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = {"ana": "Ana Paz", "bo": "Bo Ruiz", "cy": "Cy Vera"}


@pytest.fixture
def shop(connect: Connect, vendors: SandboxServer) -> Connection:
    """A shop with three people, that is written to."""
    shop = connect("tiendanegocio", "Shop")
    for short, name in PEOPLE.items():
        vendors.vendor("tiendanegocio").add(name=name, email=f"{short}@example.com")
    assert pull(shop.pk).created == 3
    return open_to(shop)


def remove(shop: Connection) -> None:
    retiring.remove(shop.pk, person())


def states(shop: Connection) -> list[str]:
    return list(shop.links.order_by("pk").values_list("state", flat=True))


def waiting(shop: Connection, **values: Any) -> Write:
    return Write.objects.create(
        kind="update", customer=shop.links.earliest("pk").customer, connection=shop, **values
    )


def test_customers_stay_and_links_are_archived(shop: Connection) -> None:
    shop.links.filter(pk=shop.links.earliest("pk").pk).update(state="quarantined")
    shop.links.filter(pk=shop.links.latest("pk").pk).update(state="gone")
    customers = list(Customer.objects.order_by("pk").values())
    keys, events = KeyHolder.objects.count(), Event.objects.count()
    remove(shop)
    assert list(Customer.objects.order_by("pk").values()) == customers
    assert KeyHolder.objects.count() == keys
    assert states(shop) == ["archived", "archived", "gone"]
    assert shop.links.earliest("pk").stated["email"] == "ana@example.com"
    assert Run.objects.get().state == "complete"
    told = Event.objects.filter(kind="archived").order_by("link")
    assert [(one.customer_id, one.user, one.connection) for one in told] == [
        (link.customer_id, person(), shop) for link in shop.links.filter(state="archived")
    ]
    assert Event.objects.count() == events + 2
    shop.refresh_from_db()
    assert (shop.enabled, shop.writes, len(shop.credentials)) == (False, False, 0)
    assert shop.removed_at is not None
    assert (shop.removed_by, shop.lease_until) == (person(), None)


def test_what_waits_is_dropped_and_what_was_refused_keeps_its_words(shop: Connection) -> None:
    one, two, three = shop.links.order_by("pk")
    planned = waiting(shop, link=one)
    unknown = waiting(shop, link=two, state="unknown")
    refused = waiting(shop, link=three, state="refused", message="Bad phone")
    create = create_at(shop, typed(name={"given": "Di", "family": "Sol"}))
    remove(shop)
    found = {row.pk: row for row in Write.objects.all()}
    assert {row.state for row in found.values()} == {"dropped"}
    assert all(row.settled_at for row in found.values())
    for write in (planned, unknown, create):
        assert found[write.pk].message == retiring.REMOVED
    assert found[refused.pk].message == "Bad phone"


@pytest.mark.parametrize("state", ["sent", "unknown"])
def test_a_create_that_may_have_been_carried_out_is_settled_first(
    shop: Connection, state: str
) -> None:
    create = create_at(shop, typed(name={"given": "Di", "family": "Sol"}))
    Write.objects.filter(pk=create.pk).update(state=state)
    assert retiring.foretell(shop.pk).refused == retiring.UNSETTLED
    with pytest.raises(retiring.RefusedError, match=retiring.UNSETTLED):
        remove(shop)
    shop.refresh_from_db()
    assert (shop.enabled, shop.writes) == (True, True)
    assert (shop.removed_at, shop.lease_until) == (None, None)
    assert states(shop) == ["active"] * 3
    Write.objects.update(state="dropped")
    remove(shop)
    assert states(shop) == ["archived"] * 3


def test_while_a_worker_is_at_it_it_is_refused(shop: Connection) -> None:
    lease = claim(shop.pk)
    assert lease is not None
    with pytest.raises(BusyError, match=retiring.BUSY):
        remove(shop)
    assert states(shop) == ["active"] * 3
    lease.release()
    remove(shop)
    assert states(shop) == ["archived"] * 3


@pytest.mark.parametrize("state", ["running", "partial", "held"])
@pytest.mark.parametrize("kind", ["pull", "push"])
def test_its_unfinished_run_has_failed(shop: Connection, state: str, kind: str) -> None:
    run = Run.objects.create(connection=shop, kind=kind, state=state)
    remove(shop)
    run.refresh_from_db()
    assert (run.state, run.error) == ("failed", retiring.REMOVED)
    assert run.finished_at is not None
    assert run.released_at is None


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
def test_cut_off_anywhere_it_is_repeated(
    shop: Connection, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(retiring, "BLOCK", 1)
    real, steps = Lease.renew, []

    def renew(lease: Lease) -> None:
        real(lease)
        steps.append(lease)
        if len(steps) == step:
            raise RuntimeError("the process ends")

    with monkeypatch.context() as once:
        once.setattr(Lease, "renew", renew)
        with pytest.raises(RuntimeError):
            remove(shop)
    assert states(shop).count("archived") == max(0, min(step - 2, 3))
    assert Connection.present.filter(pk=shop.pk).exists()
    remove(shop)
    assert states(shop) == ["archived"] * 3
    assert Event.objects.filter(kind="archived").count() == 3
    was = Connection.objects.values().get(pk=shop.pk)
    remove(shop)  # done already
    assert Connection.objects.values().get(pk=shop.pk) == was
    assert Event.objects.filter(kind="archived").count() == 3


def test_its_questions_rules_and_unread_records_end(shop: Connection) -> None:
    link = shop.links.earliest("pk")
    about = {"customer": link.customer, "link": link}
    field = Conflict.objects.create(kind="field", field="notes", hub="", vendor="x", **about)
    gone = Conflict.objects.create(kind="deleted", **about)
    pair = Conflict.objects.create(
        kind="duplicate", other=shop.links.latest("pk").customer, **about
    )
    rule = FieldRule.objects.create(field="email", connection=shop)
    SetAside.objects.create(connection=shop, text="{}", reason="?")
    found = retiring.foretell(shop.pk)
    assert (found.links, found.questions, found.rules, found.set_aside) == (3, 2, 1, 1)
    remove(shop)
    for question in (field, gone):
        question.refresh_from_db()
        assert (question.closing, question.decision) == (retiring.REMOVED, "")
        assert question.closed_at is not None
    pair.refresh_from_db()
    assert pair.closed_at is None
    rule.refresh_from_db()
    assert (rule.enabled, rule.ended_by) == (False, person())
    assert not SetAside.objects.exists()


def test_whom_the_vendor_was_to_forget_is_forgotten_by_hand(shop: Connection) -> None:
    case = Erasure.objects.create(customer=7)
    asked = ErasureLine.objects.create(
        erasure=case, connection=shop, external_id="7", state="asked", due_at=timezone.now()
    )
    done = ErasureLine.objects.create(erasure=case, connection=shop, state="confirmed", note="so")
    Write.objects.create(
        kind="delete", customer_id=shop.links.earliest("pk").customer_id, connection=shop,
        erasure_line=asked, state="unknown",
    )  # fmt: skip
    assert retiring.foretell(shop.pk).erasures == 1
    remove(shop)
    asked.refresh_from_db()
    assert (asked.state, asked.note, asked.due_at) == ("by_hand", erasing.REMOVED, None)
    done.refresh_from_db()
    assert (done.state, done.note) == ("confirmed", "so")
    assert Write.objects.get().state == "dropped"
    pursuing.look_again(asked.pk)
    assert pursuing.due() == []


def test_a_customer_is_erased_afterwards_with_a_line_by_hand(shop: Connection) -> None:
    one, two, _ = shop.links.order_by("pk")
    shop.links.filter(pk=two.pk).update(state="gone")
    remove(shop)
    for link in (one, two):
        erasing.erase(link.customer_id, person(), ask=True)
    for line in ErasureLine.objects.all():
        assert (line.state, line.note, line.due_at) == ("by_hand", erasing.REMOVED, None)
    assert not Write.objects.exists()


def test_nothing_pulls_pushes_or_rings_for_it(
    shop: Connection, vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove(shop)
    create_at(shop, Customer.objects.latest("pk"))  # as if planned at that moment
    scheduling.ask_for_pull(shop.pk, full=True)
    hurry()
    Connection.objects.update(enabled=True, writes=True, due_at=timezone.now())
    asked = len(vendors.vendor("tiendanegocio").requests)
    rung: list[int] = []
    for task in (tasks.pull_connection, tasks.push_connection, tasks.pursue_erasures):
        monkeypatch.setattr(task, "delay", rung.append)
    tasks.tick()
    assert rung == []
    assert scheduling.due() == scheduling.due_writes() == []
    assert outlets([shop.pk]) == {}
    for work in (pull, push):
        with pytest.raises(BusyError):
            work(shop.pk)
    assert pursuing.pursue(shop.pk) == 0
    with pytest.raises(Plan.DoesNotExist):
        plans.approve(Plan.objects.create(connection=shop).pk, None)
    assert len(vendors.vendor("tiendanegocio").requests) == asked


def test_an_edit_plans_nothing_for_it(shop: Connection) -> None:
    remove(shop)
    edit(shop.links.earliest("pk").customer, notes="Likes tea")
    assert not Write.objects.exists()


@pytest.fixture
def ana(shop: Connection, connect: Connect, vendors: SandboxServer) -> Customer:
    """Known to two more vendors, that differ in her notes."""
    for slug, name, notes in (("mercately", "Chat", "from chat"), ("yampi", "Web", "from web")):
        vendors.vendor(slug).add(
            first_name="Ana", last_name="Paz", email="ana@example.com", notes=notes
        )
        pull(connect(slug, name, trust=20).pk)
    found = Customer.objects.get(email="ana@example.com")
    assert found.links.count() == 3
    return found


def unsettled(shop: Connection, ana: Customer) -> None:
    """As if hub and vendor had both moved since the archived record was settled."""
    said = ana.links.get(connection=shop).stated | {"notes": "there now"}
    ana.links.filter(connection=shop).update(stated=said, base={"notes": ["here", "there"]})


def test_an_archived_record_stands_in_nobodys_way(shop: Connection, ana: Customer) -> None:
    remove(shop)
    unsettled(shop, ana)
    web = Connection.objects.get(name="Web")
    for trust, notes in ((10, "from chat"), (90, "from web"), (10, "from chat")):
        Connection.objects.filter(pk=web.pk).update(trust=trust)
        assert applying.apply(ruling.trust(web.pk, person()).pk) == "complete"
        assert Customer.objects.get(pk=ana.pk).notes == notes


def test_giving_back_asks_nothing_about_an_archived_record(shop: Connection, ana: Customer) -> None:
    remove(shop)
    other = typed(name={"given": "Di", "family": "Sol"}, notes="from Di")
    unsettled(shop, ana)
    merge(ana.pk, [other.pk], choices={"notes": other.pk})
    unmerge(other.pk)
    assert not Conflict.objects.filter(link__connection=shop).exists()


def test_added_again_it_finds_the_same_customers(
    shop: Connection, connect: Connect, vendors: SandboxServer
) -> None:
    remove(shop)
    again = connect("tiendanegocio", "Shop")  # the name is free again
    result = pull(again.pk)
    assert (result.created, result.linked) == (0, 3)
    assert Customer.objects.count() == 3
    for customer in Customer.objects.all():
        assert sorted(customer.links.values_list("state", flat=True)) == ["active", "archived"]
    assert not Conflict.objects.exists()


def test_it_is_counted_no_more(shop: Connection, connect: Connect, vendors: SandboxServer) -> None:
    remove(shop)
    told = figures.count(None)
    assert (told.customers, told.links, told.together) == (3, {}, [])
    vendors.vendor("mercately").add(first_name="Ana", last_name="Paz", email="ana@example.com")
    chat = connect("mercately", "Chat")
    pull(chat.pk)
    told = figures.count(None)
    assert (told.links, told.together) == ({chat.pk: 1}, [(["mercately"], 1)])

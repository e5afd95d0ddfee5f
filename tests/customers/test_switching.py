"""Writing is switched on by a person who has seen what would be sent; plans are sent as shown."""

import io
import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from connectors.sandbox import SandboxServer
from connectors.sandbox_vendor import VendorSandbox
from customers import accounts, adding, intervening, plans, sweeping, switching
from customers.connecting import connect as connector_for
from customers.management.commands import demo
from customers.models import (
    Connection,
    Customer,
    CustomerLink,
    Plan,
    Run,
    Write,
    WriteState,
)
from customers.pulling import pull
from customers.pushing import push
from customers.scheduling import due_writes
from customers.uniting import merge
from tests.customers.conftest import Connect
from tests.customers.pushes import create_at, edit, later, person, typed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fake(vendors: SandboxServer) -> VendorSandbox:
    return vendors.vendor("mercately")


@pytest.fixture
def shop(connect: Connect, fake: VendorSandbox) -> Connection:
    for number in range(3):
        fake.add(first_name=f"P{number}", last_name="Paz", email=f"p{number}@example.com")
    found = connect("mercately")
    pull(found.pk)
    return found


def command(*words: str) -> str:
    out = io.StringIO()
    call_command("push", *words, stdout=out)
    return out.getvalue()


# The switch


def test_switching_on_shows_and_then_plans_whatever_still_differs(
    shop: Connection, fake: VendorSandbox
) -> None:
    for customer in Customer.objects.all()[:2]:
        edit(customer, notes="While it was off")
    assert not Write.objects.exists()
    shown = switching.preview(shop)
    assert (shown.links, dict(shown.fields), shown.whole) == (2, {"notes": 2}, True)
    assert not Write.objects.exists()
    switching.switch(shop.pk, person().pk, writes=True)
    assert due_writes() == [shop.pk]
    found = push(shop.pk)
    assert (found.planned, found.confirmed) == (2, 2)
    assert sorted(str(row["notes"]) for row in fake.rows.values()) == [
        "None", "While it was off", "While it was off",
    ]  # fmt: skip
    assert due_writes() == []
    assert not Run.objects.filter(kind="push", state="partial").exists()


def test_a_look_at_every_link_goes_on_where_it_stood(
    shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "BLOCK", 1)
    for customer in Customer.objects.all():
        edit(customer, notes="While it was off")
    switching.switch(shop.pk, None, writes=True)
    run = sweeping.waiting(shop.pk)
    assert run is not None
    first = CustomerLink.objects.order_by("pk").values_list("pk", flat=True)[0]
    Run.objects.filter(pk=run.pk).update(place={"after": first})
    assert push(shop.pk).confirmed == 2


def test_filling_what_is_empty_is_a_switch_of_its_own(
    connect: Connect, vendors: SandboxServer, shop: Connection, fake: VendorSandbox
) -> None:
    vendors.vendor("tiendanegocio").add(
        name="P0", last_name="Paz", email="p0@example.com", note="VIP"
    )
    pull(connect("tiendanegocio").pk)
    switching.switch(shop.pk, None, writes=True)
    assert push(shop.pk).sent == 0
    assert switching.preview(shop, fill_empty=True).fields == {"notes": 1}
    switching.switch(shop.pk, None, writes=True, fill_empty=True)
    assert push(shop.pk).confirmed == 1
    assert [row["notes"] for row in fake.rows.values()].count("VIP") == 1


def test_a_connection_can_be_added_with_writing_on(vendors: SandboxServer, db: None) -> None:
    given = {**vendors.vendor("mercately").credentials, **vendors.vendor("mercately").options}
    assert not accounts.add("mercately", "one", given).writes
    assert accounts.add("mercately", "two", {**given, "writes": "true"}).writes
    with pytest.raises(accounts.InvalidError, match="writes must be true or false"):
        accounts.add("mercately", "three", {**given, "writes": "perhaps"})


# The command and its plans


def test_the_demonstrations_connections_are_written_to(vendors: SandboxServer) -> None:
    for slug in vendors.vendors:
        made = demo._connection(vendors, slug)
        assert made.writes
        switching.switch(made.pk, None, writes=False)
        demo._connection(vendors, slug)
        assert Connection.objects.get(pk=made.pk).writes


def test_the_command_says_what_it_did(shop: Connection) -> None:
    switching.switch(shop.pk, None, writes=True)
    edit(Customer.objects.all()[0], notes="Hello")
    found = json.loads(command("--json"))
    assert set(found) == {
        "connection", "state", "planned", "sent", "confirmed", "not_taken", "refused", "unknown",
        "requests", "seconds",
    }  # fmt: skip
    assert (found["connection"], found["state"], found["confirmed"]) == ("mercately", "complete", 1)
    assert "mercately" in command("mercately")


def test_the_command_fails_when_anything_did_not_go_well(
    shop: Connection, fake: VendorSandbox
) -> None:
    switching.switch(shop.pk, None, writes=True)
    edit(Customer.objects.all()[0], notes="Hello")
    fake.misbehave("500", method="PUT")
    with pytest.raises(CommandError, match="1 unknown"):
        command()
    with pytest.raises(CommandError, match="no connection named 'nobody'"):
        command("nobody")


def test_a_dry_run_prints_the_exact_writes_and_stores_nothing(
    shop: Connection, fake: VendorSandbox
) -> None:
    switching.switch(shop.pk, None, writes=True)
    push(shop.pk)
    customer = Customer.objects.all()[0]
    edit(customer, notes="Hello")
    create_at(shop, typed(name={"given": "Eva", "family": "Sol"}, email="eva@example.com"))
    before = list(Write.objects.order_by("pk").values())
    link = link_of(customer)
    fake.edit(link.external_id, email="moved@example.com")
    stated = CustomerLink.objects.get(pk=link.pk).stated
    out = command("--dry-run")
    assert f'PUT /customers/{link.external_id} {{"notes":"Hello"}}' in out
    assert '"email":"eva@example.com"' in out
    assert not fake.writes
    assert list(Write.objects.order_by("pk").values()) == before
    assert CustomerLink.objects.get(pk=link.pk).stated == stated
    assert not Plan.objects.exists()
    push(shop.pk)
    assert next(body for _, _, body, _ in fake.writes) == {"notes": "Hello"}


def link_of(customer: Customer) -> CustomerLink:
    return CustomerLink.objects.get(customer=customer)


def planned(shop: Connection) -> Plan:
    switching.switch(shop.pk, None, writes=True)
    push(shop.pk)
    for customer in Customer.objects.all()[:2]:
        edit(customer, notes="Hello")
    out = json.loads(command("--dry-run", "--plan", "--json"))
    return Plan.objects.get(pk=out["plan"])


def test_a_stored_plan_waits_until_it_is_approved(shop: Connection, fake: VendorSandbox) -> None:
    plan = planned(shop)
    assert {line["body"] for line in plan.lines} == {'{"notes":"Hello"}'}
    assert due_writes() == []
    assert later(shop).sent == 0
    found = json.loads(command("--approve", str(plan.pk), "--json"))
    assert found["confirmed"] == 2
    plan.refresh_from_db()
    assert plan.approved_at is not None
    assert plan.executed_at is not None


def test_a_line_that_would_now_say_something_else_waits_again(
    shop: Connection, fake: VendorSandbox
) -> None:
    plan = planned(shop)
    changed = Customer.objects.get(pk=plan.lines[0]["customer"])
    edit(changed, notes="Something else")
    with pytest.raises(CommandError, match="1 of its writes would say something else now"):
        command("--approve", str(plan.pk))
    assert [body for _, _, body, _ in fake.writes] == [{"notes": "Hello"}]
    write = Write.objects.get(customer=changed)
    assert (write.state, write.digest) == (WriteState.PLANNED, "")
    assert "approve it again" in write.message
    assert later(shop).sent == 0
    again = plans.keep(shop, _lines(shop, write), None)
    command("--approve", str(again.pk))
    assert len(fake.writes) == 2


def _lines(shop: Connection, write: Write) -> list[plans.Line]:
    Write.objects.filter(pk=write.pk).update(plan=None)
    connector = connector_for(shop)
    try:
        return plans.lines(shop, connector)
    finally:
        connector.http.close()


# Adding


def test_what_is_lacking_is_named_before_anything_is_planned(
    connect: Connect, vendors: SandboxServer
) -> None:
    shop = connect("yativo")
    whole = typed(
        name={"given": "Ana"}, email="ana@example.com", phone="+593990000001",
        address={"country": "EC"},
    )  # fmt: skip
    bare = typed(name={"given": "Eva"}, email="eva@example.com")
    connector = connector_for(shop)
    looked = adding.look([whole.pk, bare.pk], shop, connector)
    assert [(one.able, one.lacks) for one in looked] == [(True, ()), (False, ("phone", "country"))]
    switching.switch(shop.pk, None, writes=True)
    assert adding.add([whole.pk, bare.pk], shop, connector, person().pk) == 1
    assert adding.add([whole.pk], shop, connector, person().pk) == 0
    assert adding.look([whole.pk], shop, connector)[0].obstacle == "waiting"
    assert push(shop.pk).confirmed == 1
    assert adding.look([whole.pk], shop, connector)[0].obstacle == "known"
    connector.http.close()


# A person's word


def test_a_refused_write_is_sent_again_by_a_persons_word(
    shop: Connection, fake: VendorSandbox
) -> None:
    switching.switch(shop.pk, None, writes=True)
    one, two = Customer.objects.order_by("pk")[:2]
    edit(one, email=two.email)
    assert push(shop.pk).refused == 1
    fake.remove(link_of(two).external_id)
    intervening.retry(Write.objects.get().pk)
    assert push(shop.pk).confirmed == 1


def test_what_was_refused_before_a_merge_joins_what_was_planned_since(
    shop: Connection, fake: VendorSandbox
) -> None:
    switching.switch(shop.pk, None, writes=True)
    one, two = Customer.objects.all()[:2]
    edit(one, email=two.email)
    assert push(shop.pk).refused == 1
    refused = Write.objects.get()
    survivor = typed(name={"given": "Eva", "family": "Sol"}, email="eva@example.com")
    merge(survivor.pk, [one.pk], person().pk)
    edit(survivor, notes="Of both")
    intervening.retry(refused.pk)
    refused.refresh_from_db()
    assert refused.state == WriteState.DROPPED
    assert push(shop.pk).confirmed == 1
    assert fake.rows[link_of(survivor).external_id]["notes"] == "Of both"


def test_what_a_person_lets_go_stays_apart_and_is_not_planned_again(
    shop: Connection, fake: VendorSandbox
) -> None:
    switching.switch(shop.pk, None, writes=True)
    one = Customer.objects.all()[0]
    edit(one, notes="Never mind")
    intervening.drop(Write.objects.get().pk, person().pk)
    assert link_of(one).base["notes"] == ["Never mind", "", "not sent, by a person's word"]
    pull(shop.pk, full=True)
    assert later(shop).sent == 0
    edit(one, notes="But this")
    assert later(shop).confirmed == 1


@pytest.fixture
def lost(shop: Connection, fake: VendorSandbox) -> Write:
    """A create that never reached the vendor, and nobody knows."""
    switching.switch(shop.pk, None, writes=True)
    write = create_at(shop, typed(name={"given": "Eva", "family": "Sol"}, email="e@example.com"))
    fake.misbehave("drop", method="POST")
    push(shop.pk)
    write.refresh_from_db()
    assert write.state == WriteState.UNKNOWN
    return write


def test_a_person_recognises_the_record(shop: Connection, fake: VendorSandbox, lost: Write) -> None:
    key = fake.add(first_name="Eva", last_name="Luna", email="other@example.com")
    intervening.recognise(lost.pk, key)
    assert push(shop.pk).confirmed == 1
    lost.refresh_from_db()
    assert lost.link is not None
    assert lost.link.external_id == key
    assert lost.link.customer_id == lost.customer_id


def test_a_person_lets_it_be_created_again(
    shop: Connection, fake: VendorSandbox, lost: Write
) -> None:
    intervening.create_again(lost.pk)
    assert push(shop.pk).confirmed == 1
    assert len(fake.rows) == 4
    with pytest.raises(intervening.NotNowError):
        intervening.create_again(lost.pk)


def test_a_person_gives_up(shop: Connection, fake: VendorSandbox, lost: Write) -> None:
    intervening.give_up(lost.pk)
    assert later(shop).sent == 0
    lost.refresh_from_db()
    assert lost.state == WriteState.DROPPED


def test_hurrying_ends_every_wait_of_a_customer(shop: Connection, fake: VendorSandbox) -> None:
    switching.switch(shop.pk, None, writes=True)
    one = Customer.objects.all()[0]
    edit(one, notes="Now")
    fake.misbehave("429", times=3, method="PUT", retry_after=100)
    push(shop.pk)
    assert due_writes() == []
    fake.faults.clear()
    assert intervening.hurry(one.pk) == 1
    assert push(shop.pk).confirmed == 1

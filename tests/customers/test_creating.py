"""A create at a vendor: searched for before, and never made twice."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from connectors.sandbox import SandboxServer
from connectors.sandbox_http import Reply
from connectors.sandbox_vendor import VendorSandbox
from customers import intervening, plans, storing
from customers.connecting import connect as connect_to
from customers.leases import LeaseLostError
from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    NotSame,
    Run,
    Write,
    WriteState,
)
from customers.pulling import pull
from customers.pushing import push
from customers.recalling import differing
from customers.sending import Sender
from customers.uniting import merge
from customers.unmerging import unmerge
from tests.customers.conftest import Connect
from tests.customers.pushes import create_at, edit, hurry, later, open_to, person, typed

pytestmark = pytest.mark.django_db(transaction=True)

PERSON: dict[str, Any] = {
    "name": {"given": "Ana", "family": "Paz"},
    "email": "ana@example.com",
    "phone": "+593990000001",
    "address": {"street": "Calle 1", "city": "Quito", "country": "EC"},
    "notes": "Likes tea",
}
OPTIONS: dict[str, dict[str, str]] = {"yampi": {"allow_create": "true"}}
VENDORS = ["clopos", "mercately", "tiendanegocio", "yampi", "yativo"]
slugs = pytest.mark.parametrize("slug", VENDORS)


@pytest.fixture
def shop(connect: Connect, slug: str) -> Connection:
    return open_to(connect(slug, **OPTIONS.get(slug, {})))


@pytest.fixture
def fake(vendors: SandboxServer, slug: str) -> VendorSandbox:
    return vendors.vendor(slug)


def posts(fake: VendorSandbox) -> int:
    return sum(method == "POST" and "customer" in path for method, path, _, _ in fake.writes)


def write() -> Write:
    return Write.objects.get(kind="create")


@slugs
def test_a_create_is_linked_at_once_and_quiet_afterwards(
    shop: Connection, fake: VendorSandbox
) -> None:
    ana = typed(**PERSON)
    create_at(shop, ana)
    found = push(shop.pk)
    assert (found.state, found.sent, found.confirmed) == ("complete", 1, 1)
    link = CustomerLink.objects.get()
    assert (link.customer_id, link.external_id) == (ana.pk, next(iter(fake.rows)))
    assert write().link_id == link.pk
    assert write().external_id == link.external_id
    before = Customer.objects.values().get()
    result = pull(shop.pk, full=True)
    assert (result.created, result.changed, result.linked) == (0, 0, 0)
    assert Customer.objects.values().get() == before
    assert later(shop).sent == 0
    assert posts(fake) == 1
    assert not Conflict.objects.exists()


@slugs
def test_whom_the_vendor_knows_already_is_linked_and_not_created(
    shop: Connection, fake: VendorSandbox
) -> None:
    create_at(shop, typed(**PERSON))
    push(shop.pk)
    again = Customer.objects.get()
    Write.objects.all().delete()
    drop_links()
    create_at(shop, again)
    found = push(shop.pk)
    assert found.sent == 0
    assert write().state == WriteState.DROPPED
    assert CustomerLink.objects.get().customer_id == again.pk
    assert len(fake.rows) == 1


def drop_links() -> None:
    """As if the hub had never met the vendor's records."""
    for link in CustomerLink.objects.all():
        link.keys.all().delete()
        Write.objects.filter(link=link).delete()
        link.delete()


@slugs
def test_a_record_of_somebody_elses_is_asked_about_and_not_created(
    shop: Connection, fake: VendorSandbox
) -> None:
    other = typed(**PERSON)
    create_at(shop, other)
    push(shop.pk)
    ana = typed(**PERSON)
    Conflict.objects.all().delete()
    again = create_at(shop, ana)
    assert push(shop.pk).sent == 0
    again.refresh_from_db()
    assert again.state == WriteState.REFUSED
    question = Conflict.objects.get()
    assert {question.customer_id, question.other_id} == {ana.pk, other.pk}
    assert len(fake.rows) == 1
    NotSame.objects.create(one=other, other=ana)
    again.state = WriteState.PLANNED
    again.save()
    assert push(shop.pk).sent == 1


@pytest.mark.parametrize("slug", ["yativo"])
def test_what_is_lacking_is_named_before_anything_is_asked(
    shop: Connection, fake: VendorSandbox
) -> None:
    create_at(shop, typed(name={"given": "Ana"}, email="ana@example.com"))
    assert push(shop.pk).refused == 1
    assert set(write().field_messages) == {"phone", "country"}
    assert not [path for _, path in fake.requests if path.startswith("/customer")]


LOST = ["drop_after", "500_after", "drop", "500"]


@slugs
@pytest.mark.parametrize("kind", LOST)
def test_a_create_without_an_answer_is_never_made_twice(
    shop: Connection, fake: VendorSandbox, kind: str
) -> None:
    create_at(shop, typed(**PERSON))
    fake.misbehave(kind, method="POST", path="customer")
    assert push(shop.pk).unknown == 1
    assert not CustomerLink.objects.exists()
    for _ in range(7):
        later(shop)
    carried_out = kind.endswith("after") or slug_of(shop) == "yativo"
    assert len(fake.rows) == carried_out
    if carried_out:
        assert write().state == WriteState.CONFIRMED
        assert CustomerLink.objects.get().external_id in fake.rows
    else:
        assert (write().state, write().searched) == (WriteState.UNKNOWN, 5)
        requests = len(fake.requests)
        later(shop)
        assert len(fake.requests) == requests, "from here on a person decides"
        assert posts(fake) == 1


def slug_of(shop: Connection) -> str:
    return shop.vendor


@pytest.mark.parametrize("slug", ["clopos", "tiendanegocio"])
def test_a_create_that_is_stored_late_is_found_late(shop: Connection, fake: VendorSandbox) -> None:
    create_at(shop, typed(**PERSON))
    fake.misbehave("late", method="POST", path="customers", seconds=0.5)
    push(shop.pk)
    assert later(shop).unknown == 1
    wait_for_row(fake)
    assert later(shop).confirmed == 1
    assert CustomerLink.objects.get().external_id == next(iter(fake.rows))


def wait_for_row(fake: VendorSandbox) -> None:
    from_now = timezone.now() + timedelta(seconds=10)
    while not fake.rows and timezone.now() < from_now:
        pass


@pytest.mark.parametrize("slug", ["yativo"])
def test_a_stored_key_is_replayed_with_the_same_body(shop: Connection, fake: VendorSandbox) -> None:
    create_at(shop, typed(**PERSON))
    fake.misbehave("drop_after", method="POST", path="customer")
    push(shop.pk)
    assert later(shop).confirmed == 1
    sent = [one for one in fake.writes if one[1] == "/customer"]
    assert len(sent) == 2
    assert sent[0][2] == sent[1][2]
    assert sent[0][2]["send_kyc_mail"] is False
    assert sent[0][3]["Idempotency-Key"] == sent[1][3]["Idempotency-Key"]
    assert UUID(sent[0][3]["Idempotency-Key"]) == write().key
    assert len(fake.rows) == 1


@pytest.mark.parametrize("slug", ["yativo"])
@pytest.mark.parametrize("trouble", ["429", "rotated", "overtaken", "refused"])
def test_a_replay_that_fails_leaves_the_create_unknown(
    shop: Connection, fake: VendorSandbox, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """Its key ages meanwhile; the first request was carried out all the same."""
    create_at(shop, typed(**PERSON))
    fake.misbehave("drop_after", method="POST", path="customer")
    push(shop.pk)
    if trouble == "429":
        fake.misbehave("429", method="POST", path="customer")
        later(shop)
    elif trouble == "rotated":
        secrets = fake.credentials
        fake.rotate_credentials()
        later(shop)
        fake.credentials = secrets
        Connection.objects.update(health="ok")
    elif trouble == "refused":
        fake.edit(next(iter(fake.rows)), customer_status="suspended")
        with monkeypatch.context() as patch:
            carry_out, no = fake.carry_out, Reply(422, {"message": "The e-mail is taken"})
            here = ("POST", "/customer")
            patch.setattr(
                fake, "carry_out", lambda c: no if (c.method, c.path) == here else carry_out(c)
            )
            later(shop)
    else:
        with monkeypatch.context() as patch:
            patch.setattr(Sender, "starting", overtaken)
            with pytest.raises(LeaseLostError):
                later(shop)
        Connection.objects.update(lease_until=None)
    assert write().state == WriteState.UNKNOWN
    Write.objects.update(sent_at=timezone.now() - timedelta(minutes=56))
    fake.edit(next(iter(fake.rows)), customer_status="suspended")  # such are in no list
    later(shop)
    assert len({one[3]["Idempotency-Key"] for one in fake.writes if one[1] == "/customer"}) == 1
    assert len(fake.rows) == 1


def overtaken(sender: Sender) -> float:
    raise LeaseLostError("another worker has it")


@pytest.mark.parametrize("slug", ["yativo"])
def test_a_key_that_is_too_old_is_not_replayed(shop: Connection, fake: VendorSandbox) -> None:
    create_at(shop, typed(**PERSON))
    fake.misbehave("drop", method="POST", path="customer")
    push(shop.pk)
    Write.objects.update(sent_at=timezone.now() - timedelta(minutes=56))
    later(shop)
    assert posts(fake) == 1


@pytest.mark.parametrize("slug", ["clopos"])
def test_our_own_id_is_enough_to_know_it_by(shop: Connection, fake: VendorSandbox) -> None:
    """Its name was changed there, and its time tells nothing."""
    create_at(shop, typed(name={"given": "Ana", "family": "Paz"}, phone="+593990000001"))
    fake.misbehave("drop_after", method="POST", path="customers")
    push(shop.pk)
    (key,) = fake.rows
    fake.edit(key, name="Somebody Else", created_at="2020-01-01T00:00:00.000000Z")
    assert later(shop).confirmed == 1
    assert CustomerLink.objects.get().external_id == key


@pytest.mark.parametrize("slug", ["clopos"])
def test_ours_that_a_pull_took_for_somebody_elses_is_asked_about(
    shop: Connection, fake: VendorSandbox
) -> None:
    ana = typed(name={"given": "Ana", "family": "Paz"}, phone="+593990000001")
    create_at(shop, ana)
    fake.misbehave("drop_after", method="POST", path="customers")
    push(shop.pk)
    (key,) = fake.rows
    fake.edit(key, name="Somebody Else", phone="+593990000777")
    assert pull(shop.pk, full=True).created == 1
    intervening.recognise(write().pk, key)
    assert later(shop).confirmed == 1
    found = Conflict.objects.get()
    assert (found.kind, found.closed_at) == ("duplicate", None)
    assert {found.customer_id, found.other_id} == {ana.pk, CustomerLink.objects.get().customer_id}


@pytest.mark.parametrize("slug", ["tiendanegocio"])
def test_a_record_that_was_there_before_is_not_taken_for_ours(
    shop: Connection, fake: VendorSandbox
) -> None:
    create_at(shop, typed(**PERSON))
    fake.misbehave("drop", method="POST", path="customers")
    push(shop.pk)
    old = fake.add(name="Ana", last_name="Paz", email="ana@example.com")
    fake.edit(old, created_at="2020-01-01T00:00:00.000Z")
    later(shop)
    assert write().state == WriteState.UNKNOWN
    assert f'"candidates":["{old}"]' in write().before


@pytest.mark.parametrize("slug", ["tiendanegocio"])
def test_a_value_that_an_unreleased_run_took_is_not_created_anywhere(
    shop: Connection, fake: VendorSandbox
) -> None:
    ana = typed(**PERSON)
    run = Run.objects.create(connection=shop, state="failed", mode="full")
    source = ["link", 1, run.pk, "2026-01-01T00:00:00+00:00"]
    Customer.objects.filter(pk=ana.pk).update(provenance={**ana.provenance, "email": source})
    create_at(shop, ana)
    assert plans.lines(shop, connect_to(shop))[0].note == "nothing is to be said"
    push(shop.pk)
    later(shop)
    assert write().state == WriteState.PLANNED
    assert posts(fake) == 0
    Run.objects.filter(pk=run.pk).update(released_at=timezone.now())
    assert later(shop).confirmed == 1


@pytest.mark.parametrize("slug", ["yativo"])
@pytest.mark.parametrize("sent_first", ["survivor", "merged"])
def test_of_two_that_turn_out_to_be_one_the_create_that_left_is_the_only_one(
    shop: Connection, fake: VendorSandbox, sent_first: str
) -> None:
    ana, twin = typed(**PERSON), typed(**PERSON | {"email": "ana.paz@example.com"})
    one, other = (ana, twin) if sent_first == "survivor" else (twin, ana)
    sent = create_at(shop, one)
    fake.misbehave("drop_after", method="POST", path="customer")
    push(shop.pk)
    fake.edit(next(iter(fake.rows)), customer_status="suspended")  # such are in no list
    waiting = create_at(shop, other)
    merge(ana.pk, [twin.pk], person().pk)
    waiting.refresh_from_db()
    assert waiting.state == WriteState.DROPPED
    later(shop)
    sent.refresh_from_db()
    assert (sent.state, sent.customer_id) == (WriteState.CONFIRMED, ana.pk)
    assert len(fake.rows) == 1


@pytest.mark.parametrize("slug", ["tiendanegocio"])
@pytest.mark.parametrize("way", ["at once", "merged on", "the other first"])
def test_a_create_in_doubt_goes_back_with_whom_it_was_for(
    shop: Connection, fake: VendorSandbox, way: str
) -> None:
    """Else what came of it would be somebody else's, and the same person would be made again."""
    ana = typed(**PERSON)
    bruno = typed(name={"given": "Bruno", "family": "Sol"}, email="bruno@example.com")
    carla = typed(name={"given": "Carla", "family": "Mar"}, email="carla@example.com")
    create_at(shop, ana)
    fake.misbehave("drop_after", method="POST", path="customers")
    assert push(shop.pk).unknown == 1
    merge(bruno.pk, [ana.pk], person().pk)
    assert write().customer_id == bruno.pk
    if way != "at once":
        merge(carla.pk, [bruno.pk], person().pk)
        assert write().customer_id == carla.pk
    if way == "the other first":
        unmerge(bruno.pk)
        assert write().customer_id == bruno.pk
    unmerge(ana.pk)
    if way == "merged on":
        unmerge(bruno.pk)
    assert write().customer_id == ana.pk
    assert later(shop).confirmed == 1
    assert CustomerLink.objects.get().customer_id == ana.pk
    assert len(fake.rows) == 1


@pytest.mark.parametrize("slug", ["tiendanegocio"])
def test_what_was_sent_for_the_survivor_stays_with_it(
    shop: Connection, fake: VendorSandbox
) -> None:
    ana = typed(**PERSON)
    bruno = typed(name={"given": "Bruno", "family": "Sol"}, email="bruno@example.com")
    create_at(shop, ana)
    merge(bruno.pk, [ana.pk], person().pk)
    fake.misbehave("drop_after", method="POST", path="customers")
    assert push(shop.pk).unknown == 1
    unmerge(ana.pk)
    assert write().customer_id == bruno.pk
    assert later(shop).confirmed == 1
    assert CustomerLink.objects.get().customer_id == bruno.pk


@pytest.mark.parametrize("slug", ["tiendanegocio"])
def test_of_two_in_doubt_each_goes_back_to_its_own(shop: Connection, fake: VendorSandbox) -> None:
    ana, carla = typed(**PERSON), typed(name={"given": "Carla"}, email="carla@example.com")
    bruno = typed(name={"given": "Bruno", "family": "Sol"}, email="bruno@example.com")
    mine, hers = create_at(shop, ana), create_at(shop, carla)
    for _ in range(2):
        fake.misbehave("drop_after", method="POST", path="customers")
    push(shop.pk)
    merge(bruno.pk, [ana.pk], person().pk)
    merge(carla.pk, [bruno.pk], person().pk)
    unmerge(ana.pk)
    found = [Write.objects.get(pk=one.pk).customer_id for one in (mine, hers)]
    assert found == [ana.pk, carla.pk]


@pytest.mark.parametrize("slug", ["tiendanegocio"])
def test_of_two_in_doubt_that_are_one_the_second_waits_for_the_first(
    shop: Connection, fake: VendorSandbox
) -> None:
    ana, carla = typed(**PERSON), typed(name={"given": "Carla"}, email="carla@example.com")
    mine, hers = create_at(shop, ana), create_at(shop, carla)
    for _ in range(2):
        fake.misbehave("drop", method="POST", path="customers")
    push(shop.pk)
    merge(carla.pk, [ana.pk], person().pk)
    intervening.create_again(mine.pk)
    later(shop)
    mine.refresh_from_db()
    hers.refresh_from_db()
    assert (mine.state, hers.state) == (WriteState.PLANNED, WriteState.UNKNOWN)
    assert posts(fake) == 2
    intervening.create_again(hers.pk)
    assert later(shop).confirmed == 1
    later(shop)
    mine.refresh_from_db()
    assert (mine.state, len(fake.rows)) == (WriteState.DROPPED, 1)


@pytest.mark.parametrize("slug", ["tiendanegocio"])
def test_a_create_that_is_unmerged_while_it_is_read_back_is_met(
    shop: Connection, fake: VendorSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = typed(**PERSON)
    bruno = typed(name={"given": "Bruno", "family": "Sol"}, email="bruno@example.com")
    create_at(shop, ana)
    fake.misbehave("drop_after", method="POST", path="customers")
    push(shop.pk)
    merge(bruno.pk, [ana.pk], person().pk)
    met: list[int] = []

    def then_unmerged(*asked: Any) -> Any:
        if not met and Write.objects.filter(state=WriteState.UNKNOWN).exists():
            met.append(ana.pk)
            unmerge(ana.pk)
        return differing(*asked)

    monkeypatch.setattr(storing, "differing", then_unmerged)
    assert later(shop).confirmed == 1
    assert met
    assert CustomerLink.objects.get().customer_id == ana.pk


@slugs
def test_a_pull_that_links_the_record_settles_the_create(
    shop: Connection, fake: VendorSandbox
) -> None:
    create_at(shop, typed(**PERSON))
    fake.misbehave("drop_after", method="POST", path="customer")
    push(shop.pk)
    assert write().state == WriteState.UNKNOWN
    pull(shop.pk, full=True)
    assert write().state == WriteState.CONFIRMED
    assert write().link_id == CustomerLink.objects.get().pk
    assert later(shop).sent == 0


@slugs
def test_a_crash_between_the_answer_and_the_link_is_made_good_from_the_journal(
    shop: Connection, fake: VendorSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_at(shop, typed(**PERSON))
    with monkeypatch.context() as patch:
        patch.setattr("customers.creating._created", lambda *_: crash())
        with pytest.raises(ZeroDivisionError):
            push(shop.pk)
    assert write().state == WriteState.SENT
    assert write().external_id == next(iter(fake.rows))
    for _ in range(2):
        later(shop)
    assert write().state == WriteState.CONFIRMED
    assert posts(fake) == 1


@pytest.mark.parametrize("slug", ["tiendanegocio"])
def test_what_both_sides_changed_before_the_link_is_asked_about(
    shop: Connection, fake: VendorSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = typed(**PERSON)
    create_at(shop, customer)
    with monkeypatch.context() as patch:
        patch.setattr("customers.creating._created", lambda *_: crash())
        with pytest.raises(ZeroDivisionError):
            push(shop.pk)
    fake.edit(next(iter(fake.rows)), note="Likes coffee")
    edit(customer, notes="Likes water")
    for _ in range(2):
        later(shop)
    assert write().state == WriteState.CONFIRMED
    assert Conflict.objects.values_list("field", "base", "hub", "vendor").get() == (
        "notes", ["Likes tea", "Likes tea"], "Likes water", "Likes coffee"
    )  # fmt: skip
    pull(shop.pk)
    later(shop)
    assert next(iter(fake.rows.values()))["note"] == "Likes coffee"


def crash() -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("slug", ["mercately"])
def test_a_create_that_is_refused_waits_for_a_person(shop: Connection, fake: VendorSandbox) -> None:
    create_at(shop, typed(name={"given": "Ana"}, notes="No contact"))
    assert push(shop.pk).refused == 1
    assert "can't be blank" in write().message
    hurry()
    assert push(shop.pk).sent == 0


@slugs
def test_the_search_comes_before_the_create(shop: Connection, fake: VendorSandbox) -> None:
    create_at(shop, typed(**PERSON))
    push(shop.pk)
    asked = [(method, path) for method, path in fake.requests if "customer" in path]
    post = next(at for at, (method, _) in enumerate(asked) if method == "POST")
    assert any(method == "GET" for method, _ in asked[:post])

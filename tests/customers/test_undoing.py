"""Undoing a run: what nobody touched since is put back, and stays back."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from connectors.sandbox import SandboxServer
from customers import applying, ruling, undoing
from customers.editing import edit
from customers.merging import UNDONE
from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    Event,
    Run,
    RunKind,
    RunState,
    Write,
)
from customers.pulling import pull
from customers.putting_back import MERGED, PINNED, TOUCHED, Undone
from customers.tasks import undo_run
from tests.customers.conftest import Connect

pytestmark = pytest.mark.django_db
CPF = "52998224725"


@pytest.fixture
def web(connect: Connect) -> Connection:
    return connect("yampi", "Web", paging="page")


@pytest.fixture
def ana(web: Connection, vendors: SandboxServer, admin_user: User) -> Customer:
    """Pulled, then her notes typed by a person."""
    vendors.vendor("yampi").add(
        first_name="Ana", last_name="Prado", cpf=CPF, email="ana@example.com", phone="11987651234"
    )
    pull(web.pk)
    customer = Customer.objects.get()
    return edit(customer.pk, {"notes": "typed"}, admin_user, customer.version)


def vendor_edits(web: Connection, vendors: SandboxServer, **fields: Any) -> Run:
    """The vendor edits Ana's record, and a pull takes it."""
    fake = vendors.vendor("yampi")
    fake.edit(next(iter(fake.rows)), **fields)
    pull(web.pk)
    return Run.pulls.latest("pk")


def undo(run: Run, user: User | None = None, **how: Any) -> Undone:
    return undoing.go_on(undoing.start(run.pk, user, **how).pk)


def golden() -> list[Any]:
    columns = ("email", "phone", "notes", "name", "document_number", "others")
    return list(Customer.objects.order_by("pk").values_list(*columns))


def test_what_a_pull_took_is_put_back_with_whose_it_was(
    ana: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    before, source = golden(), ana.provenance
    run = vendor_edits(web, vendors, email="new@example.com", notes="from the shop")
    found = undo(run, admin_user)
    assert {(one.name, one.now, one.back) for one in found.back} == {
        ("email", "new@example.com", "ana@example.com"),
    }  # fmt: skip
    assert [row[0] for row in golden()] == [row[0] for row in before]
    ana.refresh_from_db()
    kept = ana.provenance["email"]
    assert kept[:2] == source["*"][:2]
    assert "ana@example.com" in ana.search_text
    event = ana.events.get(kind="undone")
    assert event.changes == {"email": ["new@example.com", "ana@example.com"]}
    assert event.user == admin_user
    undone = Run.objects.get(kind=RunKind.UNDO)
    assert (undone.state, undone.changed, undone.undoes) == (RunState.COMPLETE, 1, run)


def test_it_stays_back_whatever_the_next_pulls_bring(
    ana: Customer, web: Connection, vendors: SandboxServer
) -> None:
    run = vendor_edits(web, vendors, email="new@example.com", phone="11912345678")
    undo(run)
    back = golden()
    link = CustomerLink.objects.get()
    assert link.base["email"] == ["ana@example.com", "new@example.com", UNDONE]
    assert bytes(link.digest) == b""
    for _ in range(2):
        assert pull(web.pk, full=True).changed == 0
    assert golden() == back
    vendor_edits(web, vendors, birthday="1980-02-03")  # another field of the same record
    assert [row[:3] for row in golden()] == [row[:3] for row in back]
    assert not Conflict.objects.exists()


def test_the_vendors_next_real_edit_is_asked_about(
    ana: Customer, web: Connection, vendors: SandboxServer
) -> None:
    undo(vendor_edits(web, vendors, email="new@example.com"))
    vendor_edits(web, vendors, email="newer@example.com")
    found = Conflict.objects.get()
    assert (found.hub, found.vendor) == ("ana@example.com", "newer@example.com")


def test_another_vendors_link_is_told_nothing_because_of_it(
    ana: Customer, web: Connection, connect: Connect, vendors: SandboxServer
) -> None:
    shop = connect("tiendanegocio", "Shop")
    vendors.vendor("tiendanegocio").add(
        name="Ana Prado", identification=CPF, identification_type="CPF", email="ana@example.com"
    )
    pull(shop.pk)
    other = CustomerLink.objects.get(connection=shop)
    run = vendor_edits(web, vendors, email="new@example.com")
    vendors.vendor("tiendanegocio").edit(other.external_id, email="new@example.com")
    pull(shop.pk)  # the other side came to agree with what is undone
    undo(run)
    other.refresh_from_db()
    assert other.base["email"] == ["ana@example.com", "new@example.com", UNDONE]
    pull(shop.pk, full=True)
    assert Customer.objects.get().email == "ana@example.com"


def test_a_vendor_that_is_written_to_is_told_nothing_because_of_it(
    ana: Customer, web: Connection, connect: Connect, vendors: SandboxServer
) -> None:
    shop = connect("tiendanegocio", "Shop")
    fake = vendors.vendor("tiendanegocio")
    fake.add(name="Ana", identification=CPF, identification_type="CPF", email="ana@example.com")
    pull(shop.pk)
    Connection.objects.filter(pk=shop.pk).update(writes=True)
    run = vendor_edits(web, vendors, email="new@example.com")
    undo(run)
    email = CustomerLink.objects.get(connection=shop).base.get("email")
    assert email is None or email[0] == "ana@example.com"  # the hub stands where it stood
    pull(shop.pk, full=True)
    pull(web.pk, full=True)
    assert not fake.writes
    assert Customer.objects.get().email == "ana@example.com"


def test_what_was_touched_since_is_left_and_listed(
    ana: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    run = vendor_edits(web, vendors, email="new@example.com", phone="11912345678")
    ana.refresh_from_db()
    edit(ana.pk, {"email": "typed@example.com"}, admin_user, ana.version)
    found = undo(run)
    assert [(one.name, one.why) for one in found.left] == [("email", TOUCHED)]
    assert [one.name for one in found.back] == ["phone"]
    assert Customer.objects.get().email == "typed@example.com"


def test_what_a_later_run_took_is_left(
    ana: Customer, web: Connection, vendors: SandboxServer
) -> None:
    run = vendor_edits(web, vendors, email="new@example.com")
    vendor_edits(web, vendors, email="newer@example.com")
    found = undo(run)
    assert [one.why for one in found.left] == [TOUCHED]
    assert Customer.objects.get().email == "newer@example.com"


@pytest.mark.parametrize("since", [PINNED, MERGED])
def test_what_was_pinned_or_merged_since_is_left(
    ana: Customer, web: Connection, vendors: SandboxServer, admin_user: User, since: str
) -> None:
    run = vendor_edits(web, vendors, email="new@example.com")
    into = Customer.objects.create(name="Ana")
    changes: dict[str, Any] = {"pins": {"email": [admin_user.pk, "2026-01-01", ""]}}
    if since == MERGED:
        changes = {"merged_into": into}
    Customer.objects.filter(pk=ana.pk).update(**changes)
    assert [one.why for one in undo(run).left] == [since]
    assert Customer.objects.get(pk=ana.pk).email == "new@example.com"


def test_customers_and_links_that_it_made_are_listed_and_stay(
    ana: Customer, web: Connection, vendors: SandboxServer, connect: Connect
) -> None:
    shop = connect("tiendanegocio", "Shop", trust=90)
    fake = vendors.vendor("tiendanegocio")
    fake.add(name="Ana", identification=CPF, identification_type="CPF", email="shop@example.com")
    fake.add(name="Eva Luna", email="eva@example.com")
    pull(shop.pk)
    ana.refresh_from_db()
    assert ana.email == "shop@example.com"  # survivorship chose at the first link
    found = undo(Run.pulls.latest("pk"))
    assert sorted(one.kind for one in found.made) == ["created", "linked"]
    assert Customer.objects.count() == 2
    assert CustomerLink.objects.count() == 3
    ana.refresh_from_db()
    assert ana.email == "ana@example.com"
    pull(shop.pk, full=True)
    pull(web.pk, full=True)
    ana.refresh_from_db()
    assert ana.email == "ana@example.com"


def test_what_rules_changed_is_put_back_too(ana: Customer, web: Connection) -> None:
    link = CustomerLink.objects.get()
    rules = Run.objects.create(kind=RunKind.RULES, state=RunState.COMPLETE)
    Customer.objects.update(
        email="ruled@example.com",
        provenance=ana.provenance | {"email": ["link", link.pk, rules.pk, "2026-01-01"]},
    )
    link.base["email"] = ["ruled@example.com", "ana@example.com", "by rule"]
    link.save()
    changes = {"email": ["ana@example.com", "ruled@example.com"]}
    Event.objects.create(customer=ana, kind="ruled", run=rules, changes=changes)
    undo(rules)
    assert Customer.objects.get().email == "ana@example.com"
    link.refresh_from_db()
    assert "email" not in link.base  # both sides are one again


def test_what_a_rule_decided_in_a_pull_is_put_back_too(
    ana: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    applying.apply(ruling.add_rule("notes", web.pk, admin_user)[1].pk)
    run = vendor_edits(web, vendors, notes="from the shop")
    assert Customer.objects.get().notes == "from the shop"
    assert ana.events.filter(kind="decided", run=run).exists()
    undo(run)
    assert pull(web.pk, full=True).changed == 0
    ana.refresh_from_db()
    assert ana.notes == "typed"
    assert ana.provenance["notes"][:2] == ["person", admin_user.pk]


def test_the_preview_says_the_same_and_changes_nothing(
    ana: Customer, web: Connection, vendors: SandboxServer
) -> None:
    run = vendor_edits(web, vendors, email="new@example.com", phone="11912345678")
    before = golden()
    found = undoing.preview(run)
    assert golden() == before
    assert not Run.objects.filter(kind=RunKind.UNDO).exists()
    assert found.back == undo(run).back


def test_a_preview_may_look_at_a_part_and_says_that_there_is_more(
    web: Connection, vendors: SandboxServer
) -> None:
    vendors.vendor("yampi").fill(120)
    pull(web.pk)
    found = undoing.preview(Run.pulls.get(), most=1)
    assert found.more
    assert len(found.made) == 100
    assert not undoing.preview(Run.pulls.get()).more


def test_an_undoing_that_was_cut_off_goes_on_where_it_stood(
    web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    fake = vendors.vendor("yampi")
    fake.fill(130)
    pull(web.pk)
    before = golden()
    for one in fake.rows:
        fake.edit(one, notes="an odd note")
    pull(web.pk)
    held = Run.objects.filter(state="held").first()
    assert held is not None
    Run.objects.filter(pk=held.pk).update(state="partial", released_by="rosa")
    pull(web.pk)
    undo_id = undoing.start(held.pk, admin_user).pk
    assert undoing._step(undo_id) is not None
    assert undoing.unfinished() == [undo_id]
    assert undoing.start(held.pk, admin_user).pk == undo_id
    assert 0 < Customer.objects.filter(notes="an odd note").count() < 130
    undo_run(undo_id)
    undo_run(undo_id)  # a doubled message
    assert golden() == before
    assert undoing.unfinished() == []
    assert Event.objects.filter(kind="undone").count() == 130


def test_an_undoing_can_be_undone(ana: Customer, web: Connection, vendors: SandboxServer) -> None:
    undo(vendor_edits(web, vendors, email="new@example.com"))
    undo(Run.objects.get(kind=RunKind.UNDO))
    assert Customer.objects.get().email == "new@example.com"
    assert "email" not in CustomerLink.objects.get().base
    assert pull(web.pk, full=True).changed == 0


@pytest.mark.parametrize(
    ("kind", "state"), [("match", "complete"), ("pull", "held"), ("pull", "partial")]
)
def test_a_run_that_has_not_ended_or_changes_no_value_is_not_undone(
    web: Connection, kind: str, state: str
) -> None:
    run = Run.objects.create(connection=web, kind=kind, state=state)
    with pytest.raises(undoing.RefusedError):
        undoing.start(run.pk, None)


def test_one_undoing_at_a_time(ana: Customer, web: Connection, vendors: SandboxServer) -> None:
    run = vendor_edits(web, vendors, email="new@example.com")
    undoing.start(run.pk, None)
    other = Run.pulls.exclude(pk=run.pk).first()
    assert other is not None
    with pytest.raises(undoing.RefusedError, match="another run is being undone"):
        undoing.start(other.pk, None)


# What other vendors were told meanwhile


@pytest.fixture
def told(ana: Customer, web: Connection, vendors: SandboxServer, connect: Connect) -> Run:
    """A pull whose value was pushed to another vendor, who confirmed it."""
    shop = connect("tiendanegocio", "Shop")
    fake = vendors.vendor("tiendanegocio")
    key = fake.add(
        name="Ana", identification=CPF, identification_type="CPF", email="ana@example.com"
    )
    pull(shop.pk)
    run = vendor_edits(web, vendors, email="new@example.com")
    fake.edit(key, email="new@example.com")
    pull(shop.pk)
    link = CustomerLink.objects.get(connection=shop)
    Write.objects.create(
        kind="update", state="confirmed", customer=ana, connection=shop, link=link,
        fields={"email": ["ana@example.com", "new@example.com"]}, sent_at=timezone.now(),
    )  # fmt: skip
    return run


def test_a_confirmed_write_is_offered_to_be_told_back_and_not_done_by_itself(told: Run) -> None:
    link = CustomerLink.objects.get(connection__name="Shop")
    (offer,) = undoing.preview(told).told
    assert (offer.link_id, offer.name, offer.back) == (link.pk, "email", "ana@example.com")
    undo(told)
    link.refresh_from_db()
    assert link.base["email"] == ["ana@example.com", "new@example.com", UNDONE]


def test_asked_for_the_other_vendor_is_told_the_value_from_before(told: Run) -> None:
    link = CustomerLink.objects.get(connection__name="Shop")
    undo(told, tell=True)
    link.refresh_from_db()
    assert "email" not in link.base  # agreed at the new value, and the hub has moved: it is told
    assert CustomerLink.objects.get(connection__name="Web").base["email"][2] == UNDONE


# From the shell


def test_the_command_shows_first_and_then_does_it(
    ana: Customer, web: Connection, vendors: SandboxServer
) -> None:
    run = vendor_edits(web, vendors, email="new@example.com")
    out = StringIO()
    call_command("undo", run.pk, "--dry-run", stdout=out)
    assert "would be put back" in out.getvalue()
    assert Customer.objects.get().email == "new@example.com"
    out = StringIO()
    call_command("undo", run.pk, "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert found["back"][0]["back"] == "ana@example.com"
    assert found["undo"] == Run.objects.get(kind=RunKind.UNDO).pk
    assert Customer.objects.get().email == "ana@example.com"

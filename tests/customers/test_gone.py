"""Records that a vendor has no more: who is asked, what is decided, what comes back."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from connectors.sandbox import SandboxServer
from customers import gone, scheduling
from customers.editing import edit
from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    Decision,
    KeyHolder,
    Run,
    Write,
)
from customers.pulling import pull
from customers.rereading import ask
from tests.customers.conftest import Connect

pytestmark = pytest.mark.django_db
CPF = "52998224725"


@pytest.fixture
def web(connect: Connect) -> Connection:
    return connect("yampi", "Web", trust=90, paging="page")


@pytest.fixture
def shop(connect: Connect) -> Connection:
    return connect("tiendanegocio", "Shop", trust=10)


@pytest.fixture
def ana(web: Connection, shop: Connection, vendors: SandboxServer) -> Customer:
    """Known to both; the e-mail and the notes are the web shop's."""
    vendors.vendor("tiendanegocio").add(
        name="Ana Prado", identification=CPF, identification_type="CPF", email="shop@example.com"
    )
    vendors.vendor("yampi").add(
        first_name="Ana", last_name="Prado", cpf=CPF, email="web@example.com", notes="vip"
    )
    pull(shop.pk)
    pull(web.pk)
    found = Customer.objects.get()
    assert (found.email, found.notes) == ("web@example.com", "vip")
    return found


def leave(web: Connection, vendors: SandboxServer) -> Conflict:
    """Ana's record goes from the web shop; the question about it."""
    fake = vendors.vendor("yampi")
    fake.remove(next(iter(fake.rows)))
    assert pull(web.pk, full=True).quarantined == 1
    return Conflict.objects.get(kind="deleted", closed_at=None)


def decide(conflict: Conflict, decision: Decision, user: User) -> None:
    found = gone.shown(conflict)
    assert found is not None
    gone.decide(conflict.pk, decision, user, found.seen)


def keys() -> set[str]:
    return set(KeyHolder.objects.values_list("key__value", flat=True))


def test_kept_it_stays_as_it_is_and_is_not_asked_again(
    ana: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    conflict = leave(web, vendors)
    decide(conflict, Decision.KEEP, admin_user)
    conflict.refresh_from_db()
    assert (conflict.decision, conflict.decided_by) == ("keep", admin_user)
    assert conflict.closed_at is not None
    before = Customer.objects.values().get()
    pull(web.pk, full=True)
    assert Customer.objects.values().get() == before
    assert not Conflict.objects.filter(closed_at=None).exists()
    assert ana.links.get(connection=web).state == "quarantined"
    assert ana.events.filter(kind="decided", user=admin_user).exists()


def test_kept_and_back_again_it_may_be_asked_again(
    ana: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    fake = vendors.vendor("yampi")
    row = dict(next(iter(fake.rows.values())))
    decide(leave(web, vendors), Decision.KEEP, admin_user)
    fake.add(**row)
    pull(web.pk, full=True)
    assert ana.links.get(connection=web).state == "active"
    assert leave(web, vendors).decision == ""


def test_what_would_fall_is_shown_and_then_falls_and_nothing_else(
    ana: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    conflict = leave(web, vendors)
    found = gone.shown(conflict)
    assert found is not None
    assert {(one.field, one.before, one.after) for one in found.falling} >= {
        ("email", "web@example.com", "shop@example.com"), ("notes", "vip", ""),
    }  # fmt: skip
    assert "document" not in {one.field for one in found.falling}
    gone.decide(conflict.pk, Decision.LET_GO, admin_user, found.seen)
    ana.refresh_from_db()
    assert (ana.email, ana.notes, ana.document_number) == ("shop@example.com", "", CPF)
    assert ana.links.get(connection=web).state == "gone"
    assert keys() == {"shop@example.com", f"BR:cpf:{CPF}"}
    told = ana.events.get(kind="decided").changes
    assert told["email"] == ["web@example.com", "shop@example.com"]


def test_what_a_person_typed_stays(
    ana: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    edit(ana.pk, {"notes": "very important"}, admin_user, ana.version)
    decide(leave(web, vendors), Decision.LET_GO, admin_user)
    ana.refresh_from_db()
    assert ana.notes == "very important"


def test_let_go_no_other_vendor_is_told_of_an_edit(
    ana: Customer, web: Connection, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    decide(leave(web, vendors), Decision.LET_GO, admin_user)
    base = CustomerLink.objects.get(connection=shop).base
    assert "email" not in base or base["email"][0] == "shop@example.com"


def test_let_go_its_waiting_writes_and_questions_are_dropped(
    ana: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    link = ana.links.get(connection=web)
    write = Write.objects.create(kind="update", customer=ana, connection=web, link=link)
    asked = Conflict.objects.create(
        kind="field", customer=ana, link=link, field="notes", base=["", ""], hub="a", vendor="b"
    )
    decide(leave(web, vendors), Decision.LET_GO, admin_user)
    write.refresh_from_db()
    asked.refresh_from_db()
    assert write.state == "dropped"
    assert asked.closing == gone.LET_GO


def test_whoever_comes_back_after_being_let_go_is_linked_anew(
    ana: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    fake = vendors.vendor("yampi")
    row = dict(next(iter(fake.rows.values())))
    decide(leave(web, vendors), Decision.LET_GO, admin_user)
    fake.add(**row)
    pull(web.pk, full=True)
    ana.refresh_from_db()
    assert ana.links.get(connection=web).state == "active"
    assert (ana.email, ana.notes) == ("web@example.com", "vip")
    assert "web@example.com" in keys()
    assert Customer.objects.count() == 1


@pytest.mark.parametrize("decision", [Decision.KEEP, Decision.LET_GO])
def test_a_record_that_came_back_is_not_decided_any_more(
    ana: Customer, web: Connection, vendors: SandboxServer, admin_user: User, decision: Decision
) -> None:
    fake = vendors.vendor("yampi")
    row = dict(next(iter(fake.rows.values())))
    conflict = leave(web, vendors)
    found = gone.shown(conflict)
    assert found is not None
    fake.add(**row)
    pull(web.pk, full=True)
    assert gone.shown(conflict) is None
    with pytest.raises(gone.MovedError):
        gone.decide(conflict.pk, decision, admin_user, found.seen)
    assert ana.links.get(connection=web).state == "active"


def test_a_customer_that_changed_since_it_was_shown_is_asked_again(
    ana: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    conflict = leave(web, vendors)
    found = gone.shown(conflict)
    assert found is not None
    edit(ana.pk, {"email": "typed@example.com"}, admin_user, ana.version)
    with pytest.raises(gone.MovedError):
        gone.decide(conflict.pk, Decision.LET_GO, admin_user, found.seen)
    ana.refresh_from_db()
    assert (ana.email, ana.notes) == ("typed@example.com", "vip")


# The vendor's sign of an erasure


def anonymize(web: Connection, vendors: SandboxServer) -> Conflict:
    fake = vendors.vendor("yampi")
    fake.edit(next(iter(fake.rows)), anonymized=True, first_name="***", email="x@example.com")
    pull(web.pk, full=True)
    return Conflict.objects.get(kind="deleted", closed_at=None)


def test_an_erasure_at_the_vendor_is_put_before_a_person_and_changes_no_field(
    ana: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    before = Customer.objects.values().get()
    conflict = anonymize(web, vendors)
    assert "erased everywhere" in conflict.reason
    assert Customer.objects.values().get() == before
    decide(conflict, Decision.KEEP, admin_user)
    pull(web.pk, full=True)
    assert not Conflict.objects.filter(closed_at=None).exists()
    assert Customer.objects.values().get() == before


def test_an_erasure_at_the_vendor_may_be_let_go_too(
    ana: Customer, web: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    decide(anonymize(web, vendors), Decision.LET_GO, admin_user)
    pull(web.pk, full=True)
    ana.refresh_from_db()
    assert (ana.email, ana.links.get(connection=web).state) == ("shop@example.com", "anonymized")
    assert not Conflict.objects.filter(closed_at=None).exists()


def test_an_erasure_that_is_withdrawn_closes_its_question(
    ana: Customer, web: Connection, vendors: SandboxServer
) -> None:
    conflict = anonymize(web, vendors)
    fake = vendors.vendor("yampi")
    fake.edit(next(iter(fake.rows)), anonymized=False, first_name="Ana", email="web@example.com")
    pull(web.pk, full=True)
    conflict.refresh_from_db()
    assert (conflict.closing, conflict.decision) == ("it is back at the vendor", "")


# The ceiling


def test_many_single_answers_of_gone_hold_the_run_too(
    web: Connection, vendors: SandboxServer, settings: Any
) -> None:
    """Not from a scan's missing: records that were to be read again, one by one."""
    settings.GUARD_MISSING_MIN = 2
    fake = vendors.vendor("yampi")
    fake.fill(9)
    pull(web.pk)
    for link in CustomerLink.objects.order_by("pk")[:4]:
        ask(link.pk)
        fake.remove(link.external_id)
    held = pull(web.pk, full=True)
    assert held.state == "held"
    assert CustomerLink.objects.filter(state="quarantined").count() <= 2
    scheduling.release(Run.objects.get(state="held").pk, "rosa")
    assert pull(web.pk).state == "complete"
    assert CustomerLink.objects.filter(state="quarantined").count() == 4


def test_few_in_number_or_in_share_are_no_reason_to_hold(
    web: Connection, vendors: SandboxServer, settings: Any
) -> None:
    settings.GUARD_MISSING_MIN, settings.GUARD_MISSING_SHARE = 1, 0.2
    fake = vendors.vendor("yampi")
    fake.fill(20)
    pull(web.pk)
    for one in list(fake.rows)[:4]:  # more than one, and no more than a fifth
        fake.remove(one)
    assert pull(web.pk, full=True).quarantined == 4
    fake.remove(next(iter(fake.rows)))  # more than a fifth of none, and no more than one
    settings.GUARD_MISSING_SHARE = 0.0
    assert pull(web.pk, full=True).quarantined == 1

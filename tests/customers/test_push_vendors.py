"""Each vendor's writes as its page says, through the engine."""

from typing import Any

import pytest
from django.utils import timezone

from connectors.sandbox import SandboxServer
from connectors.sandbox_vendor import VendorSandbox
from customers import plans, removing
from customers.connecting import connect as connect_to
from customers.models import Connection, Customer, CustomerLink, Run, Write, WriteState
from customers.pulling import pull
from customers.pushing import push
from tests.customers.conftest import Connect
from tests.customers.pushes import edit, later, link_at, open_to, person

pytestmark = pytest.mark.django_db(transaction=True)


def known(connect: Connect, fake: VendorSandbox, row: dict[str, Any], **options: str) -> Connection:
    fake.add(**row)
    shop = connect(fake.slug, **options)
    pull(shop.pk)
    return open_to(shop)


def the_row(fake: VendorSandbox) -> dict[str, Any]:
    return next(iter(fake.rows.values()))


# One that replaces, and never shows the company

TIENDA = {"name": "Ana", "last_name": "Paz", "email": "ana@example.com", "phone": "5491100000001"}


@pytest.fixture
def tienda(vendors: SandboxServer) -> VendorSandbox:
    return vendors.vendor("tiendanegocio")


def test_an_update_that_may_clear_a_company_unseen_waits_until_somebody_says_so(
    connect: Connect, tienda: VendorSandbox
) -> None:
    shop = known(connect, tienda, TIENDA | {"company": "Paz SA"})
    ana = Customer.objects.get()
    edit(ana, notes="Hello")
    assert push(shop.pk).sent == 0
    write = Write.objects.get()
    assert write.state == WriteState.PLANNED
    assert "clear_company" in write.message
    edit(ana, company_name="Paz e Hijos")
    assert later(shop).confirmed == 1
    assert the_row(tienda)["company"] == "Paz e Hijos"
    assert the_row(tienda)["note"] == "Hello"
    assert later(shop).sent == 0
    edit(ana, notes="Again")
    assert later(shop).confirmed == 1
    assert the_row(tienda)["company"] == "Paz e Hijos"


def test_a_value_that_rides_along_unseen_waits_for_the_run_that_took_it(
    connect: Connect, tienda: VendorSandbox
) -> None:
    shop = known(connect, tienda, TIENDA)
    ana = Customer.objects.get()
    run = Run.objects.create(connection=shop, state="failed", mode="full")
    source = ["link", 1, run.pk, "2026-01-01T00:00:00+00:00"]
    Customer.objects.update(
        company_name="Held SA", provenance={**ana.provenance, "company_name": source}
    )
    edit(ana, notes="Hello")
    assert plans.lines(shop, connect_to(shop))[0].note == "nothing is to be said"
    assert push(shop.pk).sent == 0
    assert later(shop).sent == 0
    Run.objects.filter(pk=run.pk).update(released_at=timezone.now())
    assert later(shop).confirmed == 1
    assert the_row(tienda)["company"] == "Held SA"


def test_a_replacing_body_is_whole_and_has_no_password(
    connect: Connect, tienda: VendorSandbox
) -> None:
    shop = known(connect, tienda, TIENDA, clear_company="true")
    edit(Customer.objects.get(), notes="Hello")
    push(shop.pk)
    _, _, body, _ = tienda.writes[0]
    assert "password" not in body
    assert body["email"] == "ana@example.com"
    assert body["phone"] == "5491100000001"
    assert later(shop).sent == 0


def test_a_field_in_question_goes_as_the_vendor_has_it(
    connect: Connect, tienda: VendorSandbox
) -> None:
    shop = known(connect, tienda, TIENDA, clear_company="true")
    edit(Customer.objects.get(), email="ours@example.com", notes="Hello")
    tienda.edit(str(the_row(tienda)["id"]), email="theirs@example.com")
    push(shop.pk)
    assert the_row(tienda)["email"] == "theirs@example.com"
    assert the_row(tienda)["note"] == "Hello"


def test_a_person_alone_deletes_a_record_there(connect: Connect, tienda: VendorSandbox) -> None:
    shop = known(connect, tienda, TIENDA)
    removing.plan(link_at(shop).pk, person())
    found = push(shop.pk)
    assert (found.sent, found.confirmed) == (1, 1)
    assert not tienda.rows
    assert link_at(shop).state == "gone"
    assert Customer.objects.count() == 1
    assert Customer.objects.get().events.filter(kind="removed").count() == 1


@pytest.mark.parametrize("kind", ["drop", "drop_after"])
def test_a_delete_without_an_answer_is_asked_for(
    connect: Connect, tienda: VendorSandbox, kind: str
) -> None:
    shop = known(connect, tienda, TIENDA)
    removing.plan(link_at(shop).pk, person())
    tienda.misbehave(kind, method="DELETE")
    assert push(shop.pk).unknown == 1
    later(shop)
    assert Write.objects.get().state == WriteState.CONFIRMED
    assert Write.objects.get().attempts == (1 if kind == "drop_after" else 2)
    assert link_at(shop).state == "gone"


# One whose updates are not to be believed

YATIVO = {
    "customer_name": "Ana Paz", "customer_email": "ana@example.com",
    "customer_phone": "+593990000001", "customer_country": "ECU",
}  # fmt: skip


@pytest.mark.parametrize("saves", [False, True])
def test_a_likely_update_is_believed_on_its_read_back(
    connect: Connect, vendors: SandboxServer, saves: bool
) -> None:
    fake: Any = vendors.vendor("yativo")
    fake.saves_updates = saves
    shop = known(connect, fake, YATIVO, allow_update="true")
    edit(Customer.objects.get(), email="new@example.com")
    found = push(shop.pk)
    assert (found.confirmed, found.not_taken) == ((1, 0) if saves else (0, 1))
    assert later(shop).sent == 0
    assert len([one for one in fake.writes if one[0] == "PUT"]) == 1


def test_a_likely_update_is_off_by_itself(connect: Connect, vendors: SandboxServer) -> None:
    shop = known(connect, vendors.vendor("yativo"), YATIVO)
    edit(Customer.objects.get(), email="new@example.com")
    assert not Write.objects.exists()
    assert push(shop.pk).sent == 0


def test_another_likely_update_is_believed_on_its_read_back(
    connect: Connect, vendors: SandboxServer
) -> None:
    fake = vendors.vendor("yampi")
    row = {"name": "Ana Paz", "first_name": "Ana", "last_name": "Paz", "email": "ana@example.com"}
    shop = known(connect, fake, row, allow_update="true")
    edit(Customer.objects.get(), phone="+5511987654321", notes="Olá")
    assert push(shop.pk).confirmed == 1
    assert the_row(fake)["notes"] == "Olá"
    assert pull(shop.pk, full=True).changed == 0
    assert later(shop).sent == 0


@pytest.mark.parametrize("body", ["flat", "wrapped"])
def test_an_address_that_is_kept_in_another_form_is_settled_once(
    connect: Connect, vendors: SandboxServer, body: str
) -> None:
    fake = vendors.vendor("mercately")
    row = {"first_name": "Ana", "last_name": "Paz", "email": "ana@example.com"}
    shop = known(connect, fake, row, body=body)
    address = {"street": "Av. Amazonas", "number": "12", "complement": "Piso 3",
               "neighbourhood": "Centro", "city": "Quito", "country": "EC"}  # fmt: skip
    edit(Customer.objects.get(), address=address)
    assert push(shop.pk).confirmed == 1
    assert the_row(fake)["city"] == "Quito"
    assert Customer.objects.get().address == address
    result = pull(shop.pk, full=True)
    assert (result.changed, result.unchanged) == (0, 1)
    assert later(shop).sent == 0
    assert Customer.objects.get().address == address


def test_a_value_reaches_every_other_vendor_whatever_the_trust(
    connect: Connect, vendors: SandboxServer
) -> None:
    """One vendor's edit of an agreed field goes to the others; a repetition takes nothing
    back."""
    mercately, tienda = vendors.vendor("mercately"), vendors.vendor("tiendanegocio")
    one = known(
        connect, mercately,
        {"first_name": "Ana", "last_name": "Paz", "email": "ana@example.com", "phone": ""},
    )  # fmt: skip
    tienda.add(**TIENDA | {"phone": ""})
    two = connect("tiendanegocio", trust=90, clear_company="true")
    pull(two.pk)
    open_to(two)
    assert CustomerLink.objects.values("customer").distinct().count() == 1
    key = str(the_row(mercately)["id"])
    mercately.edit(key, email="new@example.com")
    pull(one.pk)
    assert push(two.pk).confirmed == 1
    assert the_row(tienda)["email"] == "new@example.com"
    pull(two.pk, full=True)
    pull(one.pk, full=True)
    assert Customer.objects.get().email == "new@example.com"
    assert later(one).sent == later(two).sent == 0

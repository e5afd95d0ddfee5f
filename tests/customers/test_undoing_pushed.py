"""Undoing a run and deleting at a vendor, where vendors are really told."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from connectors.sandbox import SandboxServer
from customers import removing, undoing
from customers.editing import edit
from customers.models import Connection, Customer, CustomerLink, Run
from customers.pulling import pull
from customers.pushing import push
from tests.customers.conftest import Connect

pytestmark = pytest.mark.django_db
CPF = "52998224725"


@pytest.fixture
def web(connect: Connect) -> Connection:
    return connect("yampi", "Web", paging="page")


@pytest.fixture
def shop(connect: Connect) -> Connection:
    return connect("tiendanegocio", "Shop", clear_company="true")


@pytest.fixture
def key(web: Connection, shop: Connection, vendors: SandboxServer) -> str:
    """Ana, whom both know; the shop is written to. Her id at the shop."""
    vendors.vendor("yampi").add(
        first_name="Ana", last_name="Prado", cpf=CPF, email="ana@example.com"
    )
    found = vendors.vendor("tiendanegocio").add(
        name="Ana", identification=CPF, identification_type="CPF", email="ana@example.com"
    )
    pull(web.pk)
    pull(shop.pk)
    Connection.objects.filter(pk=shop.pk).update(writes=True)
    assert Customer.objects.count() == 1
    return str(found)


def web_edits(web: Connection, vendors: SandboxServer) -> Run:
    fake = vendors.vendor("yampi")
    fake.edit(next(iter(fake.rows)), email="new@example.com")
    pull(web.pk)
    return Run.pulls.latest("pk")


def email_at(vendors: SandboxServer, key: str) -> Any:
    return vendors.vendor("tiendanegocio").rows[key]["email"]


def test_what_was_undone_before_it_was_sent_is_told_to_nobody(
    key: str, web: Connection, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    run = web_edits(web, vendors)
    undoing.go_on(undoing.start(run.pk, admin_user).pk)
    push(shop.pk)
    assert not vendors.vendor("tiendanegocio").writes


@pytest.mark.parametrize("tell", [False, True])
def test_what_was_confirmed_is_told_back_only_if_a_person_asks(
    key: str,
    web: Connection,
    shop: Connection,
    vendors: SandboxServer,
    admin_user: User,
    tell: bool,
) -> None:
    run = web_edits(web, vendors)
    push(shop.pk)
    assert email_at(vendors, key) == "new@example.com"
    (offer,) = undoing.preview(run).told
    assert (offer.connection_id, offer.back) == (shop.pk, "ana@example.com")
    undoing.go_on(undoing.start(run.pk, admin_user, tell=tell).pk)
    push(shop.pk)
    assert email_at(vendors, key) == ("ana@example.com" if tell else "new@example.com")
    writes = len(vendors.vendor("tiendanegocio").writes)
    for connection in (shop, web):
        pull(connection.pk, full=True)
        push(shop.pk)
    assert len(vendors.vendor("tiendanegocio").writes) == writes  # quiet
    assert Customer.objects.get().email == "ana@example.com"


def test_a_record_deleted_by_a_persons_word_is_gone_there_and_the_customer_stays(
    key: str, shop: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    customer = Customer.objects.get()
    edit(customer.pk, {"notes": "typed"}, admin_user, customer.version)
    removing.plan(CustomerLink.objects.get(connection=shop).pk, admin_user)
    push(shop.pk)
    assert key not in vendors.vendor("tiendanegocio").rows
    assert CustomerLink.objects.get(connection=shop).state == "gone"
    assert Customer.objects.get().notes == "typed"

"""Deleting one record at its vendor: a person's word, where the vendor can."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from connectors.sandbox import SandboxServer
from customers import removing
from customers.models import Connection, Customer, CustomerLink, Write
from customers.pulling import pull
from tests.customers.conftest import Connect

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(connect: Connect, vendors: SandboxServer) -> CustomerLink:
    shop = connect("tiendanegocio", "Shop")
    Connection.objects.update(writes=True)
    vendors.vendor("tiendanegocio").add(name="Ana Paz", email="ana@example.com")
    pull(shop.pk)
    return CustomerLink.objects.get()


def test_it_is_planned_once_and_the_customer_stays(link: CustomerLink, admin_user: User) -> None:
    write = removing.plan(link.pk, admin_user)
    assert (write.kind, write.state, write.link, write.user) == (
        "delete", "planned", link, admin_user,
    )  # fmt: skip
    with pytest.raises(removing.RefusedError, match=removing.WAITING):
        removing.plan(link.pk, admin_user)
    assert Write.objects.count() == 1
    assert Customer.objects.get().email == "ana@example.com"
    assert Customer.objects.get().events.get(kind="planned").user == admin_user


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"writes": False}, removing.WRITES_OFF),
        ({"vendor": "yampi"}, removing.CANNOT),
        ({"vendor": "a vendor whose folder is gone"}, removing.CANNOT),
    ],
)
def test_where_it_cannot_be_it_is_refused(
    link: CustomerLink, admin_user: User, changed: dict[str, object], why: str
) -> None:
    Connection.objects.filter(pk=link.connection_id).update(**changed)
    with pytest.raises(removing.RefusedError, match=why):
        removing.plan(link.pk, admin_user)
    assert not Write.objects.exists()


def test_what_is_gone_there_is_not_deleted_again(link: CustomerLink, admin_user: User) -> None:
    CustomerLink.objects.update(state="gone")
    with pytest.raises(removing.RefusedError, match=removing.NOT_THERE):
        removing.plan(link.pk, admin_user)


def test_the_page_asks_first(link: CustomerLink, admin_client: Client) -> None:
    page = reverse("admin:customers_customer_change", args=[link.customer_id])
    there = reverse("admin:customers_customer_remove", args=[link.customer_id])
    assert f"{there}?link={link.pk}" in admin_client.get(page).content.decode()
    asked = admin_client.get(there, {"link": link.pk}).content.decode()
    assert "The customer stays here" in asked
    assert not Write.objects.exists()
    assert admin_client.get(there, {"link": 99}).status_code == 404
    assert admin_client.post(there, {"link": link.pk})["Location"] == page
    assert Write.objects.get().kind == "delete"
    Connection.objects.update(writes=False)
    assert there not in admin_client.get(page).content.decode()
    assert (
        "Writing to this vendor is off"
        in admin_client.get(there, {"link": link.pk}).content.decode()
    )

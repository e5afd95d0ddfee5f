"""People and vendors for the tests of pushes."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from customers import editing
from customers.models import Connection, Customer, CustomerLink, Write
from customers.pushing import Pushed, push

Edit = Callable[..., Customer]


def person() -> User:
    return User.objects.get_or_create(username="ana", is_staff=True, is_superuser=True)[0]


def edit(customer: Customer, **values: Any) -> Customer:
    """Values as if typed by Ana."""
    customer.refresh_from_db()
    return editing.edit(customer.pk, values, person(), customer.version, "EC")


def typed(**values: Any) -> Customer:
    """A customer as if typed by Ana."""
    return editing.add_customer(values, person(), "EC")


def open_to(shop: Connection, **switches: bool) -> Connection:
    Connection.objects.filter(pk=shop.pk).update(**({"writes": True} | switches))
    shop.refresh_from_db()
    return shop


def create_at(shop: Connection, customer: Customer) -> Write:
    return Write.objects.create(kind="create", customer=customer, connection=shop)


def hurry() -> None:
    """As if the time until the next look had gone by."""
    Write.objects.update(due_at=timezone.now())
    Connection.objects.update(write_after=None)


def later(shop: Connection) -> Pushed:
    hurry()
    return push(shop.pk)


def link_at(shop: Connection) -> CustomerLink:
    return CustomerLink.objects.get(connection=shop)

"""People, customers and links for the tests of the screens."""

from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from customers import editing
from customers.models import Connection, Customer, CustomerLink
from customers.normalise import search_text

MakeCustomer = Callable[..., Customer]
MakeLink = Callable[..., CustomerLink]


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", "ana@example.com", "a long password")


@pytest.fixture
def desk(ana: User) -> Client:
    """A browser in which Ana, who may do everything, is logged in."""
    client = Client()
    client.force_login(ana)
    return client


@pytest.fixture
def make_roles(db: None) -> Callable[[], None]:
    """Makes the roles as the migration does."""
    migration = import_module("customers.migrations.0006_roles")
    return lambda: migration.make(apps, SimpleNamespace(connection=database))


@pytest.fixture
def roles(make_roles: Callable[[], None]) -> None:
    """The roles; a test that empties the tables takes them away."""
    make_roles()


@pytest.fixture
def as_role(roles: None) -> Callable[..., Client]:
    """A browser in which somebody of a role is logged in; with further permissions."""

    def make(role: str, *permissions: str) -> Client:
        user, made = User.objects.get_or_create(username=role, is_staff=True)
        if made:
            user.groups.set(Group.objects.filter(name=role))
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def make_customer(ana: User) -> MakeCustomer:
    """A customer as if typed by Ana. A text for the name is cut at its first space."""

    def make(name: str = "", **values: Any) -> Customer:
        given, _, family = name.partition(" ")
        if name:
            values["name"] = {"given": given, "family": family}
        return editing.add_customer(values, ana, "EC")

    return make


@pytest.fixture
def connection(db: None) -> Connection:
    return Connection.objects.create(name="Main shop", vendor="yampi")


@pytest.fixture
def make_link(connection: Connection) -> MakeLink:
    """A link of a customer, and the search text that goes with it."""

    def make(customer: Customer, external_id: str = "7", **fields: Any) -> CustomerLink:
        fields = {"connection": connection, "read_at": timezone.now(), "stated": {}} | fields
        link = CustomerLink.objects.create(customer=customer, external_id=external_id, **fields)
        more = search_text([link.stated], [link.also])
        text = "\n".join(filter(None, [customer.search_text, more]))
        Customer.objects.filter(pk=customer.pk).update(search_text=text)
        return link

    return make

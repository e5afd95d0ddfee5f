"""Who may see and do what: every address and every action as every role, by the table."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from customers.models import Connection, Customer
from tests.customers.admin.access_table import (
    ACTIONS,
    EVERYONE,
    FILLED,
    ID,
    ROLES,
    TABLE,
    Line,
    world,
)
from tests.customers.admin.conftest import MakeCustomer

Role = Callable[..., Client]


def addresses() -> Iterator[tuple[str, str]]:
    """Every address of the product: its line in the table, and the address filled in."""
    for pattern, route in _walk(get_resolver(), "/"):
        filled = route
        for part, text in FILLED.items():
            filled = filled.replace(part, text)
        yield pattern.name or route, filled


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[URLPattern, str]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, route)
        else:
            yield pattern, route


def test_every_address_has_its_line_and_every_line_its_address() -> None:
    found = dict(addresses())
    assert sorted(found.keys() - TABLE.keys()) == [], "no line in access_table.py"
    assert sorted(TABLE.keys() - found.keys()) == [], "lines for what is not there"
    assert not [one for one in found.values() if "<" in one or "(" in one], "a part not filled in"


@pytest.fixture
def visitor(roles: None) -> Callable[[str], Client]:
    """A new browser of somebody, logged in unless they are anonymous."""
    users: dict[str, User] = {}
    for name in EVERYONE[1:]:
        users[name] = User.objects.create_user(f"the {name}", is_staff=True)
        if name in ROLES:
            users[name].groups.add(Group.objects.get(name=name))

    def make(name: str) -> Client:
        client = Client(raise_request_exception=False)
        if name in users:
            client.force_login(users[name])
        return client

    return make


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("who", EVERYONE)
def test_everybody_may_what_the_table_says_and_nothing_else(
    who: str, method: str, visitor: Callable[[str], Client]
) -> None:
    world()
    client, wrong = visitor(who), []
    for name, address in sorted(addresses(), key=lambda found: found[0] == "logout"):
        answer = client.get(address) if method == "get" else client.post(address, TABLE[name].sent)
        if not as_it_should(answer, TABLE[name], who, method):
            wrong.append(f"{method} {address} ({name}): {answer.status_code}")
    assert wrong == []


def as_it_should(answer: Any, line: Line, who: str, method: str) -> bool:
    allowed = line.post if method == "post" else line.get
    status = answer.status_code
    to_login = status == 302 and "/admin/login/" in answer["Location"]
    if not allowed:  # nobody's, or a method that it does not have
        return status in (403, 405) or status == 302 and who == "anonymous"
    if who not in allowed:
        return to_login if who == "anonymous" else status == 403
    if status == 404:
        return line.missing
    return status in (200, 301, 302, 400) and not to_login


def offered(who: Any) -> dict[str, list[str]]:
    """The actions that each screen offers somebody."""
    request = RequestFactory().get("/")
    request.user = who
    found = {
        model._meta.label_lower: sorted(screen.get_actions(request))
        for model, screen in admin.site._registry.items()
    }
    return {model: names for model, names in found.items() if names}


@pytest.mark.parametrize("who", EVERYONE)
def test_everybody_is_offered_the_actions_of_the_table(
    who: str, visitor: Callable[[str], Client]
) -> None:
    user = User.objects.get(username=f"the {who}") if who != "anonymous" else AnonymousUser()
    wanted = {
        model: names
        for model, actions in ACTIONS.items()
        if (names := sorted(name for name, allowed in actions.items() if who in allowed))
    }
    assert offered(user) == wanted


def test_no_action_is_missing_from_the_table(ana: User) -> None:
    assert offered(ana) == {model: sorted(actions) for model, actions in ACTIONS.items()}


def test_the_roles_are_made_once(roles: None) -> None:
    assert {one.name for one in Group.objects.all()} >= set(ROLES)
    before = {one.name: one.permissions.count() for one in Group.objects.all()}
    assert before["viewer"] < before["steward"] < before["admin"]
    assert not Permission.objects.filter(
        group__name__in=ROLES, codename__startswith="delete_", content_type__app_label="customers"
    ).exists()


def test_making_the_roles_again_keeps_what_was_added(roles: None, request: Any) -> None:
    viewer = Group.objects.get(name="viewer")
    viewer.permissions.add(Permission.objects.get(codename="export_customers"))
    viewer.permissions.remove(Permission.objects.get(codename="view_run"))
    number = Permission.objects.count()
    request.getfixturevalue("make_roles")()
    held = set(viewer.permissions.values_list("codename", flat=True))
    assert {"export_customers", "view_run"} <= held
    assert Permission.objects.count() == number


def test_a_clerk_without_permissions_reads_nobodys_name(
    visitor: Callable[[str], Client], make_customer: MakeCustomer
) -> None:
    make_customer("Ana Paz")
    assert "Ana Paz" not in visitor("clerk").get("/admin/").content.decode()


def test_who_may_only_look_is_shown_no_way_to_change(
    as_role: Role, make_customer: MakeCustomer, connection: Connection
) -> None:
    viewer, customer = as_role("viewer"), make_customer("Ana Paz")
    page = viewer.get(f"/admin/customers/customer/{customer.pk}/change/").content.decode()
    assert f"/admin/customers/customer/{customer.pk}/edit/" not in page
    assert "/pull/" not in viewer.get("/admin/customers/connection/").content.decode()
    assert Customer.objects.count() == 1


def test_an_admin_makes_nobody_a_superuser(as_role: Role, ana: User) -> None:
    client = as_role("admin")
    me = User.objects.get(username="admin")
    sent = {
        "username": "admin",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "10:00:00",
    }
    client.post(f"/admin/auth/user/{me.pk}/change/", sent)
    me.refresh_from_db()
    assert not me.is_superuser
    for address in ("change", "password", "delete"):
        answer = client.post(f"/admin/auth/user/{ana.pk}/{address}/", {"post": "yes"})
        assert answer.status_code in (302, 403, 404), address
    data = {"action": "delete_selected", "_selected_action": [ana.pk, ID], "post": "yes"}
    client.post("/admin/auth/user/", data)
    assert User.objects.filter(pk=ana.pk, is_superuser=True).exists()

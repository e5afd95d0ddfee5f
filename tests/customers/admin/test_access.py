"""Who may see and do what, over every address of the admin."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import URLResolver, get_resolver

from customers.models import Connection, Customer
from tests.customers.admin.conftest import MakeCustomer

OPEN = {"/admin/login/", "/admin/jsi18n/", "/admin/logout/"}
CHANGING = {
    "/admin/customers/connection/1/check/",
    "/admin/customers/connection/1/pull/",
    "/admin/customers/connection/1/scan/",
    "/admin/customers/connection/1/pause/",
    "/admin/customers/connection/1/resume/",
    "/admin/customers/customer/1/pull/",
    "/admin/customers/run/1/release/",
    "/admin/customers/run/1/end/",
    "/admin/customers/setaside/1/retry/",
    "/admin/customers/matchsettings/match/",
}


def addresses() -> Iterator[str]:
    """Every address below /admin/, its parts filled with 1."""
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLResolver) and str(pattern.pattern) == "admin/":
            yield from _walk(pattern, "/admin/")


def _walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + _filled(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, route)
        elif "(?P" not in route:
            yield route


def _filled(route: str) -> str:
    for part in ("<path:object_id>", "<int:object_id>", "<int:content_type_id>", "<id>"):
        route = route.replace(part, "1")
    return route


def test_the_walk_finds_our_buttons() -> None:
    assert set(addresses()) > CHANGING


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_sent_to_the_login(db: None, method: str) -> None:
    client = Client()
    for address in set(addresses()) - OPEN:
        answer = getattr(client, method)(address)
        assert answer.status_code in (302, 301), address
        assert "/admin/login/" in answer["Location"], address


@pytest.fixture
def clerk(db: None) -> Client:
    """Someone who may log in and nothing else."""
    user = User.objects.create_user("clerk", "", "a long password", is_staff=True)
    client = Client()
    client.force_login(user)
    return client


def test_a_clerk_without_permissions_sees_no_screen(
    clerk: Client, make_customer: MakeCustomer, connection: Connection
) -> None:
    make_customer("Ana Paz")
    for address in set(addresses()) - OPEN:
        if "/customers/" in address:
            answer = clerk.get(address)
            if answer.status_code == 302:  # to the start, or to the page that is refused
                assert answer["Location"] in ("/admin/", f"{address}change/"), address
            else:
                assert answer.status_code in (403, 404, 405), address
    for address in CHANGING:
        assert clerk.post(address).status_code == 403, address
    assert "Ana Paz" not in clerk.get("/admin/").content.decode()


def test_who_may_only_look_changes_nothing(
    clerk: Client, make_customer: MakeCustomer, connection: Connection
) -> None:
    seeing = Permission.objects.filter(codename__startswith="view_")
    User.objects.get(username="clerk").user_permissions.set(seeing)
    customer = make_customer("Ana Paz")
    page = clerk.get(f"/admin/customers/customer/{customer.pk}/change/")
    assert page.status_code == 200
    assert f"/admin/customers/customer/{customer.pk}/edit/" not in page.content.decode()
    assert clerk.get(f"/admin/customers/customer/{customer.pk}/edit/").status_code == 403
    assert clerk.post("/admin/customers/customer/add/", {"given_name": "X"}).status_code == 403
    connections = clerk.get("/admin/customers/connection/")
    assert connections.status_code == 200
    assert "/pull/" not in connections.content.decode()
    for address in CHANGING:
        assert clerk.post(address).status_code == 403, address
    assert Customer.objects.count() == 1

"""Connections are added and checked, and refused in words."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from connectors.errors import ConfigurationError, ConnectorError
from connectors.sandbox import SandboxServer
from customers import accounts
from customers.models import Connection, Health
from customers.pulling import pull
from tests.customers.conftest import Connect

pytestmark = pytest.mark.django_db

SECRET = "sk-live-0123456789"
GOOD = {"user_token": SECRET, "user_secret_key": SECRET, "alias": "shop"}


def add(**more: Any) -> Connection:
    return accounts.add("yampi", "Shop", GOOD | more)


def test_each_key_goes_where_it_belongs() -> None:
    add(region="ec", page_size="50", requests_per_minute=20, allow_update="yes", paging="page")
    one = Connection.objects.get()
    assert dict(one.credentials) == {"user_token": SECRET, "user_secret_key": SECRET}
    assert one.options == {"alias": "shop", "allow_update": True, "paging": "page"}
    assert (one.region, one.page_size, one.requests_per_minute) == ("EC", 50, 20)
    assert (one.trust, one.writes, one.fill_empty, one.enabled) == (50, False, False, True)


def test_a_region_that_is_not_given_is_the_vendors() -> None:
    assert add().country == "BR"
    assert accounts.add("mercately", "Chat", {"api_key": SECRET, "region": ""}).country == "EC"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"colour": "red"}, "Yampi has no key colour; it takes"),
        ({"write": "true"}, "has no key write"),
        ({"user_token": ""}, "user_token is missing"),
        ({"alias": ""}, "alias"),
        ({"paging": "guess"}, "paging must be one of scroll, page, not 'guess'"),
        ({"allow_update": "maybe"}, "allow_update must be true or false, not 'maybe'"),
        ({"page_size": "0"}, "page_size must be a whole number above 0"),
        ({"page_size": "-5"}, "page_size must be a whole number above 0"),
        ({"page_size": "²"}, "page_size must be a whole number above 0"),
        ({"requests_per_minute": "ten"}, "requests_per_minute must be a whole number above 0"),
        ({"region": "Ecuador"}, "region"),
        ({"region": "ZZ"}, "region must be a country"),
        ({"base_url": "http://api.dooki.com.br/v2"}, "https"),
        ({"base_url": "https://elsewhere.example/v2"}, "elsewhere.example"),
        ({"base_url": "nonsense"}, "base_url"),
    ],
    ids=str,
)
def test_a_bad_key_or_value_is_refused_in_words_and_nothing_is_kept(
    given: dict[str, str], words: str
) -> None:
    with pytest.raises(accounts.InvalidError) as caught:
        add(**given)
    assert words in str(caught.value)
    assert SECRET not in str(caught.value)
    assert not Connection.objects.exists()


@pytest.mark.parametrize(("trust", "word"), [(101, "trust"), (-1, "trust")])
def test_trust_has_its_bounds(trust: int, word: str) -> None:
    with pytest.raises(accounts.InvalidError, match=word):
        accounts.add("yampi", "Shop", GOOD, trust)


def test_a_name_is_needed_and_is_one_connections() -> None:
    with pytest.raises(accounts.InvalidError, match="name"):
        accounts.add("yampi", "  ", GOOD)
    add()
    with pytest.raises(IntegrityError), transaction.atomic():
        accounts.add("yampi", " Shop ", GOOD)


def test_a_later_change_keeps_the_secrets_that_are_not_typed_again() -> None:
    one = add()
    accounts.settle(one, {"user_token": "", "user_secret_key": "new", "alias": "other"})
    assert dict(one.credentials) == {"user_token": SECRET, "user_secret_key": "new"}
    assert one.options["alias"] == "other"


def test_a_summary_tells_everything_but_the_secrets() -> None:
    found = accounts.summary(add())
    assert found["options"] == {"alias": "shop"}
    assert (found["name"], found["vendor"], found["health"]) == ("Shop", "yampi", "new")
    assert SECRET not in repr(found)


def test_a_check_asks_the_vendor_and_knows_its_customers_again(
    connect: Connect, vendors: SandboxServer
) -> None:
    vendors.vendor("yampi").fill(30)
    one = connect("yampi")
    assert accounts.check(one) == 0
    pull(one.pk)
    one.refresh_from_db()
    assert accounts.check(one) == 20


def test_a_refused_key_stops_the_connection_and_a_good_one_frees_it(
    connect: Connect, vendors: SandboxServer
) -> None:
    one = connect("yampi", user_token="wrong")
    with pytest.raises(ConfigurationError) as caught:
        accounts.check(one)
    one.refresh_from_db()
    assert (one.health, one.health_note) == (Health.STOPPED, str(caught.value))
    assert "wrong" not in one.health_note.split()
    accounts.settle(one, vendors.vendor("yampi").credentials)
    one.save()
    accounts.check(one)
    one.refresh_from_db()
    assert (one.health, one.health_note) == (Health.OK, "")


def test_a_vendor_that_does_not_answer_is_no_fault_of_the_connection(
    connect: Connect, vendors: SandboxServer
) -> None:
    one = connect("yampi")
    vendors.close()
    with pytest.raises(ConnectorError):
        accounts.check(one)
    one.refresh_from_db()
    assert one.health == Health.NEW

"""`manage.py merge` and `unmerge`."""

import json

import pytest

from customers.models import Customer, Merge
from tests.customers.merging_tables import differences, everything, say, shop
from tests.customers.test_commands import refused, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def two() -> list[Customer]:
    web = shop("web", writes=True)
    return [
        say(web, "1", name="Ana Prado", email="a@example.com").customer,
        say(web, "2", name="Bea Luz", email="b@example.com", notes="vip").customer,
    ]


def test_two_are_merged_and_given_back(two: list[Customer]) -> None:
    before = everything()
    one, other = (str(customer.pk) for customer in two)
    told = said("merge", one, other)
    assert f"{other} merged into {one}" in told
    assert "notes: - -> vip" in told
    assert "links moved: 1" in told
    assert Merge.objects.get().undone_at is None
    assert f"{other} given back by {one}" in said("unmerge", other, "--from", one)
    assert differences(before) == []


def test_a_dry_run_says_what_would_be(two: list[Customer]) -> None:
    before = everything()
    one, other = (str(customer.pk) for customer in two)
    assert f"{other} would be merged into {one}" in said("merge", one, other, "--dry-run")
    found = json.loads(said("merge", one, other, "--dry-run", "--json"))
    assert (found["survivor"], found["merged"]) == (two[0].pk, [two[1].pk])
    assert found["changes"]["notes"] == ["", "vip"]
    assert differences(before) == []
    said("merge", one, other)
    assert "would be given back" in said("unmerge", other, "--dry-run")
    assert Merge.objects.filter(undone_at=None).exists()


def test_what_cannot_be_is_said_in_words(two: list[Customer]) -> None:
    one, other = (str(customer.pk) for customer in two)
    assert refused("merge", one, one) == "a customer cannot be merged with itself"
    assert refused("merge", one, "999999") == "there is no customer 999999"
    assert refused("unmerge", one) == f"customer {one} was not merged into another"
    said("merge", one, other)
    assert refused("merge", one, other) == f"customer {other} was merged into {one}"
    assert refused("unmerge", other, "--from", "7777") == (
        f"customer {other} was not merged into 7777"
    )

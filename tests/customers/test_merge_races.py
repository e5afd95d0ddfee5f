"""Two people merging at the same moment: one of them does it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from customers.editing import StaleError
from customers.families import CannotMergeError, root_of
from customers.models import CustomerLink, KeyHolder, Merge
from customers.uniting import merge
from customers.unmerging import unmerge
from tests.customers.merging_tables import say, shop
from tests.customers.test_racing import together

pytestmark = pytest.mark.django_db(transaction=True)


def tried(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except (CannotMergeError, StaleError) as error:
        return error


def race(*calls: Callable[[], Any]) -> list[Any]:
    return together(*(partial(tried, call) for call in calls))


def test_two_merges_that_cross_leave_one_survivor() -> None:
    web = shop()
    for number in range(6):
        one, two = (
            say(web, f"{number}.{n}", name=f"Ana {number}{n}", email=f"a{number}{n}@example.com")
            for n in range(2)
        )
        left, right = one.customer_id, two.customer_id
        found = race(lambda: merge(left, [right]), lambda: merge(right, [left]))  # noqa: B023
        assert sorted(isinstance(each, CannotMergeError) for each in found) == [False, True]
        assert root_of(left) == root_of(right)
        owners = CustomerLink.objects.filter(pk__in=[one.pk, two.pk])
        assert set(owners.values_list("customer", flat=True)) == {root_of(left)}
        assert Merge.objects.count() == number + 1


def test_a_record_that_is_pulled_during_a_merge_never_finds_the_merged_one() -> None:
    web, till = shop(), shop("till", "clopos")
    for number in range(6):
        email = f"b{number}@example.com"
        one = say(web, f"{number}.0", name=f"Ana {number}", email=f"a{number}@example.com")
        two = say(web, f"{number}.1", name=f"Bea {number}", email=email)
        left, right = one.customer_id, two.customer_id
        found = race(
            lambda: merge(left, [right]),  # noqa: B023
            lambda: say(till, str(number), name=f"Bea {number}", email=email),  # noqa: B023
        )
        assert not any(isinstance(each, Exception) for each in found)
        new = CustomerLink.objects.get(connection=till, external_id=str(number))
        assert new.customer_id == left
    assert not KeyHolder.objects.filter(customer__merged_into__isnull=False).exists()


def test_one_unmerge_of_two_does_it() -> None:
    web = shop()
    left, right = (say(web, str(n), name=f"Ana {n}").customer_id for n in range(2))
    merge(left, [right])
    found = race(lambda: unmerge(right), lambda: unmerge(right))
    assert sorted(isinstance(each, CannotMergeError) for each in found) == [False, True]
    assert Merge.objects.filter(undone_at=None).count() == 0

"""What weights are learnt from, in a database."""

import pytest

from customers import lessons
from customers.default_weights import DEFAULTS
from customers.models import CustomerLink, LinkState
from customers.uniting import merge
from tests.customers.merging_tables import say, shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def several_know_the_same_people() -> None:
    shops = [shop(f"shop {number}") for number in range(3)]
    for person in range(80):
        for each in shops:
            said = {"name": f"Given{person} Family{person}", "email": f"mail{person}@example.com"}
            say(each, str(person), **said)


def test_records_teach_though_they_are_linked() -> None:
    assert CustomerLink.objects.values("customer").distinct().count() == 80
    found = lessons.learnt_from_records()
    assert found.learnt_from == 240
    assert found.levels != DEFAULTS.levels
    assert (found.prior, found.home_prior) == (DEFAULTS.prior, DEFAULTS.home_prior)


def test_a_sample_has_all_records_of_a_customer_or_none() -> None:
    one, other = CustomerLink.objects.values_list("customer_id", flat=True).distinct()[:2]
    merge(one, [other])
    drawn = [profile.name for profile in lessons._profiles(2)]
    assert 60 <= len(drawn) <= 180
    assert all(drawn.count(name) == 3 for name in drawn)


def test_a_record_that_is_gone_or_anonymised_teaches_nothing() -> None:
    CustomerLink.objects.filter(external_id__lte="5").update(state=LinkState.ANONYMIZED)
    assert lessons.learnt_from_records() == DEFAULTS

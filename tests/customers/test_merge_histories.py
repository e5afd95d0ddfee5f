"""Any history of merges, unmerges, edits and vendors' changes, against a simple model: each
customer lives in a world of its own, a vendor's word belongs to its link's owner, an edit to
whoever stood for itself when it was made."""

from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.editing import edit
from customers.families import root_of
from customers.golden import values_of
from customers.models import Customer, CustomerLink, KeyHolder, Merge
from customers.uniting import merge
from customers.unmerging import unmerge
from customers.values import plain
from tests.customers.merging_tables import differences, events, everything, say, shop

FIELDS = ("email", "notes", "name")
_fresh = count(1)


def fresh(field: str) -> str:
    number = next(_fresh)
    return {
        "email": f"mail{number}@example.com",
        "notes": f"note {number}",
        "name": f"Given{number} Family{number}",
    }[field]


class World:
    """The tables, and the model beside them."""

    def __init__(self, links_each: list[int], user: User) -> None:
        self.user = user
        self.into: dict[int, int] = {}
        self.owner: dict[int, int] = {}
        self.own: dict[tuple[int, str], set[str]] = {}
        self.edits: dict[tuple[int, str], str] = {}
        for place, number in enumerate(links_each):
            values = {field: fresh(field) for field in FIELDS}
            for copy in range(number):
                link = say(shop(f"shop {place}.{copy}"), str(place), **values)
                self.owner[link.pk] = link.customer_id
            for field, value in values.items():
                self.own[link.customer_id, field] = {value}
        self.customers = sorted(set(self.owner.values()))
        self.before = everything()
        self.moved = False

    def root(self, one: int) -> int:
        return self.root(self.into[one]) if one in self.into else one

    def roots(self) -> list[int]:
        return [one for one in self.customers if one not in self.into]

    def merge(self, data: st.DataObject) -> None:
        roots = self.roots()
        if len(roots) > 1:
            one, *others = data.draw(st.permutations(roots))
            others = others[: data.draw(st.integers(1, 2))]
            choices = {
                field: data.draw(st.sampled_from([one, *others]))
                for field in data.draw(st.lists(st.sampled_from(FIELDS), unique=True))
            }
            merge(one, others, self.user.pk, choices=choices)
            self.into |= dict.fromkeys(others, one)

    def unmerge(self, data: st.DataObject) -> None:
        if self.into:
            one = data.draw(st.sampled_from(sorted(self.into)))
            unmerge(one, self.user.pk)
            del self.into[one]

    def edit(self, data: st.DataObject) -> None:
        one, field = data.draw(st.sampled_from(self.roots())), data.draw(st.sampled_from(FIELDS))
        text = fresh(field)
        value = {"full": text} if field == "name" else text
        row = Customer.objects.get(pk=one)
        edit(one, {field: value}, self.user, row.version)
        self.own[one, field].add(text)
        self.edits[one, field] = text
        self.moved = True

    def change(self, data: st.DataObject) -> None:
        """A vendor's record changes."""
        link_id = data.draw(st.sampled_from(sorted(self.owner)))
        link = CustomerLink.objects.select_related("connection").get(pk=link_id)
        field = data.draw(st.sampled_from(FIELDS))
        said = {name: plain(name, value) for name, value in link.stated.items()}
        text = fresh(field)
        say(link.connection, link.external_id, **(said | {field: text}))
        self.own[self.owner[link_id], field].add(text)
        self.moved = True

    def check(self) -> None:
        """What holds at every moment."""
        for one in self.customers:
            assert root_of(one) == self.root(one)
        for link_id, owner in self.owner.items():
            assert CustomerLink.objects.get(pk=link_id).customer_id == self.root(owner)
        for holder in KeyHolder.objects.exclude(link=None).select_related("link"):
            assert holder.link is not None
            assert holder.customer_id == holder.link.customer_id
        assert Merge.objects.filter(undone_at=None).count() == len(self.into)
        assert not KeyHolder.objects.filter(customer__in=self.into).exists()

    def value(self, one: int, field: str) -> str:
        return plain(field, values_of(vars(Customer.objects.get(pk=one))).get(field))


@pytest.mark.parametrize("what", ["merges alone", "vendors too", "people too"])
def test_any_history_ends_where_the_model_says(db: None, admin_user: User, what: str) -> None:
    steps = ["merge", "merge", "unmerge"]
    steps += ["change"] * (what != "merges alone") + ["edit"] * (what == "people too")

    @settings(
        max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.data())
    def histories(data: st.DataObject) -> None:
        with transaction.atomic():
            run(data, steps, admin_user)
            transaction.set_rollback(True)

    histories()


def run(data: st.DataObject, steps: list[str], user: User) -> None:
    world = World(data.draw(st.lists(st.integers(1, 2), min_size=2, max_size=4)), user)
    seen = events()
    for step in data.draw(st.lists(st.sampled_from(steps), max_size=8)):
        getattr(world, step)(data)
        world.check()
        assert seen <= events()
        seen = events()
    while world.into:
        world.unmerge(data)
        world.check()
    end(world)


def end(world: World) -> None:
    """All given back: each has its own."""
    if not world.moved:
        assert differences(world.before) == []
    for one in world.customers:
        for field in FIELDS:
            found: Any = world.value(one, field)
            assert found in world.own[one, field], (one, field, found, world.own[one, field])
            links = [link_id for link_id, owner in world.owner.items() if owner == one]
            if not world.edits and len(links) == 1:
                stated = CustomerLink.objects.get(pk=links[0]).stated[field]
                assert found == plain(field, stated)


@pytest.fixture
def three(db: None) -> list[CustomerLink]:
    names = ("one", "two", "three")
    return [say(shop(name), "1", email=f"{name}@example.com") for name in names]


def emails() -> list[str]:
    return list(Customer.objects.order_by("pk").values_list("email", flat=True))


def test_what_a_link_said_since_leaves_with_it_from_those_between_too(
    three: list[CustomerLink],
) -> None:
    one, two, last = (link.customer_id for link in three)
    merge(two, [one], choices={"email": one})
    say(three[0].connection, "1", email="new@example.com")
    merge(last, [two], choices={"email": two})
    unmerge(one)
    unmerge(two)
    assert emails() == ["new@example.com", "two@example.com", "three@example.com"]


def test_what_a_link_said_since_does_not_come_back_with_a_later_merge_undone(
    three: list[CustomerLink],
) -> None:
    one, two, last = (link.customer_id for link in three)
    merge(one, [two])
    say(three[1].connection, "1", email="new@example.com")
    merge(one, [last], choices={"email": last})
    unmerge(two)
    unmerge(last)
    assert emails() == ["one@example.com", "new@example.com", "three@example.com"]

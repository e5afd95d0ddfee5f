"""Any history of hub and three vendors: edits on all sides, pulls and pushes, processes killed
and overtaken, answers lost and late, merges, unmerges and decisions. Nothing is lost in
silence, nothing overwritten unseen, nothing created twice, and in the end all is quiet.

The engine is the real one, through its own functions and over sockets; what goes wrong goes
wrong at the vendor or in the standard library's HTTP client."""

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from connectors.sandbox import SandboxServer
from customers import pinning, switching
from customers.golden import values_of
from customers.models import (
    Customer,
    LinkState,
)
from customers.uniting import merge
from customers.unmerging import unmerge
from tests.customers.conftest import Connect
from tests.customers.model_people import ANSWERED, Answers, Staff
from tests.customers.model_world import FIELDS, World
from tests.customers.shop_floor import VENDORS, Floor, Wire, watched

OPTIONS = {"tiendanegocio": {"clear_company": "true"}, "yativo": {"allow_update": "true"}}
GOES_WRONG = ("drop", "drop_after", "500", "500_after", "truncate", "429", "html")

TROUBLES = (*GOES_WRONG, "late", "edited before", "edited after")

a_place = st.integers(0, 2)
a_number = st.integers(0, 11)
a_field = st.sampled_from(FIELDS)


class Histories(Staff, Answers, RuleBasedStateMachine):
    """`setting`: what an example does not make anew: connections' maker, floors, wire, user."""

    setting: Any

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()

    def teardown(self) -> None:
        """An example that came to its end without a failure is looked at to its end."""
        try:
            if sys.exc_info()[0] is None and hasattr(self, "world"):
                self.world.calm()
                self.world.account()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    @initialize(
        known=st.lists(st.tuples(st.integers(0, 2), a_place), min_size=2, max_size=6, unique=True),
        rewrite=st.sampled_from(["", "capitals", "adds"]),
        saves=st.booleans(),
        fill_empty=st.booleans(),
    )
    def begin(
        self, known: list[tuple[int, int]], rewrite: str, saves: bool, fill_empty: bool
    ) -> None:
        connect, floors, wire, user = self.setting
        shops = [connect(slug, **OPTIONS.get(slug, {})) for slug in VENDORS]
        self.world = World(shops, floors, wire, user, rewrite)
        self.floors: list[Floor] = floors
        floors[2].fake.saves_updates = saves
        self.mails: dict[int, dict[str, str]] = {}
        for person, place in known:
            if person not in self.mails:
                self.mails[person] = self.fresh_mails()
            self.put_row(place, person, self.mails[person])
        for place, shop in enumerate(shops):
            self.world.pull(place)
            switching.switch(shop.pk, user.pk, writes=True, fill_empty=fill_empty)
        self.world.look()

    # Vendors' staff

    @rule(place=a_place, number=a_number, name=a_field)
    def staff_edit(self, place: int, number: int, name: str) -> None:
        key = self.row_key(place, number)
        if key and name in self.floors[place].fields:
            self.floors[place].edit(key, name)

    @rule(
        what=st.sampled_from(["add", "add", "clear", "remove", "hide"]),
        place=a_place,
        number=a_number,
    )
    def staff_do(self, what: str, place: int, number: int) -> None:
        key = self.row_key(place, number)
        if what == "add":
            self._staff_add(place, number)
        elif key:
            getattr(self, f"_staff_{what}")(self.floors[place], key, number)

    # The hub

    @rule(place=a_place, full=st.booleans())
    def pull(self, place: int, full: bool) -> None:
        self.world.pull(place, full)
        self.world.look()

    @rule(place=a_place)
    def push(self, place: int) -> None:
        self.world.push(place)
        self.world.look()

    def _call(self, place: int, pulls: bool) -> None:
        (self.world.pull if pulls else self.world.push)(place)
        self.world.look()

    @rule(place=a_place, number=a_number, name=a_field, trouble=st.sampled_from(TROUBLES))
    def push_in_trouble(self, place: int, number: int, name: str, trouble: str) -> None:
        """Something is to be said there, and goes wrong on its way."""
        if self._something_to_say(place, number, name):
            self.floors[place].trouble(trouble, name)
            self.push(place)

    @rule(
        place=a_place, number=a_number, name=a_field, method=st.sampled_from(["GET", "PUT"]),
        nth=st.integers(0, 2), moment=st.sampled_from(["before", "after"]),
    )  # fmt: skip
    def push_and_be_killed(
        self, place: int, number: int, name: str, method: str, nth: int, moment: str
    ) -> None:
        self._something_to_say(place, number, name)
        self.world.wire.arm(method, nth if method == "GET" else 0, moment, self.world.kill)
        self.push(place)

    @rule(
        place=a_place, number=a_number, name=a_field, method=st.sampled_from(["GET", "PUT"]),
        nth=st.integers(0, 2), pulls=st.booleans(),
    )  # fmt: skip
    def be_overtaken(
        self, place: int, number: int, name: str, method: str, nth: int, pulls: bool
    ) -> None:
        """Its lease runs out while it waits for an answer, and another does its work."""
        self._something_to_say(place, number, name)
        deed = partial(self.world.overtake, place)
        self.world.wire.arm(method, nth if method == "GET" else 0, "after", deed)
        self._call(place, pulls)

    @rule(place=a_place, number=a_number, trouble=st.sampled_from(TROUBLES), dies=st.booleans())
    def add_to(self, place: int, number: int, trouble: str, dies: bool) -> None:
        """A customer is created at a vendor, which goes wrong."""
        customer = self._customer(number)
        if customer and self.world.add_to(place, customer):
            if dies:
                moment = "before" if number % 2 else "after"
                self.world.wire.arm("POST", 0, moment, self.world.kill)
            else:
                self.floors[place].trouble(trouble, "notes")
            self.push(place)

    @rule(place=a_place)
    def late_ones_arrive(self, place: int) -> None:
        self.floors[place].arrive()

    # Persons

    def _customer(self, number: int) -> Customer | None:
        found = self.world.standing()
        return found[number % len(found)] if found else None

    def _something_to_say(self, place: int, number: int, name: str) -> bool:
        """A person edits a field that this vendor has."""
        links = self.world.links(connection=self.world.shops[place], state=LinkState.ACTIVE)
        if links and name in self.floors[place].fields:
            self.world.edit(links[number % len(links)].customer, name, False)
            self.world.look()
        return bool(links)

    @rule(number=a_number, name=a_field, blank=st.sampled_from([False, False, False, True]))
    def edit(self, number: int, name: str, blank: bool) -> None:
        customer = self._customer(number)
        if customer:
            self.world.edit(customer, name, blank and name == "notes")
            self.world.look()

    @rule(place=a_place, number=a_number, name=a_field, pulled=st.booleans())
    def both_sides_edit(self, place: int, number: int, name: str, pulled: bool) -> None:
        links = self.world.links(connection=self.world.shops[place], state=LinkState.ACTIVE)
        if links and name in self.floors[place].fields:
            link = links[number % len(links)]
            if link.external_id in self.floors[place].fake.rows:
                self.floors[place].edit(link.external_id, name)
            self.world.edit(link.customer, name, False)
            self._call(place, pulled)

    @rule(what=st.sampled_from(["pin", "unpin", "on", "on", "off"]), number=a_number, name=a_field)
    def arrange(self, what: str, number: int, name: str) -> None:
        """Pins, and the switches of a connection."""
        customer, user = self._customer(number), self.world.user
        if what in ("on", "off"):
            shop, fill = self.world.shops[number % 3], number % 2 == 0
            switching.switch(shop.pk, user.pk, writes=what == "on", fill_empty=fill)
        elif customer and name in values_of(vars(customer)):
            deed = pinning.pin if what == "pin" else pinning.unpin
            deed(customer.pk, name, user, customer.version)
        self.world.look()

    @rule(one=a_number, other=st.integers(1, 2))
    def merge(self, one: int, other: int) -> None:
        first, second = self._customer(one), self._customer(one + other)
        if first and second and first != second:
            self.world.show(first.pk, second.pk)
            merge(first.pk, [second.pk], self.world.user.pk)
            self.world.look()

    @rule(number=a_number)
    def unmerge(self, number: int) -> None:
        merged = list(Customer.objects.exclude(merged_into=None).order_by("pk"))
        if merged:
            one = merged[number % len(merged)]
            self.world.show(one.pk)
            unmerge(one.pk, self.world.user.pk)
            self.world.look()

    @rule(number=a_number, way=st.integers(0, 2))
    def answer(self, number: int, way: int) -> None:
        """One of the questions that wait for a person, if there is any."""
        asked = [(kind, one) for kind in ANSWERED for one in self.world.waiting(kind)]
        if asked:
            kind, one = asked[number % len(asked)]
            self.give_answer(kind, one, way)
            self.world.look()


@pytest.fixture
def setting(
    connect: Connect, vendors: SandboxServer, admin_user: User, settings: Any, monkeypatch: Any
) -> Iterator[Any]:
    settings.WRITE_SETTLE_SECONDS = 0
    floors = [Floor(vendors.vendor(slug), fields) for slug, fields in VENDORS.items()]
    wire = Wire()
    with watched(wire, monkeypatch):
        yield connect, floors, wire, admin_user


def run(setting: Any, examples: int) -> None:
    class Machine(Histories):
        pass

    Machine.setting = setting
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(600)  # a failure is made small before it is shown
def test_no_history_loses_repeats_or_overwrites_anything(setting: Any) -> None:
    run(setting, 50)


@pytest.mark.soak
def test_a_thousand_histories_lose_nothing(setting: Any) -> None:
    run(setting, 1000)

"""Any history of hub and three vendors: edits on all sides, pulls and pushes, processes killed
and overtaken, answers lost and late, merges, unmerges and decisions. Nothing is lost in
silence, nothing overwritten unseen, nothing created twice, and in the end all is quiet.

The engine is the real one, through its own functions and over sockets; what goes wrong goes
wrong at the vendor or in the standard library's HTTP client."""

import sys
from collections.abc import Iterator
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
from customers import conflicts, duplicates, gone, intervening, pinning, switching
from customers.golden import values_of
from customers.models import (
    Conflict,
    Customer,
    Decision,
    Write,
)
from customers.uniting import merge
from customers.unmerging import unmerge
from tests.customers.conftest import Connect
from tests.customers.model_world import FIELDS, World
from tests.customers.shop_floor import Floor, Wire, watched

VENDORS = {
    "mercately": {"email": "email", "phone": "phone", "notes": "notes"},
    "tiendanegocio": {"email": "email", "phone": "phone", "notes": "note"},
    "yativo": {"email": "customer_email", "phone": "customer_phone"},
}
OPTIONS = {"tiendanegocio": {"clear_company": "true"}, "yativo": {"allow_update": "true"}}
import os
from hypothesis import Phase
PHASES = [Phase.generate] if os.environ.get("NOSHRINK") else list(Phase)
PEOPLE = (("Ana", "Paz"), ("Bruno", "Sol"), ("Carla", "Mar"))
GOES_WRONG = ("drop", "drop_after", "500", "500_after", "truncate", "429", "html")

ANSWERED = ("field", "field", "field", "duplicate", "deleted", "refused", "unknown")

a_place = st.integers(0, 2)
a_number = st.integers(0, 11)
a_field = st.sampled_from(FIELDS)


def row_of(slug: str, person: int, values: dict[str, str]) -> dict[str, Any]:
    given, family = PEOPLE[person]
    names: dict[str, dict[str, Any]] = {
        "mercately": {"first_name": given, "last_name": family},
        "tiendanegocio": {"name": given, "last_name": family},
        "yativo": {"customer_name": f"{given} {family}", "customer_country": "ECU"},
    }
    theirs = VENDORS[slug]
    return names[slug] | {theirs[name]: value for name, value in values.items() if name in theirs}


class Histories(RuleBasedStateMachine):
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
                self.mails[person] = self._fresh()
            self._row(place, person, self.mails[person])
        for place, shop in enumerate(shops):
            self.world.pull(place)
            switching.switch(shop.pk, user.pk, writes=True, fill_empty=fill_empty)
        self.world.look()

    def _row(self, place: int, person: int, values: dict[str, str]) -> None:
        slug = list(VENDORS)[place]
        row = row_of(slug, person, values)
        if self.floors[place].fake.taken(row):
            self.world.history.unsaid(values.items())
        else:
            self.floors[place].add(**row)

    def _key(self, place: int, number: int) -> str | None:
        keys = list(self.floors[place].fake.rows)
        return keys[number % len(keys)] if keys else None

    # Vendors' staff

    @rule(place=a_place, number=a_number, name=a_field)
    def staff_edit(self, place: int, number: int, name: str) -> None:
        key = self._key(place, number)
        if key and name in self.floors[place].fields:
            self.floors[place].edit(key, name)

    @rule(place=st.integers(0, 1), number=a_number)
    def staff_clear_notes(self, place: int, number: int) -> None:
        key = self._key(place, number)
        if key:
            self.floors[place].empty(key, "notes")

    @rule(place=a_place, person=st.integers(0, 2), known=st.booleans())
    def staff_add(self, place: int, person: int, known: bool) -> None:
        if len(self.floors[place].fake.rows) < 4:
            mails = self.mails.get(person) if known else None
            self._row(place, person, mails or self._fresh())

    def _fresh(self) -> dict[str, str]:
        return {name: self.world.history.fresh(name, []) for name in ("email", "phone")}

    @rule(place=st.integers(0, 1), number=a_number)
    def staff_remove(self, place: int, number: int) -> None:
        key, floor = self._key(place, number), self.floors[place]
        if key and len(floor.fake.rows) > 1:
            self.world.history.excused |= {floor.value(key, name) for name in floor.fields}
            floor.fake.remove(key)

    @rule(number=a_number, status=st.sampled_from(["suspended", "active"]))
    def staff_hide(self, number: int, status: str) -> None:
        key = self._key(2, number)
        if key:
            self.floors[2].fake.edit(key, customer_status=status)

    @rule(place=a_place, when=st.sampled_from(["before", "after"]), name=a_field)
    def staff_will_edit_at_that_moment(self, place: int, when: str, name: str) -> None:
        if name in self.floors[place].fields:
            self.floors[place].at_that_moment = (when, name)

    # What goes wrong

    @rule(place=a_place, kind=st.sampled_from(GOES_WRONG), method=st.sampled_from(["PUT", "POST"]))
    def vendor_will_fail(self, place: int, kind: str, method: str) -> None:
        self.floors[place].fake.misbehave(kind, method=method, path="customer")

    @rule(place=a_place)
    def vendor_will_be_late(self, place: int) -> None:
        self.floors[place].postpones = 1

    @rule(place=a_place)
    def late_ones_arrive(self, place: int) -> None:
        self.floors[place].arrive()

    @rule(
        place=a_place,
        method=st.sampled_from(["GET", "PUT", "POST"]),
        number=st.integers(0, 2),
        moment=st.sampled_from(["before", "after"]),
    )
    def push_and_be_killed(self, place: int, method: str, number: int, moment: str) -> None:
        self.world.wire.arm(method, number, moment, self.world.kill)
        self.world.push(place)
        self.world.look()

    @rule(
        place=a_place,
        method=st.sampled_from(["GET", "PUT", "POST"]),
        number=st.integers(0, 2),
        pulls=st.booleans(),
    )
    def be_overtaken(self, place: int, method: str, number: int, pulls: bool) -> None:
        self.world.wire.arm(method, number, "after", lambda: self.world.overtake(place))
        (self.world.pull if pulls else self.world.push)(place)
        self.world.look()

    # The hub

    @rule(place=a_place, full=st.booleans())
    def pull(self, place: int, full: bool) -> None:
        self.world.pull(place, full)
        self.world.look()

    @rule(place=a_place)
    def push(self, place: int) -> None:
        self.world.push(place)
        self.world.look()

    @rule(place=a_place)
    def pull_and_push(self, place: int) -> None:
        self.pull(place, True)
        self.push(place)

    @rule(place=a_place, writes=st.booleans(), fill_empty=st.booleans())
    def switch(self, place: int, writes: bool, fill_empty: bool) -> None:
        shop, user = self.world.shops[place], self.world.user
        switching.switch(shop.pk, user.pk, writes=writes, fill_empty=fill_empty)

    # Persons

    def _customer(self, number: int) -> Customer | None:
        found = self.world.standing()
        return found[number % len(found)] if found else None

    @rule(number=a_number, name=a_field, blank=st.sampled_from([False, False, False, True]))
    def edit(self, number: int, name: str, blank: bool) -> None:
        customer = self._customer(number)
        if customer:
            self.world.edit(customer, name, blank and name == "notes")
            self.world.look()

    @rule(number=a_number, name=a_field, on=st.booleans())
    def pin(self, number: int, name: str, on: bool) -> None:
        customer = self._customer(number)
        if customer and name in values_of(vars(customer)):
            deed = pinning.pin if on else pinning.unpin
            deed(customer.pk, name, self.world.user, customer.version)
            self.world.look()

    @rule(number=a_number, place=a_place)
    def add_to(self, number: int, place: int) -> None:
        customer = self._customer(number)
        if customer:
            self.world.add_to(place, customer)

    @rule(one=a_number, other=a_number)
    def merge(self, one: int, other: int) -> None:
        first, second = self._customer(one), self._customer(other)
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

    @rule(kind=st.sampled_from(ANSWERED), number=a_number, way=st.integers(0, 2))
    def answer(self, kind: str, number: int, way: int) -> None:
        """One of the questions that wait for a person, if there is any."""
        asked = self.world.waiting(kind)
        if asked:
            getattr(self, f"_{kind}")(asked[number % len(asked)], way)
            self.world.look()

    def _field(self, one: Conflict, way: int) -> None:
        decision, value = (Decision.HUB, Decision.VENDOR, Decision.OTHER)[way], ""
        if decision == Decision.OTHER and one.field not in FIELDS:
            return
        if decision == Decision.OTHER:
            value = self.world.history.fresh(one.field, [])
        seen = (one.hub, one.vendor)
        try:
            conflicts.resolve(one.pk, decision, self.world.user, seen, value=value, region="EC")
        except conflicts.MovedError:
            self.world.history.unsaid([(one.field, value)])

    def _duplicate(self, one: Conflict, way: int) -> None:
        self.world.show(one.customer_id, *([one.other_id] if one.other_id else []))
        deed: Any = duplicates.same_person if way else duplicates.not_the_same
        deed(one.pk, self.world.user.pk)

    def _deleted(self, one: Conflict, way: int) -> None:
        shown = gone.shown(one)
        if shown is not None:
            self.world.show(one.customer_id)
            decision = Decision.LET_GO if way else Decision.KEEP
            gone.decide(one.pk, decision, self.world.user, shown.seen)

    def _refused(self, one: Write, way: int) -> None:
        if way:
            intervening.retry(one.pk)
        else:
            intervening.drop(one.pk, self.world.user.pk)

    def _unknown(self, one: Write, way: int) -> None:
        """Whoever is asked looks at the vendor's own desk first."""
        place = [shop.pk for shop in self.world.shops].index(one.connection_id)
        made = [key for at, key in self.world.posts.get(one.pk, ()) if at == place]
        if made and way:
            intervening.recognise(one.pk, made[0])
        elif way == 1 and not self.floors[place].late:
            intervening.create_again(one.pk)
        else:
            intervening.give_up(one.pk)


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
            phases=PHASES,
        ),
    )


def test_no_history_loses_repeats_or_overwrites_anything(setting: Any) -> None:
    run(setting, 50)


@pytest.mark.soak
def test_a_thousand_histories_lose_nothing(setting: Any) -> None:
    run(setting, 1000)

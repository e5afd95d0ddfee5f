"""What people do in the model test: the vendors' staff, and whoever answers what waits here."""

from typing import Any

from customers import conflicts, duplicates, gone, intervening
from customers.models import Conflict, Decision, Write
from tests.customers.histories import mark
from tests.customers.model_world import FIELDS, World
from tests.customers.shop_floor import HIDES, VENDORS, Floor, row_of

ANSWERED = ("field", "duplicate", "deleted", "refused", "unknown")


class Staff:
    """`mails`: a person's e-mail and phone, by which vendors may share them."""

    world: World
    floors: list[Floor]
    mails: dict[int, dict[str, str]]

    def put_row(self, place: int, person: int, values: dict[str, str]) -> None:
        slug = list(VENDORS)[place]
        row = row_of(slug, person, values)
        if self.floors[place].fake.taken(row):
            self.world.history.unsaid(values.items())
        else:
            self.floors[place].add(**row)

    def row_key(self, place: int, number: int) -> str | None:
        keys = list(self.floors[place].fake.rows)
        return keys[number % len(keys)] if keys else None

    def fresh_mails(self) -> dict[str, str]:
        return {name: self.world.history.fresh(name, []) for name in ("email", "phone")}

    def _staff_add(self, place: int, number: int) -> None:
        if len(self.floors[place].fake.rows) < 4:
            person, known = number % 3, number % 2
            mails = self.mails.get(person) if known else None
            self.put_row(place, person, mails or self.fresh_mails())

    def _staff_clear(self, floor: Floor, key: str, number: int) -> None:
        if "notes" in floor.fields:
            floor.empty(key, "notes")

    def _staff_remove(self, floor: Floor, key: str, number: int) -> None:
        if floor.fake.slug != HIDES and len(floor.fake.rows) > 1:
            self.world.history.excuse(*(floor.value(key, name) for name in floor.fields))
            floor.fake.remove(key)

    def _staff_hide(self, floor: Floor, key: str, number: int) -> None:
        if floor.fake.slug == HIDES:
            floor.fake.edit(key, customer_status="suspended" if number % 2 else "active")


class Answers:
    """One method for each kind of question; `way` says which answer is given."""

    world: World
    floors: list[Floor]

    def give_answer(self, kind: str, one: Any, way: int) -> None:
        getattr(self, f"_{kind}")(one, way)

    def _field(self, one: Conflict, way: int) -> None:
        """Whoever decides has both before them, and so has seen what their authors had."""
        decision, history = (Decision.HUB, Decision.VENDOR, Decision.OTHER)[way], self.world.history
        if decision == Decision.OTHER and one.field not in FIELDS:
            return
        ours, theirs = mark(one.field, one.hub), mark(one.field, one.vendor)
        value = history.fresh(one.field, [ours, theirs]) if decision == Decision.OTHER else ""
        seen = (one.hub, one.vendor)
        try:
            conflicts.resolve(one.pk, decision, self.world.user, seen, value=value, region="EC")
        except conflicts.MovedError:
            history.unsaid([(one.field, value)])
        else:
            history.born(ours, [theirs] if decision == Decision.HUB else [])
            history.born(theirs, [ours] if decision == Decision.VENDOR else [])

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

"""The whole of it for the model test: the real engine on the test's database, three vendors on
sockets, and beside them the record of who had seen what."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from customers import adding, editing, switching
from customers.connecting import connect
from customers.families import root_of
from customers.golden import values_of
from customers.leases import LeaseLostError
from customers.models import (
    OPEN,
    Conflict,
    ConflictKind,
    Connection,
    Customer,
    CustomerLink,
    LinkState,
    Write,
    WriteKind,
    WriteState,
)
from customers.outlets import outlets
from customers.pulling import pull
from customers.pushing import push
from customers.scheduling import MOST_SEARCHES
from customers.settling import UNIQUE_FIELDS
from customers.values import canonical, same
from tests.customers.histories import History, mark
from tests.customers.pushes import hurry
from tests.customers.shop_floor import Floor, KilledError, Wire

FIELDS = ("email", "phone", "notes")
MOST_ROUNDS = 12


class World:
    """`shops` and `floors` go together: our connection and the vendor."""

    def __init__(
        self, shops: list[Connection], floors: list[Floor], wire: Wire, user: User, rewrite: str
    ) -> None:
        self.shops, self.floors, self.wire, self.user = shops, floors, wire, user
        self.history = History()
        for floor in floors:
            floor.reset(self.history, rewrite)
        self.golden: dict[tuple[int, str], str] = {}
        self.posts: dict[int, set[tuple[int, str]]] = {}
        self.counted = [0] * len(floors)

    # The engine, as its doors call it

    def pull(self, place: int, full: bool = True) -> None:
        self._called(lambda: pull(self.shops[place].pk, full=full))

    def push(self, place: int) -> None:
        hurry()
        self._called(lambda: push(self.shops[place].pk))

    def _called(self, call: Any) -> None:
        try:
            call()
        except (KilledError, LeaseLostError):
            self.wire.disarm()
        self.wire.disarm()

    def kill(self) -> None:
        raise KilledError

    def overtake(self, place: int) -> None:
        """The process was stopped so long that its lease ran out: another does its work."""
        shop = Connection.objects.filter(pk=self.shops[place].pk)
        shop.update(lease_until=timezone.now() - timedelta(seconds=1))
        hurry()
        push(self.shops[place].pk)

    # Whom a person may choose from

    def standing(self) -> list[Customer]:
        return list(Customer.objects.filter(merged_into=None, erased_at=None).order_by("pk"))

    def links(self, **by: Any) -> list[CustomerLink]:
        return list(CustomerLink.objects.filter(**by).order_by("pk"))

    def waiting(self, kind: str) -> list[Any]:
        """The questions of a kind that wait for a person."""
        if kind in set(ConflictKind):
            return list(Conflict.objects.filter(kind=kind, closed_at=None).order_by("pk"))
        found = Write.objects.filter(state=kind).order_by("pk")
        if kind == WriteState.UNKNOWN:
            found = found.filter(kind=WriteKind.CREATE, searched__gte=MOST_SEARCHES)
        return list(found)

    # What persons do

    def edit(self, customer: Customer, name: str, blank: bool) -> None:
        old = mark(name, values_of(vars(customer)).get(name))
        if blank:
            self.history.excuse(old)
        new = "" if blank else self.history.fresh(name, [old])
        editing.edit(customer.pk, {name: new}, self.user, customer.version, "EC")

    def add_to(self, place: int, customer: Customer) -> bool:
        """Once: whether it is to be tried again is another question."""
        shop = self.shops[place]
        tried = Write.objects.filter(kind=WriteKind.CREATE, connection=shop, customer=customer)
        if tried.exists():
            return False
        connector = connect(shop)
        connector.http.close()
        return adding.add([customer.pk], shop, connector, self.user.pk) > 0

    def show(self, *customer_ids: int) -> None:
        """A person looks at all of these customers' values before they decide, and so has seen
        what their authors had."""
        roots = {root_of(one) for one in customer_ids}
        for customer in Customer.objects.filter(pk__in=roots):
            self._show(values_of(vars(customer)))
        for link in CustomerLink.objects.filter(customer__in=roots):
            self._show(link.stated)

    def _show(self, values: dict[str, Any]) -> None:
        self.history.show(mark(name, values.get(name)) for name in FIELDS)

    # After each step

    def look(self) -> None:
        """Nothing was overwritten by somebody who had not seen it, nothing created twice."""
        self._note_what_is_shown()
        now = {
            (one.pk, name): mark(name, values_of(vars(one)).get(name))
            for one in self.standing()
            for name in FIELDS
        }
        for place, old in self.golden.items():
            new = now.get(place, old)
            assert self.history.may_go(old, new), f"{place}: {old} was overwritten by {new}"
        self.golden = now
        for floor in self.floors:
            assert not floor.lost, f"{floor.fake.slug} was made to overwrite {floor.lost}"
        self._count_creates()

    def _note_what_is_shown(self) -> None:
        for link in self.links():
            for name in FIELDS:
                entry = link.base.get(name, [])
                if len(entry) > 2:
                    self.history.show(mark(name, one) for one in entry[:2])
                    self.history.show([mark(name, link.stated.get(name))])
        for one in Conflict.objects.filter(kind=ConflictKind.FIELD):
            self.history.show([mark(one.field, one.hub), mark(one.field, one.vendor)])

    def _count_creates(self) -> None:
        """Each row that came of a create belongs to one write, and no write has two."""
        for place, floor in enumerate(self.floors):
            for email, key in floor.created[self.counted[place] :]:
                sent = Write.objects.filter(
                    kind=WriteKind.CREATE, connection=self.shops[place], attempts__gt=0
                )
                mine = [one.pk for one in sent if email in one.body.lower()]
                assert mine, f"{floor.fake.slug} made {email}, which no journal knows"
                for write in mine:
                    self.posts.setdefault(write, set()).add((place, key))
            self.counted[place] = len(floor.created)
        assert all(len(rows) == 1 for rows in self.posts.values()), "created twice"

    # The end

    def calm(self) -> None:
        """Vendors behave, writing is on, and nobody does anything any more."""
        for shop, floor in zip(self.shops, self.floors, strict=True):
            floor.arrive()
            floor.fake.faults.clear()
            floor.postpones, floor.at_that_moment = 0, None
            shop.refresh_from_db()
            assert shop.health != "stopped", shop.health_note
            switching.switch(shop.pk, self.user.pk, writes=True)
        for place in range(len(self.shops)):
            self.pull(place)  # a scan that was broken off goes on, and does not look back
        for _ in range(MOST_ROUNDS):
            if not self.round() and not self._open().exists():
                break
        assert self.round() == [], "it does not go quiet"

    def round(self) -> list[Any]:
        """One pull and push of each; the writes that went out."""
        before = [len(floor.fake.writes) for floor in self.floors]
        for place in range(len(self.shops)):
            self.pull(place)
            self.push(place)
        self.look()
        return [
            call
            for floor, number in zip(self.floors, before, strict=True)
            for call in floor.fake.writes[number:]
        ]

    def account(self) -> None:
        """Every row, link, customer, field and value is where somebody finds it."""
        for shop, floor in zip(self.shops, self.floors, strict=True):
            self._account_for_rows(shop, floor)
        roots = {one.pk for one in self.standing()}
        told = outlets({shop.pk for shop in self.shops})
        for link in self.links():
            assert link.customer_id in roots, f"{link} belongs to nobody who stands"
            if link.state == LinkState.ACTIVE:
                for name in FIELDS:
                    why = self._why(link, name, told[link.connection_id])
                    assert why, f"{link} {name}: {vars(link)}, {vars(link.customer)}"
        lost = self.history.lost(self._held())
        assert not lost, f"lost in silence: {lost}"
        assert not self._open().exists(), [vars(one) for one in self._open()]

    def _open(self) -> QuerySet[Write]:
        """What is still under way, and waits for nobody."""
        return Write.objects.filter(state__in=OPEN).exclude(
            kind=WriteKind.CREATE, state=WriteState.UNKNOWN, searched__gte=MOST_SEARCHES
        )

    def _account_for_rows(self, shop: Connection, floor: Floor) -> None:
        links = {one.external_id: one for one in self.links(connection=shop)}
        for key, row in floor.fake.rows.items():
            hidden = row.get("customer_status", "active") != "active"
            assert hidden or key in links, f"{shop} {key} has no link"
            if key in links:
                assert links[key].state == LinkState.ACTIVE, f"{shop} {key}: {links[key].state}"
        for key, link in links.items():
            if key not in floor.fake.rows:
                assert link.state in (LinkState.QUARANTINED, LinkState.GONE), f"{link}"

    def _held(self) -> Iterator[str]:
        for one in Customer.objects.all():
            yield from (mark(name, values_of(vars(one)).get(name)) for name in FIELDS)
        for link in self.links():
            yield from (mark(name, link.stated.get(name)) for name in FIELDS)
        for floor in self.floors:
            yield from floor.values()

    def _why(self, link: CustomerLink, name: str, outlet: Any) -> str:
        """How a field of a link stands; `""` where nobody could say."""
        hub, vendor = values_of(vars(link.customer)).get(name, ""), link.stated.get(name)
        pair = link.base.get(name) or [vendor, vendor]
        if vendor is None or same(name, hub, vendor):
            return "agreed"
        if Conflict.objects.filter(link=link, field=name, closed_at=None).exists():
            return "asked"
        if len(pair) > 2 and same(name, pair[0], hub) and same(name, pair[1], vendor):
            return str(pair[2])
        return self._why_not_told(link, name, hub, vendor, outlet)

    def _why_not_told(
        self, link: CustomerLink, name: str, hub: Any, vendor: Any, outlet: Any
    ) -> str:
        first = self.links(customer=link.customer, connection=link.connection)[0]
        refused = Write.objects.filter(link=link, state=WriteState.REFUSED)
        if name not in outlet.fields:
            return "cannot be told"
        if name in UNIQUE_FIELDS and first.pk != link.pk:
            return "a second record there"
        if any(name in one.fields and same(name, one.fields[name][1], hub) for one in refused):
            return "refused"
        by_person = (link.customer.provenance.get(name) or [""])[0] == "person"
        if canonical(name, hub) == "" and not by_person:
            return "only a person pushes a blank"
        if canonical(name, vendor) == "" and not by_person and not outlet.fill_empty:
            return "not to be filled"
        return ""

"""Writing to a vendor, switched on and off; and what switching it on would send."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction

from customers import pursuing, sweeping
from customers.models import Connection, CustomerLink, LinkState
from customers.outlets import outlet
from customers.planning import Telling, tellings
from customers.ringing import push_soon
from customers.workspace import BLOCK, Workspace

MOST_SECONDS = 10.0
EXAMPLES = 20


@dataclass
class Preview:
    """What would be told as things stand: to how many customers' records, which fields how
    often, and some of them. `whole`: every link was looked at; else the first `looked`."""

    looked: int = 0
    links: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    examples: list[Telling] = field(default_factory=list)
    whole: bool = True


def preview(connection: Connection, *, fill_empty: bool | None = None) -> Preview:
    """What would be sent if writing were on, for at most a few seconds of looking. Writes
    nothing."""
    found = Preview()
    until = time.monotonic() + MOST_SECONDS
    as_if = Connection.objects.get(pk=connection.pk)
    as_if.fill_empty = connection.fill_empty if fill_empty is None else fill_empty
    for customer_ids in _blocks(connection):
        if time.monotonic() > until:
            found.whole = False
            break
        work = Workspace(keep=True)
        work.outlets[connection.pk] = outlet(as_if)
        work.load_customers(customer_ids)
        work.considered |= set(customer_ids)
        found.looked += len(customer_ids)
        for one in tellings(work):
            if one.link.connection_id == connection.pk:
                _count(found, one)
    return found


def _count(found: Preview, one: Telling) -> None:
    found.links += 1
    found.fields.update(one.fields.keys())
    if len(found.examples) < EXAMPLES:
        found.examples.append(one)


def _blocks(connection: Connection) -> Iterator[list[int]]:
    after = 0
    links = CustomerLink.objects.filter(connection=connection, state=LinkState.ACTIVE)
    while rows := list(
        links.filter(pk__gt=after).order_by("pk").values_list("pk", "customer_id")[:BLOCK]
    ):
        after = rows[-1][0]
        yield [customer for _, customer in rows]


def switch(
    connection_id: int, user_id: int | None, *, writes: bool, fill_empty: bool | None = None
) -> None:
    """Switch writing, and the filling of empty fields, on or off. Whatever still differs is
    then planned by the next push; the deletions of erased people do not wait for it."""
    with transaction.atomic():
        found = Connection.objects.select_for_update().get(pk=connection_id)
        before = (found.writes, found.fill_empty)
        found.writes = writes
        found.fill_empty = found.fill_empty if fill_empty is None else fill_empty
        found.write_failures, found.write_after, found.write_note = 0, None, ""
        found.save(update_fields=_SWITCHED)
        if writes and (found.writes, found.fill_empty) != before:
            sweeping.ask(connection_id, user_id)
            push_soon([connection_id])
        if not writes:
            pursuing.hand_over(connection_id)


_SWITCHED = ["writes", "fill_empty", "write_failures", "write_after", "write_note"]

"""Fields that go back to what they were before a merge, while their vendors went on.

A customer's row stood still as long as it was merged, or as long as another's value stood in
its place. Its links did not: what a vendor said of the customer since is taken over now. What
only we had told the vendor is not the vendor's word.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from customers.golden import Golden, stamp
from customers.layers import Sheet, Token
from customers.merging import Pair, Sides, merge
from customers.models import EventKind, LinkState, Write, WriteState
from customers.settling import look_again, pair_of, settle
from customers.survivorship import Claim, best
from customers.values import EMPTY, Value, canonical, same
from customers.workspace import LinkWork, NewConflict, NewEvent, Workspace

SPEAKING = (LinkState.ACTIVE.value, LinkState.QUARANTINED.value)
UNIQUE_FIELDS = frozenset({"email", "phone", "document"})
Told = Collection[tuple[int, str]]
PairsThen = Mapping[int, Mapping[str, Sequence[Any]]]


def is_second(work: Workspace, link: LinkWork) -> bool:
    """Whether an older link of the customer stands at the same connection."""
    return any(
        other.connection_id == link.connection_id and other.state in SPEAKING and other.id < link.id
        for other in work.links_of.get(link.customer_id, ())
    )


def told_since(links: Sequence[LinkWork], since: datetime | None) -> set[tuple[int, str]]:
    """The fields of links that hold what we wrote to the vendor since then."""
    rows = Write.objects.filter(
        link__in=[link.id for link in links], state=WriteState.CONFIRMED, settled_at__gte=since
    )
    sent = {
        (link_id, name): said[1]
        for link_id, fields in rows.order_by("id").values_list("link_id", "fields")
        for name, said in fields.items()
    }
    stated = {link.id: link.stated for link in links}
    return {
        (link_id, name)
        for (link_id, name), value in sent.items()
        if same(name, stated[link_id].get(name), value)
    }


def remaining(work: Workspace, customer_id: int, name: str, but: int = 0) -> Value:
    """The best of what a customer's links state."""
    return best(
        name,
        [
            Claim(
                link.id,
                link.stated[name],
                work.trust(link.connection_id),
                datetime.fromisoformat(link.changed[name]) if name in link.changed else None,
            )
            for link in work.links_of.get(customer_id, ())
            if link.id != but
            and link.state in SPEAKING
            and name in link.stated
            and not (name in UNIQUE_FIELDS and is_second(work, link))
        ],
    )


def fall_back(work: Workspace, sheet: Sheet, name: str) -> Token:
    """The best of what a customer's links state, with its source; without a value where they
    state none."""
    value = remaining(work, sheet.golden.id, name)
    for link in work.links_of.get(sheet.golden.id, ()):
        if value != EMPTY and link.stated.get(name) == value:
            return Token(value, ["link", link.id, None, link.changed.get(name, "")])
    return Token()


def catch_up(
    work: Workspace,
    sheet: Sheet,
    then: PairsThen,
    told: Told,
    names: Collection[str] | None = None,
) -> None:
    """Take over what the customer's vendors said since. `then`: the pairs of its links when
    its fields were last its own. `names`: only these fields."""
    golden = sheet.golden
    links = work.links_of.get(golden.id, [])
    stated = {name for link in links for name in link.stated}
    for name in sorted(stated if names is None else stated & set(names)):
        if name in sheet.pins:
            continue
        saying = [link for link in links if name in link.stated and link.state in SPEAKING]
        for link in sorted(saying, key=lambda one: (one.changed.get(name, ""), one.id)):
            if (link.id, name) in told or (name in UNIQUE_FIELDS and is_second(work, link)):
                continue
            if _went_on(golden, link, name, then.get(link.id, {}).get(name)):
                _take(work, golden, link, name)


def _went_on(golden: Golden, link: LinkWork, name: str, then: Sequence[Any] | None) -> bool:
    """Whether the vendor's word is younger than the customer's value."""
    pair, value, stated = pair_of(link, name), golden.value(name), link.stated[name]
    if pair is None or same(name, value, stated):
        return False
    if golden.source(name)[:2] == ["link", link.id]:
        return True
    if not same(name, pair.vendor, stated):  # not settled: the table of merging
        return same(name, pair.hub, value)
    before = None if then is None else Pair(*then)
    return before is not None and not pair.apart and not same(name, before.vendor, pair.vendor)


def _take(work: Workspace, golden: Golden, link: LinkWork, name: str) -> None:
    value = link.stated[name]
    if canonical(name, value) == "":
        if golden.source(name)[:2] != ["link", link.id]:
            return  # emptied there, and said by somebody else
        value = remaining(work, golden.id, name, but=link.id)
    elif golden.by_person(name):
        golden.keep(name)
    when = link.changed.get(name) or stamp(timezone.now())
    golden.set(name, value, ["link", link.id, None, when])
    if value != EMPTY:
        settle(link, name, Pair(value, link.stated[name]))
    look_again(work, golden, link, name)


def review(work: Workspace, customer_id: int, closed: Mapping[tuple[int, str], int]) -> list[int]:
    """Look at the field questions of a customer whose fields went back, and ask those that
    are open again. `closed`: questions that the merge had closed; gives those to reopen."""
    golden, again = work.customers[customer_id], []
    for link in work.links_of.get(customer_id, ()):
        for name in sorted(link.stated):
            found = work.open_fields.get((link.id, name))
            pair = pair_of(link, name)
            held = "second" if name in UNIQUE_FIELDS and is_second(work, link) else ""
            if pair is None or held:
                continue
            sides = Sides(field=name, hub=golden.value(name), vendor=link.stated[name], pair=pair)
            if merge(sides).step != "ask":
                if found is not None:
                    look_again(work, golden, link, name)
            elif found is not None:
                if found.hub != sides.hub:
                    found.hub = sides.hub
                    work.reasked.append(found)
            elif (link.id, name) in closed:
                again.append(closed[link.id, name])
            else:
                ask_field(work, golden, link, name, pair.apart)
    return again


def ask_field(work: Workspace, golden: Golden, link: LinkWork, name: str, reason: str) -> None:
    """Open a question on a field of a link."""
    pair, hub, vendor = pair_of(link, name), golden.value(name), link.stated[name]
    base = [pair.hub, pair.vendor] if pair else None
    work.conflicts.append(
        NewConflict("field", golden.id, None, link.id, name, base, hub, vendor, reason)
    )
    changes = {name: [hub, vendor]}
    work.events.append(NewEvent(golden.id, EventKind.ASKED.value, link.id, changes, reason))

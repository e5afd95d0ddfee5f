"""Fields that go back to what they were before a merge, while their vendors went on.

A customer's row stood still as long as it was merged, or as long as another's value stood in
its place. Its links did not: what a vendor said of the customer since is taken over now. What
only we had told the vendor is not the vendor's word.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from customers.choosing import claims
from customers.golden import Golden, stamp
from customers.layers import Sheet, Token
from customers.merging import EMPTIED, Pair, merge
from customers.models import EventKind, LinkState, Write, WriteState
from customers.settling import SPEAKING, held, look_again, pair_of, paired, settle, sides_of
from customers.survivorship import choose
from customers.values import EMPTY, canonical, same
from customers.workspace import LinkWork, NewConflict, NewEvent, Workspace

Told = Collection[tuple[int, str]]
PairsThen = Mapping[int, Mapping[str, Sequence[Any]]]


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


def fall_back(work: Workspace, sheet: Sheet, name: str, without: int = 0) -> Token:
    """The best of what a customer's links state, with its source; without a value where they
    state none."""
    found = choose(name, claims(work, sheet.golden, name, without))
    if found is None:
        return Token()
    when = work.links[found.link].changed.get(name, "")
    return Token(found.value, ["link", found.link, None, when])


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
        saying = [link for link in links if name in link.stated and link.state in SPEAKING]
        for link in sorted(saying, key=lambda one: (one.changed.get(name, ""), one.id)):
            if (link.id, name) in told or held(work, golden, link, name):
                continue
            if _went_on(golden, link, name, then.get(link.id, {}).get(name)):
                _take(work, sheet, link, name)


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


def _take(work: Workspace, sheet: Sheet, link: LinkWork, name: str) -> None:
    golden, value = sheet.golden, link.stated[name]
    if canonical(name, value) == "":
        if golden.source(name)[:2] == ["link", link.id]:  # nobody else says it
            sheet.put(name, fall_back(work, sheet, name, without=link.id))
        settle(link, name, paired(name, golden.value(name), EMPTY, EMPTIED))
        return
    if golden.by_person(name):
        golden.keep(name)
    when = link.changed.get(name) or stamp(timezone.now())
    golden.set(name, value, ["link", link.id, None, when])
    settle(link, name, Pair(value, value))
    look_again(work, golden, link, name)


def review(work: Workspace, customer_id: int, closed: Mapping[tuple[int, str], int]) -> list[int]:
    """Look at the field questions of a customer whose fields went back, and ask those that
    are open again. `closed`: questions that the merge had closed; gives those to reopen."""
    golden, again = work.customers[customer_id], []
    for link in work.links_of.get(customer_id, ()):
        if link.state == LinkState.ARCHIVED.value:
            continue
        for name in sorted(link.stated):
            found = work.open_fields.get((link.id, name))
            pair = pair_of(link, name)
            if pair is None:
                continue
            sides = sides_of(work, golden, link, name, pair)
            outcome = merge(sides)
            if outcome.by_rule and outcome.step == "take":
                _take(work, Sheet(golden), link, name)
            elif outcome.step != "ask":
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

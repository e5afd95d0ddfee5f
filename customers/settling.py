"""The pairs of a link in memory: read, settled, and looked at again when the hub moved."""

from customers.golden import Golden
from customers.matching import VETOES
from customers.merging import Pair, Sides, merge
from customers.models import EventKind
from customers.values import NOT_SAID, Value, same
from customers.workspace import LinkWork, NewEvent, Workspace

CLOSINGS = {"agree": "the two sides agree now", "apart": "settled apart"}


def pair_of(link: LinkWork, name: str) -> Pair | None:
    """The pair of a field; a stated field without an entry was settled at that value."""
    kept = link.base.get(name)
    if kept is not None:
        return Pair(*kept)
    if name in link.stated:
        return Pair(link.stated[name], link.stated[name])
    return None


def settle(link: LinkWork, name: str, pair: Pair) -> None:
    """Keep a pair; one that is agreed at the stated value needs no entry."""
    stated = link.stated.get(name, NOT_SAID)
    if not pair.apart and pair.hub == pair.vendor == stated:
        link.base.pop(name, None)
    else:
        link.base[name] = [pair.hub, pair.vendor, *([pair.apart] if pair.apart else [])]
    link.dirty = True


def paired(name: str, hub: Value, vendor: Value, apart: str) -> Pair:
    """A pair that is apart for the reason given, unless its halves are equal."""
    return Pair(hub, vendor, "" if same(name, hub, vendor) else apart)


def close(work: Workspace, link: LinkWork, name: str, step: str) -> None:
    """Close the open question on a field, if there is one. One that follows from a merge in
    spite of a veto stays until the two sides agree."""
    found = work.open_fields.get((link.id, name))
    if found is None or (found.reason.startswith(VETOES) and not _agree(work, link, name)):
        return
    del work.open_fields[link.id, name]
    how = CLOSINGS.get(step, "one side went back")
    work.closed.append((found.id, how))
    changes = {name: [found.hub, found.vendor]}
    work.events.append(NewEvent(link.customer_id, EventKind.CLOSED.value, link.id, changes, how))


def _agree(work: Workspace, link: LinkWork, name: str) -> bool:
    return same(name, work.customers[link.customer_id].value(name), link.stated.get(name))


def look_again(work: Workspace, golden: Golden, link: LinkWork, name: str) -> None:
    """The hub's value moved, this link did not: settle it where the two now agree, and close
    its question where there is none any more. Otherwise it waits as it is."""
    pair = pair_of(link, name)
    if pair is None or name not in link.stated:
        return
    sides = Sides(field=name, hub=golden.value(name), vendor=link.stated[name], pair=pair)
    outcome = merge(sides)
    if outcome.step == "agree" and outcome.pair is not None:
        settle(link, name, outcome.pair)
    if outcome.step != "ask":
        close(work, link, name, outcome.step)

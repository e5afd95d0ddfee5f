"""The three-way merge of one field of one link. Pure: no database, no vendor.

A *pair* is the hub's and the vendor's value when they were last settled. *Hub moved*
means that the hub's value differs from the pair's hub half, *vendor moved* that the
vendor's differs from the pair's vendor half, both in canonical form. A pair is agreed
when its halves are equal, else apart, with a named reason.
"""

from typing import Literal

from msgspec import Struct

from customers.values import EMPTY, NOT_SAID, Value, canonical, same

FIRST_LINK = "first link"
EMPTIED = "emptied there"
FELL_BACK = "fell back"
NOT_TAKEN = "not taken"
DROPPED = "not sent, by a person's word"
PINNED = "pinned"
BY_RULE = "by rule"
BY_TRUST = "by trust"
IGNORED = "ignored"
KEPT = "kept"
UNDONE = "undone"
WAS_PINNED = "was pinned"
WAS_IGNORED = "was ignored"

Step = Literal[
    "nothing",  # settled and still
    "agree",  # set the pair; both sides hold one value
    "take",  # set the pair; the vendor's value becomes the golden one
    "apart",  # set the pair, apart for `pair.apart`
    "fall",  # as apart; the golden value falls to the best remaining one
    "tell",  # the hub's value should be sent; the pair waits for the read-back
    "wait",  # the same, but the vendor cannot be told now; the pair is untouched
    "ask",  # a field Conflict; the pair is untouched
]


class Pair(Struct, frozen=True):
    """`apart` is the reason why the halves may differ, `""` when agreed."""

    hub: Value
    vendor: Value
    apart: str = ""


class Sides(Struct, frozen=True, kw_only=True):
    """One field of one link as it stands.

    `hub`: the golden value (`""` none). `vendor`: what the vendor states (`NOT_SAID`: it
    does not). `pair`: None at a first link. `by_person`: the hub's value was set by a
    person. `tellable`: the vendor takes this field and its connection may be written to.
    `stated_elsewhere`: another link or a person states the golden value. `held`: the
    reason (`pinned`, `by rule`, `ignored`) why this vendor may not change the field. `rule`:
    the side that a named rule gives the field to where a person would be asked.
    """

    field: str
    hub: Value
    vendor: Value
    pair: Pair | None
    by_person: bool = False
    tellable: bool = False
    stated_elsewhere: bool = False
    held: str = ""
    rule: Literal["", "hub", "vendor"] = ""


class Outcome(Struct, frozen=True):
    """What to do. `pair` is the new pair, None where it stays as it is. `by_rule`: a person
    would have been asked, had a rule not decided."""

    step: Step
    pair: Pair | None = None
    by_rule: bool = False


NOTHING = Outcome("nothing")


def merge(sides: Sides) -> Outcome:
    """The table of the design, a row a branch."""
    pair = sides.pair
    if sides.vendor is NOT_SAID:
        return _unsaid(sides)
    if pair is None:
        return _first_link(sides)
    hub_moved = not same(sides.field, sides.hub, pair.hub)
    vendor_moved = not same(sides.field, sides.vendor, pair.vendor)
    equal = same(sides.field, sides.hub, sides.vendor)
    if equal and (hub_moved or vendor_moved or pair.apart):
        return Outcome("agree", Pair(sides.hub, sides.vendor))
    if not hub_moved and not vendor_moved:
        return NOTHING
    if sides.held and vendor_moved:
        return Outcome("apart", Pair(sides.hub, sides.vendor, sides.held))
    if hub_moved and vendor_moved:
        return _ask(sides)
    return _hub_moved(sides, pair) if hub_moved else _vendor_moved(sides, pair)


def _unsaid(sides: Sides) -> Outcome:
    """The vendor says nothing: the hub is not changed, its edits still go."""
    if sides.pair is None or same(sides.field, sides.hub, sides.pair.hub):
        return NOTHING
    return Outcome("tell" if _may_tell(sides) else "wait")


def _first_link(sides: Sides) -> Outcome:
    if same(sides.field, sides.hub, sides.vendor):
        return Outcome("agree", Pair(sides.hub, sides.vendor))
    if sides.held:
        return Outcome("apart", Pair(sides.hub, sides.vendor, sides.held))
    return Outcome("apart", Pair(sides.hub, sides.vendor, FIRST_LINK))


def _hub_moved(sides: Sides, pair: Pair) -> Outcome:
    if not _may_tell(sides):
        return Outcome("wait")
    if pair.apart and not sides.by_person:
        return Outcome("apart", Pair(sides.hub, sides.vendor, pair.apart))
    return Outcome("tell")


def _may_tell(sides: Sides) -> bool:
    """Only a person pushes a blank."""
    blank = canonical(sides.field, sides.hub) == ""
    return sides.tellable and (sides.by_person or not blank)


def _vendor_moved(sides: Sides, pair: Pair) -> Outcome:
    if canonical(sides.field, sides.vendor) == "":
        emptied = Pair(sides.hub, EMPTY, EMPTIED)
        return Outcome("apart" if sides.stated_elsewhere else "fall", emptied)
    if pair.apart:
        return _ask(sides)
    return Outcome("take", Pair(sides.vendor, sides.vendor))


def _ask(sides: Sides) -> Outcome:
    """Two sides really disagree: a rule decides, or a person."""
    if sides.rule == "vendor":
        return Outcome("take", Pair(sides.vendor, sides.vendor), by_rule=True)
    if sides.rule == "hub":
        return Outcome("apart", Pair(sides.hub, sides.vendor, BY_RULE), by_rule=True)
    return Outcome("ask")


def kept(sides: Sides) -> Pair:
    """The pair once a person has decided for the hub's value. The decision sets the vendor's
    half; the hub's half follows on the read-back, so it stays where the hub had moved from, or
    at once where the vendor cannot be told."""
    if same(sides.field, sides.hub, sides.vendor):
        return Pair(sides.hub, sides.vendor)
    if not sides.tellable or sides.pair is None:
        return Pair(sides.hub, sides.vendor, KEPT)
    moved = not same(sides.field, sides.pair.hub, sides.hub)
    hub = sides.pair.hub if moved else sides.vendor
    return Pair(hub, sides.vendor, "" if same(sides.field, hub, sides.vendor) else KEPT)

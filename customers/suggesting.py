"""Which side of a question is likely right, and why. Pure: a suggestion decides nothing."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from customers.documents import classify
from customers.values import Value, canonical, same

Side = Literal["hub", "vendor"]

RULED = "a rule gives the field to this vendor"
VALID = "only this document is a valid one"
WELL_FORMED = "only this one is well formed"
MORE_AGREE = "more sources say so"
TYPED = "a person typed it after the vendor changed it"
CHANGED = "the vendor changed it after it was typed here"
NEWER = "it is the newer change"
FULLER = "it says all that the other says, and more"

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class Case(Struct, frozen=True, kw_only=True):
    """A question as a suggestion sees it. `others`: what the customer's other links state.
    `hub_at`, `vendor_at`: when each side was set (None: not known). `ruled`: a rule gives the
    field to the vendor that asks."""

    field: str
    hub: Value
    vendor: Value
    others: Sequence[Value] = ()
    hub_by_person: bool = False
    hub_at: datetime | None = None
    vendor_at: datetime | None = None
    ruled: bool = False


class Suggestion(Struct, frozen=True):
    side: Side
    reason: str


def suggest(case: Case) -> Suggestion | None:
    """The likelier side, None where nothing speaks for either. What is plainly wrong loses
    first, then the fewer, then the older, then the poorer."""
    if case.ruled:
        return Suggestion("vendor", RULED)
    for looks, reason in _LOOKS:
        hub, vendor = looks(case)
        if hub != vendor:
            return Suggestion("hub" if hub > vendor else "vendor", reason)
    return _newer(case) or _fuller(case)


def _valid(case: Case) -> tuple[int, int]:
    if case.field != "document":
        return 0, 0
    return _is_valid(case.hub), _is_valid(case.vendor)


def _is_valid(value: Value) -> int:
    if not value or not value.get("number"):
        return 0
    country = str(value.get("country", ""))
    kind, number = str(value.get("type", "")), str(value["number"])
    return int(classify(kind, number, country, country)[3] == "valid")


def _well_formed(case: Case) -> tuple[int, int]:
    form = {"email": _EMAIL, "phone": re.compile(r"\+[0-9]{7,15}")}.get(case.field)
    if form is None:
        return 0, 0
    return _fits(form, case.hub), _fits(form, case.vendor)


def _fits(form: re.Pattern[str], value: Value) -> int:
    return int(bool(form.fullmatch(str(value or ""))))


def _agreeing(case: Case) -> tuple[int, int]:
    hub = sum(same(case.field, one, case.hub) for one in case.others)
    return hub, sum(same(case.field, one, case.vendor) for one in case.others)


_LOOKS = ((_valid, VALID), (_well_formed, WELL_FORMED), (_agreeing, MORE_AGREE))


def _newer(case: Case) -> Suggestion | None:
    if case.hub_at is None or case.vendor_at is None or case.hub_at == case.vendor_at:
        return None
    if case.hub_at > case.vendor_at:
        return Suggestion("hub", TYPED if case.hub_by_person else NEWER)
    return Suggestion("vendor", CHANGED if case.hub_by_person else NEWER)


def _fuller(case: Case) -> Suggestion | None:
    """The words of one are among those of the other."""
    hub, vendor = (set(canonical(case.field, one).split()) for one in (case.hub, case.vendor))
    if hub < vendor:
        return Suggestion("vendor", FULLER)
    return Suggestion("hub", FULLER) if vendor < hub else None

"""What a customer's page shows, gathered with a fixed number of queries."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from customers import removing
from customers.admin import masking, reader
from customers.admin.customer_golden import golden_rows
from customers.admin.customer_timeline import FIRST, Filter, choices, timeline
from customers.admin.engine_words import say
from customers.admin.words import FIELD_LABELS, ago, label, number, shown
from customers.admin.write_words import (
    Pushes,
    PushState,
    field_state,
    pushes,
    told_only,
    write_state,
)
from customers.golden import values_of
from customers.models import (
    OPEN,
    Conflict,
    ConflictKind,
    Customer,
    CustomerLink,
    LinkState,
    Write,
    WriteKind,
    WriteState,
)
from customers.values import EMPTY, NOT_SAID, Values, same

STATE_COLOURS = {
    LinkState.ACTIVE: "success",
    LinkState.QUARANTINED: "warning",
    LinkState.GONE: "danger",
    LinkState.ANONYMIZED: "info",
    LinkState.ARCHIVED: "",
}
MOST_LINKS = 50


@dataclass
class LinkRow:
    """A field of a link: the vendor's value beside ours."""

    label: str
    theirs: str
    ours: str
    differs: bool
    reason: str = ""
    push: PushState | None = None


@dataclass
class LinkCard:
    link: CustomerLink
    vendor: str
    state: str
    colour: str
    reason: str
    read: str
    rows: list[LinkRow]
    further: list[tuple[str, str]]
    figures: list[tuple[str, str]]
    raw: str
    may_remove: bool


def customer_page(customer: Customer) -> dict[str, Any]:
    links = list(
        CustomerLink.objects.filter(customer=customer)
        .select_related("connection")
        .order_by("id")[:MOST_LINKS]
    )
    values = values_of(vars(customer))
    lines, older = timeline(customer.pk, most=FIRST)
    return {
        "customer": customer,
        "rows": golden_rows(customer, values, links),
        "cards": _cards(customer, links, values),
        "added": _added(customer),
        "questions": questions(customer),
        "lines": lines,
        "older": older,
        "narrow": choices(customer.pk, Filter()),
    }


def _cards(customer: Customer, links: list[CustomerLink], values: Values) -> list[LinkCard]:
    under_way = pushes(customer, links) if links else {}
    return [link_card(link, values, under_way.get(link.pk)) for link in links]


def _added(customer: Customer) -> list[tuple[Write, PushState]]:
    """Creates that are under way, or wait for a person."""
    shown_states = (*OPEN, WriteState.REFUSED)
    rows = Write.objects.filter(customer=customer, kind=WriteKind.CREATE, state__in=shown_states)
    return [(one, write_state(one)) for one in rows.select_related("connection")[:10]]


# Links


def link_card(link: CustomerLink, values: Values, under_way: Pushes | None = None) -> LinkCard:
    return LinkCard(
        link=link,
        vendor=vendor_label(link),
        state=str(LinkState(link.state).label),
        colour=STATE_COLOURS[LinkState(link.state)],
        reason=say(link.reason),
        read=ago(link.read_at),
        rows=[row for row in link_rows(link, values, under_way) if row.theirs or row.ours],
        further=list(_further(link)),
        figures=[(_spaced(key), figure(value)) for key, value in sorted(link.owned.items())],
        may_remove=not removing.refusal(link),
        raw=pretty(link.raw, documents_of(link)),
    )


def vendor_label(link: CustomerLink) -> str:
    return str(link.connection.get_vendor_display())


def link_rows(link: CustomerLink, values: Values, under_way: Pushes | None = None) -> list[LinkRow]:
    wanted = {*link.stated, *told_only(under_way, link.stated)}
    return [link_row(link, name, values, under_way) for name in FIELD_LABELS if name in wanted]


def link_row(
    link: CustomerLink, name: str, values: Values, under_way: Pushes | None = None
) -> LinkRow:
    pair = link.base.get(name, [])
    told = pair[1] if pair else NOT_SAID  # of a field that the vendor never shows
    theirs, ours = link.stated.get(name, told), values.get(name, EMPTY)
    differs = not same(name, theirs, ours)
    reason = say(pair[2]) if differs and len(pair) > 2 else ""
    push = field_state(under_way, name, differs, reason)
    return LinkRow(label(name), shown(name, theirs), shown(name, ours), differs, reason, push)


def _further(link: CustomerLink) -> Iterable[tuple[str, str]]:
    """What the vendor keeps beside the fields: other contacts, its own spelling, flags."""
    also = link.also
    for name, plural in (("email", "emails"), ("phone", "phones"), ("document", "documents")):
        for value in also.get(plural, ()):
            yield _("Also: %(field)s") % {"field": label(name)}, shown(name, value)
    if also.get("phone_as_written"):
        yield _("Phone as written there"), str(also["phone_as_written"])
    if also.get("flags", {}).get("document") == "invalid":
        yield label("document"), _("the number is not a valid one, so nobody is matched by it")


def figure(value: Any) -> str:
    """A figure that belongs to the vendor, as one line."""
    if isinstance(value, bool):
        return shown("", value)
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, str):
        return stamped(value)
    if isinstance(value, list):
        return ", ".join(figure(one) for one in value)
    if isinstance(value, dict):
        named = value.get("name") or value.get("label")
        if named:
            return str(named)
        if "date" in value:
            return stamped(str(value["date"]))
        return ", ".join(f"{_spaced(key)}: {figure(one)}" for key, one in value.items())
    return "" if value is None else str(value)


def stamped(text: str) -> str:
    """A vendor's moment in the reader's format; any other text as it is."""
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text):
        return text
    try:
        return date_format(datetime.fromisoformat(text), "SHORT_DATETIME_FORMAT")
    except ValueError:
        return text


def _spaced(key: str) -> str:
    return key.replace("_", " ").strip().capitalize()


def documents_of(link: CustomerLink) -> list[str]:
    """The numbers of the documents that a vendor states."""
    stated = [link.stated.get("document"), *link.also.get("documents", ())]
    return [str(one["number"]) for one in stated if one and one.get("number")]


def pretty(raw: str, documents: Iterable[str] = ()) -> str:
    """A vendor's answer, indented; as it is when it is no JSON. Without the numbers of
    documents (`documents` among them) unless the reader may see them."""
    if not reader.sees_documents():
        raw = masking.answer(raw, documents)
    try:
        return json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except ValueError:
        return raw


# Questions


def questions(customer: Customer) -> list[dict[str, Any]]:
    """The open questions about a customer, newest first."""
    found = (
        Conflict.objects.filter(Q(customer=customer) | Q(other=customer), closed_at__isnull=True)
        .select_related("customer", "other", "link__connection")
        .order_by("-id")[:20]
    )
    return [question(one, customer.pk) for one in found]


def question(conflict: Conflict, here: int | None = None) -> dict[str, Any]:
    """A question in words. `here`: the customer on whose page it is shown."""
    others_ = [one for one in (conflict.customer, conflict.other) if one and one.pk != here]
    return {
        "kind": conflict.get_kind_display(),
        "decide": None if conflict.kind == ConflictKind.DELETED else conflict.pk,
        "field": label(conflict.field) if conflict.field else "",
        "ours": shown(conflict.field, conflict.hub),
        "theirs": shown(conflict.field, conflict.vendor),
        "reason": say(conflict.reason),
        "when": ago(conflict.opened_at),
        "where": str(conflict.link.connection) if conflict.link else "",
        "others": others_,
        "gone": conflict.pk if conflict.kind == ConflictKind.DELETED else None,
    }

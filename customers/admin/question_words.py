"""A question about a field, as its page shows it: the sides, a suggestion, who is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from customers import conflicts
from customers.admin.customer_golden import people_of, source
from customers.admin.engine_words import say
from customers.admin.words import ago, moment, parsed, shown
from customers.golden import values_of
from customers.marking import Part, Parts, marked
from customers.models import Conflict, Customer, CustomerLink, Decision, FieldRule
from customers.suggesting import Case, suggest
from customers.values import EMPTY, Value, same, to_json


@dataclass
class Side:
    """One side of a question: its value, and when it was set and by whom."""

    title: str
    parts: Parts
    source: str
    when: str = ""
    further: str = ""


@dataclass
class Question:
    """`sent`: both sides as they are shown, for the engine to look whether one has moved.
    `told`: by decision, whom it tells, in words. `suggested`: the decision, or `""`."""

    conflict: Conflict
    sides: list[Side]
    sent: str
    suggested: str
    reason: str
    told: dict[str, list[str]]


def question_of(conflict: Conflict, link: CustomerLink, user: Any) -> Question:
    """An open question and the link that it is about."""
    customer, name = link.customer, conflict.field
    links = list(
        CustomerLink.objects.filter(customer=customer).select_related("connection").order_by("id")
    )
    hub = values_of(vars(customer)).get(name, EMPTY)
    vendor = link.stated.get(name, EMPTY)
    found = suggest(_case(customer, link, links, hub, vendor, name))
    ours, theirs = marked(shown(name, hub), shown(name, vendor))
    return Question(
        conflict,
        sides=[
            _settled(conflict),
            _ours(customer, links, name, ours),
            _theirs(link, name, theirs),
        ],
        sent=to_json([hub, vendor]),
        suggested={"hub": Decision.HUB, "vendor": Decision.VENDOR}[found.side] if found else "",
        reason=say(found.reason) if found else "",
        told={
            one.value: _told(conflict, link, one, links, user)
            for one in (Decision.HUB, Decision.VENDOR)
        },
    )


# The sides


def _settled(conflict: Conflict) -> Side:
    """Where the two were when they were last settled."""
    hub, vendor = conflict.base or (EMPTY, EMPTY)
    name = conflict.field
    if same(name, hub, vendor):
        return Side(_("Before"), _unmarked(shown(name, hub)), _("both said so"))
    theirs = _("theirs was %(value)s") % {"value": shown(name, vendor) or _("none")}
    return Side(_("Before"), _unmarked(shown(name, hub)), say(conflict.reason), further=theirs)


def _unmarked(text: str) -> Parts:
    return [Part(text, False)] if text else []


def _ours(customer: Customer, links: list[CustomerLink], name: str, parts: Parts) -> Side:
    by_id = {link.pk: link for link in links}
    where, when = source(customer, name, by_id, people_of(customer))
    return Side(_("Ours"), parts, where, moment(when))


def _theirs(link: CustomerLink, name: str, parts: Parts) -> Side:
    when = _changed_at(link, name)
    words = _("%(where)s, changed %(when)s") if when else _("%(where)s, read %(when)s")
    told = words % {"where": link.connection, "when": ago(when or link.read_at)}
    return Side(_("Theirs"), parts, told, moment(when or link.read_at))


def _changed_at(link: CustomerLink, name: str) -> datetime | None:
    return parsed(link.changed.get(name))


def _case(
    customer: Customer,
    link: CustomerLink,
    links: list[CustomerLink],
    hub: Value,
    vendor: Value,
    name: str,
) -> Case:
    kept = customer.provenance.get(name) or customer.provenance.get("*") or ["", None, None, ""]
    return Case(
        field=name,
        hub=hub,
        vendor=vendor,
        others=[one.stated[name] for one in links if one.pk != link.pk and name in one.stated],
        hub_by_person=kept[0] == "person",
        hub_at=parsed(kept[3]),
        vendor_at=_changed_at(link, name),
        ruled=FieldRule.objects.filter(
            field=name, connection_id=link.connection_id, enabled=True
        ).exists(),
    )


# Whom a decision tells


def _told(
    conflict: Conflict,
    asking: CustomerLink,
    decision: Decision,
    links: list[CustomerLink],
    user: Any,
) -> list[str]:
    by_id = {link.pk: link for link in links}
    told = dict(conflicts.foretell(conflict.pk, decision.value, user))
    found = [
        _("%(where)s is told: %(value)s")
        % {"where": by_id[key].connection, "value": shown(conflict.field, value) or _("none")}
        for key, value in told.items()
    ]
    if decision == Decision.HUB and asking.pk not in told:
        found.append(
            _("%(where)s cannot be told. It keeps its own, and nobody is asked until that changes.")
            % {"where": asking.connection}
        )
    return found or [_("Nobody is told.")]

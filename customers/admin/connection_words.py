"""How a connection is, and what its vendor can do, for someone who is not a programmer."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from connectors.base import Connector
from customers.admin.engine_words import say
from customers.admin.words import ago, ahead, moment, number
from customers.models import Connection, Health, Run, RunState

COLOURS = {
    Health.NEW: "info",
    Health.OK: "success",
    Health.WAITING: "warning",
    Health.STOPPED: "danger",
    Health.OTHER_SHOP: "danger",
}


@dataclass
class State:
    """A connection's health: a badge, a sentence, what is wrong, and the way out."""

    badge: str
    colour: str
    sentence: str
    wrong: str = ""
    way_out: str = ""


def state(connection: Connection, last: Run | None) -> State:
    if connection.removed_at is not None:
        return State(_("Removed"), "", _removed(connection))
    health = Health(connection.health)
    badge, colour = str(health.label), COLOURS[health]
    if not connection.enabled:
        badge, colour = _("Paused"), ""
    if last is not None and last.state == RunState.HELD:
        badge, colour = _("Held"), "warning"
    wrong = say(connection.health_note) if connection.health_note else ""
    return State(badge, colour, sentence(connection, last), wrong, _way_out(connection, last))


def sentence(connection: Connection, last: Run | None) -> str:
    """`Last pulled 5 minutes ago: 412 seen, 3 changed. Next in 10 minutes.`"""
    if last is None:
        return _("Nothing was pulled yet. %(next)s") % {"next": _next(connection, last)}
    if last.state == RunState.RUNNING:
        return _("A pull is under way: %(counts)s so far.") % {"counts": counts(last)}
    told = {
        "ago": ago(last.finished_at or last.started_at),
        "counts": counts(last),
        "next": _next(connection, last),
    }
    return _("Last pulled %(ago)s: %(counts)s. %(next)s") % told


def _removed(connection: Connection) -> str:
    by = connection.removed_by
    who = (by.get_full_name() or by.get_username()) if by else _("the command line")
    told = {"when": moment(connection.removed_at), "who": who}
    return _("Removed %(when)s by %(who)s. Its customers stayed.") % told


def counts(run: Run) -> str:
    """What a run did, without what is zero."""
    seen = ngettext("%(n)s record seen", "%(n)s records seen", run.seen) % {"n": number(run.seen)}
    rest = [
        (run.created, ngettext("%(n)s new customer", "%(n)s new customers", run.created)),
        (run.linked, ngettext("%(n)s linked", "%(n)s linked", run.linked)),
        (run.changed, ngettext("%(n)s changed", "%(n)s changed", run.changed)),
        (run.set_aside, ngettext("%(n)s set aside", "%(n)s set aside", run.set_aside)),
        (run.quarantined, ngettext("%(n)s missing", "%(n)s missing", run.quarantined)),
        (run.asked, ngettext("%(n)s question", "%(n)s questions", run.asked)),
    ]
    told = [words % {"n": number(count)} for count, words in rest if count]
    return ", ".join([seen, *told]) if told else _("%(seen)s, nothing new") % {"seen": seen}


def _next(connection: Connection, last: Run | None) -> str:
    if not connection.enabled:
        return _("No pull is planned while it is paused.")
    if connection.health in (Health.STOPPED, Health.OTHER_SHOP):
        return _("No pull is planned until this is mended.")
    if last is not None and last.state == RunState.HELD:
        return _("No pull is planned until somebody looks at the held run.")
    return _("Next pull: %(when)s.") % {"when": ahead(connection.due_at)}


def _way_out(connection: Connection, last: Run | None) -> str:
    if last is not None and last.state == RunState.HELD:
        return _("Open the held run: look at what it would do, then release it or end it.")
    if not connection.enabled:
        return _("Press Resume to let it pull again.")
    ways: dict[str, str] = {
        Health.STOPPED: _("Mend it in the settings, then press Check."),
        Health.OTHER_SHOP: _(
            "Put the first shop's credentials back in the settings, or add a new connection for "
            "the other shop."
        ),
        Health.WAITING: _("Nothing to do: it tries again by itself. Pull now tries at once."),
    }
    return ways.get(connection.health, "")


# What the vendor can do

ABILITIES: list[tuple[str, Any]] = [
    ("list", gettext_lazy("List all customers")),
    ("changed", gettext_lazy("List only what changed")),
    ("new", gettext_lazy("List only new customers")),
    ("get", gettext_lazy("Read one customer again")),
    ("create", gettext_lazy("Take new customers from us")),
    ("update", gettext_lazy("Take changes from us")),
    ("delete", gettext_lazy("Delete a customer there")),
]


@dataclass
class Ability:
    words: str
    level: str
    colour: str
    note: str


def abilities(connector: type[Connector], options: dict[str, Any]) -> list[Ability]:
    """What this vendor can and cannot do, the likely with how to turn it on."""
    found = [_ability(connector, name, str(words), options) for name, words in ABILITIES]
    gone = _("A customer that is missing from its list is gone")
    hides = "" if connector.absence_means_gone else _("its list hides some customers")
    said = _("Yes") if connector.absence_means_gone else _("No")
    return [*found, Ability(gone, said, "success" if not hides else "", hides)]


def _ability(connector: type[Connector], name: str, words: str, options: dict[str, Any]) -> Ability:
    found = connector.capabilities.get(name)
    if found is None:
        return Ability(words, _("No"), "", _("its pages describe no way to do this"))
    note = _(found.note) if found.note else ""
    if found.level == "documented":
        return Ability(words, _("Yes"), "success", note)
    if found.option and options.get(found.option) is not True:
        labels = {option.key: option.label for option in connector.all_options()}
        off = _("off; the setting “%(option)s” turns it on") % {
            "option": _(labels.get(found.option, found.option))
        }
        return Ability(words, _("Likely, off"), "", "; ".join(filter(None, [off, note])))
    return Ability(words, _("Likely, on"), "warning", note)

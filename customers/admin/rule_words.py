"""Rules, and the runs that apply them, in words."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers import undoing
from customers.admin.engine_words import say
from customers.admin.words import label, number, shown
from customers.applying import job_of
from customers.models import Customer, FieldRule, Run
from customers.ruling import Foresight, Preview

LISTED = 20
MOST_BLOCKS = 10


def rule_words(rule: FieldRule) -> str:
    return _("%(field)s belongs to %(connection)s") % {
        "field": label(rule.field),
        "connection": rule.connection,
    }


def run_words(run: Run) -> str:
    """What a run of the rules is for."""
    return say(job_of(run).words)


def run_counts(run: Run) -> str:
    """`1,200 of 3,000 customers looked at, 14 changed, 2 questions decided`."""
    job = job_of(run)
    looked = _("%(n)s of %(all)s customers looked at") % {
        "n": number(run.seen),
        "all": number(max(run.total_first or 0, run.seen)),
    }
    found = [looked, _("%(n)s changed") % {"n": number(run.changed)}]
    if job.decided:
        words = ngettext("%(n)s question decided", "%(n)s questions decided", job.decided)
        found.append(words % {"n": number(job.decided)})
    return ", ".join(found)


def left_of(run: Run) -> list[Customer]:
    """Customers of whom an undone run's change still stands, since somebody touched them."""
    found = undoing.preview(run, most=MOST_BLOCKS).left
    ids = sorted({one.customer_id for one in found})[:LISTED]
    return list(Customer.objects.filter(pk__in=ids).order_by("pk"))


# Looking ahead


@dataclass
class Ahead:
    """What a rule would do, in words. `changes`: (customer, its id, before, after)."""

    words: str
    changes: list[tuple[str, int, str, str]]
    past: str
    otherwise: list[dict[str, Any]]


def ahead(preview: Preview, foresight: Foresight) -> Ahead:
    return Ahead(
        words=_preview_words(preview),
        changes=[
            (name, one.customer_id, shown(one.field, one.before), shown(one.field, one.after))
            for name, one in preview.sample
        ],
        past=_past_words(foresight),
        otherwise=[
            {
                "customer": one.customer,
                "ours": shown(one.field, one.hub),
                "theirs": shown(one.field, one.vendor),
                "decision": one.get_decision_display(),
                "who": one.decided_by,
            }
            for one in foresight.otherwise[:LISTED]
        ],
    )


def _preview_words(preview: Preview) -> str:
    changed = ngettext(
        "%(n)s customer would get another value",
        "%(n)s customers would get another value",
        preview.changed,
    ) % {"n": number(preview.changed)}
    looked = _("of %(n)s that it concerns") if preview.complete else _("of the first %(n)s")
    found = f"{changed} ({looked % {'n': number(preview.looked)}})"
    if not preview.decided:
        return f"{found}."
    asked = ngettext(
        "%(n)s open question would be decided",
        "%(n)s open questions would be decided",
        preview.decided,
    ) % {"n": number(preview.decided)}
    return f"{found}; {asked}."


def _past_words(foresight: Foresight) -> str:
    otherwise = len(foresight.otherwise)
    total = foresight.alike + otherwise
    if not total:
        return _("Nobody has decided such a question yet.")
    return _(
        "Of %(all)s past questions that it would have decided, people decided %(alike)s alike and "
        "%(otherwise)s otherwise."
    ) % {
        "all": number(total),
        "alike": number(foresight.alike),
        "otherwise": number(otherwise),
    }

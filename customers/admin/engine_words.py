"""What the engine keeps in English (reasons, notes, errors), in the reader's language.

The engine's sentences are data by the time they are shown: stored with a link, a run, an
event. Known ones are translated whole; those with names or numbers in them, by their form.
What is not known is shown as it is: a vendor's own words, for one.
"""

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import suggesting
from customers.admin import vendor_words
from customers.admin.words import label

SENTENCES: dict[str, Any] = {
    **vendor_words.SENTENCES,
    # why linked
    "no record with the same keys": gettext_lazy("no record with the same keys"),
    "nobody like this record was known": gettext_lazy("nobody like this record was known"),
    "little in common": gettext_lazy("little in common"),
    "their documents differ": gettext_lazy("their documents differ"),
    "the names differ": gettext_lazy("the names differ"),
    "their birth dates differ": gettext_lazy("their birth dates differ"),
    # apart
    "first link": gettext_lazy("both were there at the first link"),
    "emptied there": gettext_lazy("the vendor emptied it"),
    "fell back": gettext_lazy("our value fell back when another vendor emptied it"),
    "pinned": gettext_lazy("our value is pinned"),
    "by rule": gettext_lazy("a rule keeps our value"),
    "kept": gettext_lazy("our value was kept"),
    "not taken": gettext_lazy("the vendor did not take our value"),
    "undone": gettext_lazy("a run was undone: our value from before stays"),
    "second record there": gettext_lazy("a second record of this person at the same vendor"),
    "the key that alone linked it is carried by too many people": gettext_lazy(
        "the key that alone linked it is carried by too many people"
    ),
    "by trust": gettext_lazy("another vendor is trusted more"),
    "ignored": gettext_lazy("this value is ignored here"),
    "was pinned": gettext_lazy("our value was pinned then"),
    "was ignored": gettext_lazy("this value was ignored then"),
    # decisions
    "ours was kept": gettext_lazy("ours was kept"),
    "theirs was taken": gettext_lazy("theirs was taken"),
    "another value was typed": gettext_lazy("another value was typed"),
    suggesting.RULED: gettext_lazy("a rule gives the field to this vendor"),
    suggesting.VALID: gettext_lazy("only this document is a valid one"),
    suggesting.WELL_FORMED: gettext_lazy("only this one is well formed"),
    suggesting.MORE_AGREE: gettext_lazy("more sources say so"),
    suggesting.TYPED: gettext_lazy("a person typed it after the vendor changed it"),
    suggesting.CHANGED: gettext_lazy("the vendor changed it after it was typed here"),
    suggesting.NEWER: gettext_lazy("it is the newer change"),
    suggesting.FULLER: gettext_lazy("it says all that the other says, and more"),
    # rules
    "rules are being applied; one change is applied at a time": gettext_lazy(
        "rules are being applied; one change is applied at a time, so try again in a moment"
    ),
    "somebody gave the field a rule at the same moment": gettext_lazy(
        "somebody gave the field a rule at the same moment"
    ),
    "not sent, by a person's word": gettext_lazy("a person let it go, so it is not sent"),
    # writes
    "we created it there": gettext_lazy("we created it there"),
    "the link is no longer active": gettext_lazy("the link is no longer active"),
    "the two sides agree already": gettext_lazy("the two sides agree already"),
    "what would be sent has changed since it was approved: approve it again": gettext_lazy(
        "what would be sent has changed since it was approved: approve it again"
    ),
    "the vendor's record cannot be read, so it cannot be changed": gettext_lazy(
        "the vendor's record cannot be read, so it cannot be changed"
    ),
    "the vendor answers with another value: a question was opened": gettext_lazy(
        "the vendor answers with another value: a question was opened"
    ),
    "the vendor answers with what it had before": gettext_lazy(
        "the vendor answers with what it had before"
    ),
    "the vendor knows this customer already": gettext_lazy(
        "the vendor knows this customer already"
    ),
    "the vendor has such a record, and it belongs to another customer here: are they one?": (
        gettext_lazy(
            "the vendor has such a record, and it belongs to another customer here: are they one?"
        )
    ),
    "the vendor still has the record": gettext_lazy("the vendor still has the record"),
    "the worker ended before the answer came": gettext_lazy(
        "the worker ended before the answer came"
    ),
    "the person was erased": gettext_lazy("the person was erased"),
    "a person let it go": gettext_lazy("a person let it go"),
    "somebody or something has moved this write on since": gettext_lazy(
        "somebody or something has moved this write on since"
    ),
    "to be added there": gettext_lazy("to be added there"),
    "deleted there": gettext_lazy("deleted there"),
    "required": gettext_lazy("the vendor requires it"),
    # how closed
    "it is back at the vendor": gettext_lazy("it is back at the vendor"),
    "the two sides agree now": gettext_lazy("the two sides agree now"),
    "settled apart": gettext_lazy("settled apart"),
    "one side went back": gettext_lazy("one side went back"),
    "the vendor no longer has this record": gettext_lazy("the vendor no longer has this record"),
    # gone at the vendor
    "the vendor anonymised this person: are they to be erased everywhere?": gettext_lazy(
        "the vendor anonymised this person: are they to be erased everywhere?"
    ),
    "kept: the customer stays as it is": gettext_lazy("kept: the customer stays as it is"),
    "let go: what this record alone stated counts no longer": gettext_lazy(
        "let go: what this record alone stated counts no longer"
    ),
    "the record is back, or somebody decided meanwhile": gettext_lazy(
        "the record is back, or somebody decided meanwhile"
    ),
    "the customer changed meanwhile: look again": gettext_lazy(
        "the customer changed meanwhile: look again"
    ),
    # deleting at a vendor
    "the record is to be deleted there": gettext_lazy("the record is to be deleted there"),
    "the vendor cannot be asked to delete a record": gettext_lazy(
        "the vendor cannot be asked to delete a record"
    ),
    "writing to this vendor is off": gettext_lazy("writing to this vendor is off"),
    "the vendor has no such record any more": gettext_lazy(
        "the vendor has no such record any more"
    ),
    "it is to be deleted there already": gettext_lazy("it is to be deleted there already"),
    # erasures
    "the vendor is asked to delete it": gettext_lazy("the vendor is asked to delete it"),
    "it cannot be deleted there by us: delete or anonymise it on the vendor's pages": gettext_lazy(
        "it cannot be deleted there by us: delete or anonymise it on the vendor's pages"
    ),
    "writing to this vendor is off: delete or anonymise it on the vendor's pages": gettext_lazy(
        "writing to this vendor is off: delete or anonymise it on the vendor's pages"
    ),
    "the vendor is not asked: delete or anonymise it on the vendor's pages": gettext_lazy(
        "the vendor is not asked: delete or anonymise it on the vendor's pages"
    ),
    "the vendor said that it has it no more, and is asked once again": gettext_lazy(
        "the vendor said that it has it no more, and is asked once again"
    ),
    "this customer was erased already": gettext_lazy("this customer was erased already"),
    "a vendor is being told about them this very moment: try again shortly": gettext_lazy(
        "a vendor is being told about them this very moment: try again shortly"
    ),
    "it is not known whether a vendor made a record of them: settle that write first": gettext_lazy(
        "it is not known whether a vendor made a record of them: settle that write first"
    ),
    "the vendor still has it: delete or anonymise it on the vendor's pages": gettext_lazy(
        "the vendor still has it: delete or anonymise it on the vendor's pages"
    ),
    "the vendor took the deletion, but still shows it: it is looked at again": gettext_lazy(
        "the vendor took the deletion, but still shows it: it is looked at again"
    ),
    "the vendor gave no answer: it is asked again": gettext_lazy(
        "the vendor gave no answer: it is asked again"
    ),
    "the vendor says that it has no such record": gettext_lazy(
        "the vendor says that it has no such record"
    ),
    "the vendor has anonymised the record": gettext_lazy("the vendor has anonymised the record"),
    "the vendor confirmed the deletion; it has no way to look again": gettext_lazy(
        "the vendor confirmed the deletion; it has no way to look again"
    ),
    # a connection that was removed
    "the connection was removed": gettext_lazy("the connection was removed"),
    "the connection was removed: delete or anonymise it on the vendor's pages": gettext_lazy(
        "the connection was removed: delete or anonymise it on the vendor's pages"
    ),
    "a worker is talking to this vendor at the moment: try again shortly": gettext_lazy(
        "a worker is talking to this vendor at the moment: try again shortly"
    ),
    "it is not known whether the vendor made a record of somebody: settle that write first": (
        gettext_lazy(
            "it is not known whether the vendor made a record of somebody: settle that write first"
        )
    ),
    # undoing
    "it was changed since": gettext_lazy("it was changed since"),
    "it was pinned since": gettext_lazy("it was pinned since"),
    "the customer was merged into another since": gettext_lazy(
        "the customer was merged into another since"
    ),
    "only a pull, the application of rules, or an undoing can be undone": gettext_lazy(
        "only a pull, the application of rules, or an undoing can be undone"
    ),
    "the rule was never applied: switch it off": gettext_lazy(
        "the rule was never applied: switch it off"
    ),
    "the run has not ended: end it first": gettext_lazy("the run has not ended: end it first"),
    "another run is being undone: wait until that is done": gettext_lazy(
        "another run is being undone: wait until that is done"
    ),
    "the decision was taken back": gettext_lazy("the decision was taken back"),
    "this is not your last decision any more": gettext_lazy(
        "this is not your last decision any more"
    ),
    "it is asked again already": gettext_lazy("it is asked again already"),
    "the vendor has taken our value since": gettext_lazy(
        "the vendor has taken our value since; edit the customer to tell it another"
    ),
    "the vendor says something else since": gettext_lazy("the vendor says something else since"),
    "a rule decides it now": gettext_lazy("a rule decides it now"),
    "it was given back since": gettext_lazy("the two were unmerged since"),
    "somebody else says so too": gettext_lazy("somebody else says so too"),
    "a record that was let go comes back when its vendor has it again": gettext_lazy(
        "a record that was let go comes back when its vendor has it again"
    ),
    "merged": gettext_lazy("merged"),
    "decided": gettext_lazy("decided"),
    "asked of the survivor already": gettext_lazy("the survivor is asked already"),
    "known not to be the same person": gettext_lazy("known not to be the same person"),
    "the record is this person's": gettext_lazy("the record is this person's"),
    # why a value is proposed
    "only one has it": gettext_lazy("only one has it"),
    "they agree": gettext_lazy("they agree"),
    "typed by a person": gettext_lazy("typed by a person"),
    "typed by a person later": gettext_lazy("typed by a person later"),
    "from the vendor that the field belongs to": gettext_lazy(
        "from the vendor that the field belongs to"
    ),
    "from the vendor that is trusted more": gettext_lazy("from the vendor that is trusted more"),
    "changed more recently": gettext_lazy("changed more recently"),
    "the longer one": gettext_lazy("the longer one"),
    "the survivor's own": gettext_lazy("the value of the one that stays"),
    # what stands against a merge
    "a merge takes two customers or more": gettext_lazy("a merge takes two customers or more"),
    "a customer cannot be merged with itself": gettext_lazy(
        "a customer cannot be merged with itself"
    ),
    "this question was answered meanwhile": gettext_lazy("this question was answered meanwhile"),
    # runs
    "left off: a new run was begun": gettext_lazy("left off: a new run was begun"),
}
KINDS: dict[str, Any] = {
    "document": gettext_lazy("document"),
    "e-mail": gettext_lazy("e-mail"),
    "phone": gettext_lazy("phone"),
    "name": gettext_lazy("name"),
    "kind": gettext_lazy("kind"),
    "birth date": gettext_lazy("birth date"),
    "address": gettext_lazy("address"),
}
FORMS: list[tuple[str, Any]] = [
    (
        r"by the rule: (?P<of>\w+) belongs to (?P<connection>.+)",
        gettext_lazy("by the rule: %(of)s belongs to %(connection)s"),
    ),
    (
        r"(?P<of>\w+) belongs to (?P<connection>.+)",
        gettext_lazy("%(of)s belongs to %(connection)s"),
    ),
    (
        r"(?P<connection>.+) is trusted otherwise",
        gettext_lazy("%(connection)s is trusted otherwise"),
    ),
    (r"(?i:the same) (?P<kinds>[a-z-]+(?: and [a-z-]+)*)", gettext_lazy("The same %(kinds)s")),
    (r"(?i:alike in) (?P<kinds>[a-z -]+)", gettext_lazy("alike in %(kinds)s")),
    (
        r"(?P<one>(?i:the same|alike in|little in) .+?), but (?P<two>.+)",
        gettext_lazy("%(one)s, but %(two)s"),
    ),
    (r"(?P<one>The same [^,]+), (?P<two>alike in .+)", gettext_lazy("%(one)s, %(two)s")),
    (r"a record has (?P<also>the same .+) too", gettext_lazy("another record has %(also)s too")),
    (
        r"the record came to share the (?P<kinds>[a-z-]+)",
        gettext_lazy("the record came to share the %(kinds)s"),
    ),
    (r"their documents differ \((?P<kind>.*)\)", gettext_lazy("their documents differ (%(kind)s)")),
    (
        r"(?P<n>[\d,]+) of (?P<all>[\d,]+) known records would change in one run",
        gettext_lazy("%(n)s of %(all)s known records would change in one run"),
    ),
    (
        r"the field (?P<field>\w+) came back blank in (?P<n>[\d,]+) of (?P<all>[\d,]+) records",
        gettext_lazy("the field %(field)s came back blank in %(n)s of %(all)s records"),
    ),
    (
        r"the vendor now counts (?P<n>[\d,]+) customers; the last scan saw (?P<all>[\d,]+)",
        gettext_lazy("the vendor now counts %(n)s customers; the last scan saw %(all)s"),
    ),
    (
        r"the scan saw (?P<n>[\d,]+) of the (?P<all>[\d,]+) customers that the vendor counts",
        gettext_lazy("the scan saw %(n)s of the %(all)s customers that the vendor counts"),
    ),
    (
        r"the scan saw (?P<n>[\d,]+) of the (?P<all>[\d,]+) customers that the last scan saw",
        gettext_lazy("the scan saw %(n)s of the %(all)s customers that the last scan saw"),
    ),
    (
        r"(?P<n>[\d,]+) of (?P<all>[\d,]+) known records are missing from the vendor's list",
        gettext_lazy("%(n)s of %(all)s known records are missing from the vendor's list"),
    ),
    (
        r"the vendor no longer has (?P<n>[\d,]+) of (?P<all>[\d,]+) known records",
        gettext_lazy("the vendor no longer has %(n)s of %(all)s known records"),
    ),
    (
        r"the vendor refused to delete it: (?P<words>.*)",
        gettext_lazy("the vendor refused to delete it: %(words)s"),
    ),
    (
        r"what run (?P<run>\d+) changed is put back",
        gettext_lazy("what run %(run)s changed is put back"),
    ),
    (r"customer (?P<id>\d+) came in", gettext_lazy("customer #%(id)s came in")),
    (r"into (?P<id>\d+)", gettext_lazy("into customer #%(id)s")),
    (r"customer (?P<id>\d+) was given back", gettext_lazy("customer #%(id)s was given back")),
    (r"given back by (?P<id>\d+)", gettext_lazy("given back by customer #%(id)s")),
    (
        r"customer (?P<id>\d+) is somebody else",
        gettext_lazy("customer #%(id)s is somebody else"),
    ),
    (
        r"taken out of customer (?P<id>\d+)",
        gettext_lazy("taken out of customer #%(id)s"),
    ),
    (
        r"a record was taken out, into customer (?P<id>\d+)",
        gettext_lazy("a record was taken out, into customer #%(id)s"),
    ),
    (r"there is no customer (?P<id>\d+)", gettext_lazy("there is no customer #%(id)s")),
    (
        r"customer (?P<id>\d+) was merged into (?P<to>\d+)",
        gettext_lazy("customer #%(id)s was merged into #%(to)s"),
    ),
    (
        r"customer (?P<id>\d+) was not merged into another",
        gettext_lazy("customer #%(id)s was not merged into another"),
    ),
    (r"customer (?P<id>\d+) was erased", gettext_lazy("customer #%(id)s was erased")),
    (
        r"no more than (?P<n>\d+) customers are merged at once",
        gettext_lazy("no more than %(n)s customers are merged at once"),
    ),
    (r"ended by (?P<who>.+)", gettext_lazy("ended by %(who)s")),
    (r"(?P<key>\w+) is missing", gettext_lazy("%(key)s is missing")),
    (
        r"(?P<key>\w+) must be a whole number above 0, not (?P<value>.+)",
        gettext_lazy("%(key)s must be a whole number above 0, not %(value)s"),
    ),
    (
        r"(?P<vendor>.+) refused the credentials: (?P<words>.*)",
        gettext_lazy("%(vendor)s refused the credentials: %(words)s"),
    ),
    *vendor_words.FORMS,
]


def say(text: str) -> str:
    """A sentence of the engine in the reader's language; capitalised."""
    found = _said(text.strip())
    return found[:1].upper() + found[1:]


def _said(text: str) -> str:
    if text in SENTENCES:
        return str(SENTENCES[text])
    for pattern, form in FORMS:
        match = re.fullmatch(pattern, text, flags=re.DOTALL)
        if match:
            return str(form) % {name: _part(name, part) for name, part in match.groupdict().items()}
    return text


def _part(name: str, part: str) -> str:
    if name == "kinds":
        return _(" and ").join(str(KINDS.get(kind, kind)) for kind in part.split(" and "))
    if name == "of":
        return label(part)
    if name == "also":
        found = _said(part)
        return found[:1].lower() + found[1:]
    return _said(part) if name in ("one", "two") else part

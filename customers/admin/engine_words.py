"""What the engine keeps in English (reasons, notes, errors), in the reader's language.

The engine's sentences are data by the time they are shown: stored with a link, a run, an
event. Known ones are translated whole; those with names or numbers in them, by their form.
What is not known is shown as it is: a vendor's own words, for one.
"""

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SENTENCES: dict[str, Any] = {
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
    "second record there": gettext_lazy("a second record of this person at the same vendor"),
    "the key that alone linked it is carried by too many people": gettext_lazy(
        "the key that alone linked it is carried by too many people"
    ),
    # how closed
    "it is back at the vendor": gettext_lazy("it is back at the vendor"),
    "the two sides agree now": gettext_lazy("the two sides agree now"),
    "settled apart": gettext_lazy("settled apart"),
    "one side went back": gettext_lazy("one side went back"),
    "the vendor no longer has this record": gettext_lazy("the vendor no longer has this record"),
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
        r"(?P<n>[\d,]+) of (?P<all>[\d,]+) known records are missing from the vendor's list",
        gettext_lazy("%(n)s of %(all)s known records are missing from the vendor's list"),
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
    if name == "also":
        found = _said(part)
        return found[:1].lower() + found[1:]
    return _said(part) if name in ("one", "two") else part

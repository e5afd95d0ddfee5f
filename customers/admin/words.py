"""Values, moments and sources in the reader's words and format."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.admin import masking, reader
from customers.models import Customer
from customers.phones import formatted
from customers.values import ADDRESS_PARTS, EMPTY, Value, plain

FIELD_LABELS: dict[str, Any] = {
    "kind": gettext_lazy("Kind"),
    "name": gettext_lazy("Name"),
    "company_name": gettext_lazy("Company name"),
    "state_registration": gettext_lazy("State registration"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "document": gettext_lazy("Document"),
    "birth_date": gettext_lazy("Birth date"),
    "gender": gettext_lazy("Gender"),
    "address": gettext_lazy("Address"),
    "notes": gettext_lazy("Notes"),
    "accepts_marketing": gettext_lazy("Accepts marketing"),
    "accepts_whatsapp": gettext_lazy("Accepts WhatsApp"),
}
PART_LABELS: dict[str, Any] = {
    "street": gettext_lazy("Street"),
    "number": gettext_lazy("Number"),
    "complement": gettext_lazy("Complement"),
    "neighbourhood": gettext_lazy("Neighbourhood"),
    "city": gettext_lazy("City"),
    "state": gettext_lazy("State"),
    "postal_code": gettext_lazy("Postal code"),
    "country": gettext_lazy("Country"),
}
assert tuple(PART_LABELS) == ADDRESS_PARTS  # noqa: S101  a part without a label would not show


def label(field: str) -> str:
    return str(FIELD_LABELS.get(field, field))


def number(value: int | float) -> str:
    return number_format(value, force_grouping=True)


def shown(field: str, value: Value) -> str:
    """A value for people, `""` for none."""
    if value is None or value == EMPTY:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if field in _SHOWN:
        return _SHOWN[field](value)
    return plain(field, value)


def _choice(choices: list[tuple[str, Any]], value: Value) -> str:
    return str(dict(choices).get(value, value))


def day(value: Value) -> str:
    try:
        return date_format(date.fromisoformat(str(value)), "DATE_FORMAT")
    except ValueError:
        return str(value)


def document(value: Value) -> str:
    """`CPF 123.456.789-09`: the number as its country writes it, where that is simple; masked
    (`CPF •••09`) unless the reader may see it."""
    if not isinstance(value, Mapping):
        return str(value) if reader.sees_documents() else masking.number(str(value))
    kind, written = str(value.get("type", "")), str(value.get("number", ""))
    pattern, spelled = _SPELLED.get(kind, ("", ""))
    if pattern and re.fullmatch(pattern, written):
        written = re.sub(pattern, spelled, written)
    country = "" if kind in _SPELLED else str(value.get("country", ""))
    if not reader.sees_documents():
        written = masking.number(written)
    name = _("Passport") if kind == "passport" else kind.upper()
    return " ".join(part for part in (name, country, written) if part)


def told(text: str) -> str:
    """What may quote a vendor's record, without its numbers unless the reader may see them."""
    return text if reader.sees_documents() else masking.runs(text)


_SPELLED = {
    "cpf": (r"(\w{3})(\w{3})(\w{3})(\w{2})", r"\1.\2.\3-\4"),
    "cnpj": (r"(\w{2})(\w{3})(\w{3})(\w{4})(\w{2})", r"\1.\2.\3/\4-\5"),
    "cuit": (r"(\d{2})(\d{8})(\d)", r"\1-\2-\3"),
    "cuil": (r"(\d{2})(\d{8})(\d)", r"\1-\2-\3"),
}
_SHOWN: dict[str, Callable[[Any], str]] = {
    "phone": formatted,
    "document": document,
    "birth_date": day,
    "kind": lambda value: _choice(Customer.KINDS, value),
    "gender": lambda value: _choice(Customer.GENDERS, value),
}


def moment(value: datetime | None) -> str:
    """A date and time in the reader's format and zone, `""` for none."""
    if value is None:
        return ""
    return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")


def ago(value: datetime | None) -> str:
    """How long ago, in one unit: `5 minutes ago`."""
    if value is None:
        return _("never")
    if (timezone.now() - value).total_seconds() < 60:
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(value, depth=1)}


def ahead(value: datetime | None) -> str:
    """In how long: `in 5 minutes`; `now` when the moment has passed."""
    if value is None or (value - timezone.now()).total_seconds() < 60:
        return _("now")
    return _("in %(time)s") % {"time": timesince(timezone.now(), now=value, depth=1)}


def span(seconds: float) -> str:
    """A length of time in words."""
    if seconds < 1:
        return _("under a second")
    if seconds < 60:
        whole = round(seconds)
        return ngettext("%(n)s second", "%(n)s seconds", whole) % {"n": number(whole)}
    minutes = int(seconds // 60)
    if minutes < 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": number(minutes)}
    hours = minutes / 60
    return ngettext("%(n)s hour", "%(n)s hours", round(hours)) % {"n": number(round(hours, 1))}


def parsed(stamp: Any) -> datetime | None:
    """A moment as provenance keeps it."""
    try:
        found = datetime.fromisoformat(str(stamp))
    except ValueError:
        return None
    return found if found.tzinfo else None

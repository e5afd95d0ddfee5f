"""The form of a customer's golden fields, and its way to and from the hub's values."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from connectors.fields import MAX_TEXT, clean
from connectors.records import Name
from customers.admin.words import PART_LABELS
from customers.golden import values_of
from customers.models import Customer
from customers.values import ADDRESS_PARTS, EMPTY, Value, Values

UNSAID = ("", _("Not known"))
YES_NO = [UNSAID, ("yes", _("Yes")), ("no", _("No"))]
DOCUMENT_TYPES = [
    ("", "-"),
    ("cpf", "CPF"),
    ("cnpj", "CNPJ"),
    ("cedula", "Cédula"),
    ("ruc", "RUC"),
    ("rut", "RUT"),
    ("dni", "DNI"),
    ("cuit", "CUIT"),
    ("cuil", "CUIL"),
    ("nit", "NIT"),
    ("curp", "CURP"),
    ("rfc", "RFC"),
    ("passport", _("Passport")),
]


class Text(forms.CharField):
    """A line of text; what neither database can store is taken out."""

    def __init__(self, label: Any, *, length: int = 300, kind: str = "", help_text: Any = ""):
        attrs = {"type": kind} if kind else {}
        super().__init__(
            label=label,
            required=False,
            max_length=length,
            show_hidden_initial=True,
            help_text=help_text,
            widget=UnfoldAdminTextInputWidget(attrs),
        )

    def clean(self, value: Any) -> str:
        return clean(super().clean(value))


class Choice(forms.ChoiceField):
    def __init__(self, label: Any, choices: Any) -> None:
        super().__init__(
            label=label,
            choices=choices,
            required=False,
            show_hidden_initial=True,
            widget=UnfoldAdminSelectWidget(),
        )


class LongText(forms.CharField):
    def clean(self, value: Any) -> str:
        return clean(super().clean(value))


class CustomerForm(forms.Form):
    """Every field carries what the person saw, so that only what they changed is saved."""

    kind = Choice(_("Kind"), [UNSAID, *Customer.KINDS])
    given_name = Text(_("Given name"))
    family_name = Text(_("Family name"))
    company_name = Text(_("Company name"))
    state_registration = Text(_("State registration"))
    email = Text(_("E-mail"), length=254, kind="email")
    phone = Text(_("Phone"), length=40, kind="tel", help_text=_("With the country: +593 99 …"))
    document_type = Choice(_("Document type"), DOCUMENT_TYPES)
    document_number = Text(_("Document number"), length=40)
    document_country = Text(_("Document country"), length=2, help_text=_("Two letters: BR, EC, …"))
    birth_date = forms.DateField(
        label=_("Birth date"),
        required=False,
        show_hidden_initial=True,
        widget=UnfoldAdminTextInputWidget({"type": "date"}),
    )
    gender = Choice(_("Gender"), [UNSAID, *Customer.GENDERS])
    street = Text(PART_LABELS["street"])
    number = Text(PART_LABELS["number"], length=40)
    complement = Text(PART_LABELS["complement"])
    neighbourhood = Text(PART_LABELS["neighbourhood"])
    city = Text(PART_LABELS["city"])
    state = Text(PART_LABELS["state"])
    postal_code = Text(PART_LABELS["postal_code"], length=20)
    country = Text(PART_LABELS["country"], length=60)
    notes = LongText(
        label=_("Notes"),
        required=False,
        max_length=MAX_TEXT,
        show_hidden_initial=True,
        widget=UnfoldAdminTextareaWidget({"rows": 4}),
    )
    accepts_marketing = Choice(_("Accepts marketing"), YES_NO)
    accepts_whatsapp = Choice(_("Accepts WhatsApp"), YES_NO)

    sections = (
        (_("Who"), ("kind", "given_name", "family_name", "company_name")),
        (_("Contact"), ("email", "phone", "accepts_marketing", "accepts_whatsapp")),
        (_("Document"), ("document_type", "document_number", "document_country")),
        (_("Address"), ADDRESS_PARTS),
        (_("More"), ("birth_date", "gender", "state_registration", "notes")),
    )

    def __init__(self, *args: Any, documents: bool = True, **kwargs: Any) -> None:
        """Without `documents` the document is neither shown nor changed."""
        super().__init__(*args, **kwargs)
        if not documents:
            for name in FORM_NAMES["document"]:
                del self.fields[name]
        self.names = {
            field: names for field, names in FORM_NAMES.items() if names[0] in self.fields
        }

    def clean_birth_date(self) -> date | None:
        found: date | None = self.cleaned_data["birth_date"]
        if found is not None and (found > date.today() or found.year < 1875):  # noqa: DTZ011
            raise forms.ValidationError(_("Nobody was born on that day. Please look again."))
        return found

    def clean_email(self) -> str:
        found = str(self.cleaned_data["email"])
        if found and found.count("@") != 1:
            raise forms.ValidationError(_("An e-mail address has one @ in it."))
        return found

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("document_type") and not found.get("document_number"):
            self.add_error("document_number", _("A document needs its number."))
        return found

    def shown_sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [
            (title, [self[name] for name in names])
            for title, names in self.sections
            if names[0] in self.fields
        ]

    def values(self) -> Values:
        """The typed values; `""` where there is none."""
        return {field: self._value(field) for field in self.names}

    def changed_values(self) -> Values:
        """The values of the fields that the person changed from what they saw."""
        changed = set(self.changed_data)
        return {
            field: self._value(field)
            for field, names in self.names.items()
            if changed.intersection(names)
        }

    def _value(self, field: str) -> Value:
        found = self.cleaned_data
        if field == "name":
            parts = {"given": found["given_name"], "family": found["family_name"]}
            return {k: v for k, v in parts.items() if v} or EMPTY
        if field == "document":
            return _document(found)
        if field == "address":
            return {part: found[part] for part in ADDRESS_PARTS if found[part]} or EMPTY
        if field.startswith("accepts_"):
            return {"yes": True, "no": False}.get(found[field], EMPTY)
        if field == "birth_date":
            return found[field].isoformat() if found[field] else EMPTY
        return found[field]


def _document(found: dict[str, Any]) -> Value:
    if not found["document_number"]:
        return EMPTY
    parts = {
        "type": found["document_type"],
        "number": found["document_number"],
        "country": found["document_country"].upper(),
    }
    return {part: text for part, text in parts.items() if text}


FORM_NAMES: dict[str, tuple[str, ...]] = {
    "kind": ("kind",),
    "name": ("given_name", "family_name"),
    "company_name": ("company_name",),
    "state_registration": ("state_registration",),
    "email": ("email",),
    "phone": ("phone",),
    "document": ("document_type", "document_number", "document_country"),
    "birth_date": ("birth_date",),
    "gender": ("gender",),
    "address": ADDRESS_PARTS,
    "notes": ("notes",),
    "accepts_marketing": ("accepts_marketing",),
    "accepts_whatsapp": ("accepts_whatsapp",),
}
"""The shared fields, each with the inputs that make it up."""


_YES_NO: dict[Any, str] = {True: "yes", False: "no"}


def initial(customer: Customer) -> dict[str, Any]:
    """What the form shows of a customer. A name that is one string is shown cut in two."""
    values = values_of(vars(customer))
    name, document = values.get("name") or {}, values.get("document") or {}
    given, family = Name(**name).parted
    flags = {
        field: _YES_NO.get(values.get(field), "")
        for field in ("accepts_marketing", "accepts_whatsapp")
    }
    plain = {
        field: values.get(field, "") for field, names in FORM_NAMES.items() if names == (field,)
    }
    return {
        **plain,
        **flags,
        **{part: (values.get("address") or {}).get(part, "") for part in ADDRESS_PARTS},
        "given_name": given,
        "family_name": family,
        "document_type": document.get("type", ""),
        "document_number": document.get("number", ""),
        "document_country": document.get("country", ""),
    }

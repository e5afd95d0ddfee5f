"""The form of a connection, built from what its vendor's connector declares."""

from typing import Any

from django import forms
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from connectors.base import Connector
from connectors.declare import Option
from customers import accounts
from customers.admin.engine_words import say
from customers.admin.words import number
from customers.models import Connection
from customers.secrets import UnreadableSecretsError

SETTINGS = ("name", "region", "trust", "pull_minutes", "page_size", "requests_per_minute")
SAVED = ("credentials", "options", *SETTINGS)


class ConnectionForm(forms.Form):
    """`connector` declares the secrets and options; `connection` is None when one is added.

    A secret is never shown again: its input is always empty, and empty keeps what is stored.
    """

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("How you call this account: Main shop, Quito branch, …"),
        widget=UnfoldAdminTextInputWidget(),
    )
    region = forms.CharField(
        label=gettext_lazy("Country"),
        max_length=2,
        min_length=2,
        help_text=gettext_lazy("Two letters. Phones and documents without one are read as its own"),
        widget=UnfoldAdminTextInputWidget({"style": "max-width: 6rem"}),
    )
    trust = forms.IntegerField(
        label=gettext_lazy("Trust"),
        min_value=0,
        max_value=100,
        help_text=gettext_lazy(
            "0 to 100. Where vendors differ and nobody has edited, the highest one's value is shown"
        ),
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    pull_minutes = forms.IntegerField(
        label=gettext_lazy("Pull every (minutes)"),
        min_value=1,
        max_value=100_000,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    page_size = forms.IntegerField(
        label=gettext_lazy("Records per page"),
        min_value=1,
        max_value=10_000,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    requests_per_minute = forms.IntegerField(
        label=gettext_lazy("Requests per minute"),
        min_value=1,
        max_value=10_000,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget(),
    )

    def __init__(
        self,
        connector: type[Connector],
        connection: Connection | None = None,
        data: Any = None,
    ) -> None:
        super().__init__(data, initial=_initial(connector, connection), auto_id="id_%s")
        self.connector = connector
        self.connection = connection
        self.secret_names = [f"secret_{option.key}" for option in connector.secrets]
        self.option_names = []
        for option in connector.secrets:
            self.fields[f"secret_{option.key}"] = secret_field(option, kept=connection is not None)
        for option in connector.all_options():
            self.option_names.append(f"option_{option.key}")
            field = (
                secret_field(option, kept=connection is not None)
                if option.secret
                else option_field(option)
            )
            self.fields[f"option_{option.key}"] = field
        self.fields["page_size"].help_text = _(
            "Leave empty for %(n)s. This vendor gives at most %(most)s"
        ) % {
            "n": connector.page_size,
            "most": connector.max_page_size,
        }
        usual = connector.requests_per_minute
        self.fields["requests_per_minute"].help_text = (
            _("Leave empty for %(n)s, which this vendor allows") % {"n": usual} if usual else ""
        )

    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [
            (_("Account"), [self["name"], *map(self.__getitem__, self.secret_names)]),
            (_("Options"), sorted(map(self.__getitem__, self.option_names), key=_is_switch)),
            (_("How it is pulled"), list(map(self.__getitem__, SETTINGS[1:]))),
        ]

    def given(self) -> dict[str, Any]:
        """Keys and values as `connections add --set` takes them."""
        found: dict[str, Any] = {"region": self.cleaned_data["region"]}
        for option in (*self.connector.secrets, *self.connector.all_options()):
            prefix = "secret" if option in self.connector.secrets else "option"
            value = self.cleaned_data[f"{prefix}_{option.key}"]
            if value or not option.secret:
                found[option.key] = value
        for key in ("page_size", "requests_per_minute"):
            if self.cleaned_data[key]:
                found[key] = self.cleaned_data[key]
        return found

    def try_out(self) -> dict[str, Any]:
        """Whether the vendor answers under what was typed, in words. Nothing is stored."""
        if not self.is_valid():
            fields = [
                (self[name].label if name in self.fields else "", " ".join(map(str, words)))
                for name, words in self.errors.items()
            ]
            return {"well": False, "words": _("Something is missing."), "fields": fields}
        connection = self.connection or Connection(vendor=self.connector.slug)
        try:
            read = accounts.try_out(connection, self.given())
        except (*accounts.TROUBLES, UnreadableSecretsError) as error:
            return {"well": False, "words": say(str(error))}
        return {"well": True, "words": vendor_answers(read)}

    def save(self) -> Connection | None:
        """The connection, or None with the reason among the form's errors."""
        try:
            with transaction.atomic():
                return self._add() if self.connection is None else self._change(self.connection)
        except accounts.InvalidError as error:
            self.add_error(None, say(str(error)))
        except IntegrityError:
            self.add_error("name", _("There is a connection of that name already."))
        return None

    def _add(self) -> Connection:
        found = self.cleaned_data
        connection = accounts.add(
            self.connector.slug, found["name"], self.given(), trust=found["trust"]
        )
        connection.pull_minutes = found["pull_minutes"]
        connection.save(update_fields=["pull_minutes"])
        return connection

    def _change(self, connection: Connection) -> Connection:
        for key in SETTINGS:
            setattr(connection, key, self.cleaned_data[key])
        accounts.settle(connection, self.given())
        connection.save(update_fields=SAVED)
        return connection


def vendor_answers(read: int) -> str:
    """What to say of a vendor that answered; `read`: known customers that were read again."""
    known = ngettext(
        "The vendor answers. %(n)s known customer was read again and is still the same.",
        "The vendor answers. %(n)s known customers were read again and are still the same.",
        read,
    )
    return known % {"n": number(read)} if read else _("The vendor answers.")


def _is_switch(field: forms.BoundField) -> bool:
    return isinstance(field.field, forms.BooleanField)


def _initial(connector: type[Connector], connection: Connection | None) -> dict[str, Any]:
    options = {option.key: option.default for option in connector.all_options()}
    if connection is None:
        found: dict[str, Any] = {"region": connector.region, "trust": 50, "pull_minutes": 15}
    else:
        options |= connection.public_options()
        found = {key: getattr(connection, key) for key in SETTINGS}
        found["region"] = connection.country
    shown = {f"option_{key}": value for key, value in options.items()}
    return {**found, **shown}


def secret_field(option: Option, *, kept: bool) -> forms.Field:
    """An input that never shows what is stored."""
    hint = _("Leave empty to keep the one that is stored.") if kept else ""
    return forms.CharField(
        label=_(option.label),
        required=option.required and not kept,
        strip=True,
        max_length=2000,
        help_text=" ".join(filter(None, [_(option.help) if option.help else "", hint])),
        widget=UnfoldAdminPasswordWidget(
            attrs={"autocomplete": "new-password"}, render_value=False
        ),
    )


def option_field(option: Option) -> forms.Field:
    words: dict[str, Any] = {
        "label": _(option.label),
        "help_text": _(option.help) if option.help else "",
    }
    if isinstance(option.default, bool):
        return forms.BooleanField(required=False, widget=UnfoldBooleanSwitchWidget(), **words)
    if option.choices:
        return forms.ChoiceField(
            required=option.required,
            choices=[(one, one) for one in option.choices],
            widget=UnfoldAdminSelectWidget(),
            **words,
        )
    return forms.CharField(
        required=option.required, max_length=2000, widget=UnfoldAdminTextInputWidget(), **words
    )

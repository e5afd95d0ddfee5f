"""Adding a customer by hand, and editing one."""

from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from customers import editing
from customers.admin.base import DeskAdmin, typed
from customers.admin.customer_fields import CustomerForm, initial
from customers.admin.customer_timeline import timeline
from customers.admin.engine_words import say
from customers.admin.reader import sees_documents
from customers.admin.words import label
from customers.golden import home_country
from customers.models import Connection, Customer
from customers.values import Values

# Adding


def add_page(desk: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """Existing matches are shown before saving; saving all the same needs a second press."""
    form = CustomerForm(typed(request))
    matches: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.values().items() if value != ""}
        if not values:
            form.add_error(None, _("Type at least a name, an e-mail, a phone or a document."))
        else:
            region = _region(values)
            found = editing.find_matches(values, region)
            ids = ",".join(str(match.customer.pk) for match in found)
            if not found or request.POST.get("seen") == ids:
                customer = editing.add_customer(values, request.user, region)
                desk.say(request, _("%(name)s was added.") % {"name": customer})
                return desk.back(customer.pk)
            matches = [{"customer": one.customer, "reason": say(one.reason)} for one in found]
    seen = ",".join(str(match["customer"].pk) for match in matches)
    return desk.page(
        request,
        "customer_add.html",
        _("Add a customer"),
        form=form,
        matches=matches,
        seen=seen,
    )


def _region(values: Values) -> str:
    """Where a phone typed without its country is read: the person's country, else that of
    the first connection."""
    found = home_country({name: one for name, one in values.items() if name != "phone"})
    if found:
        return found
    first = Connection.present.order_by("pk").first()
    return first.country if first else ""


# Editing


class Difference(NamedTuple):
    """A field that somebody saved while this person had the form open. `asked`: this person
    typed another value."""

    name: str
    field: str
    before: str
    theirs: str
    mine: str
    asked: bool


def edit_page(desk: DeskAdmin, request: HttpRequest, customer: Customer) -> HttpResponse:
    """`version` is what the person saw; when somebody saved meanwhile what the form shows,
    nothing is written and the page says what changed, keeping what was typed. `theirs` names
    the fields of which this person then takes what the other saved."""
    form = CustomerForm(typed(request), initial=initial(customer), documents=sees_documents())
    stale: list[Difference] = []
    if request.method == "POST" and form.is_valid():
        theirs = request.POST.getlist("theirs")
        changes = {
            name: value for name, value in form.changed_values().items() if name not in theirs
        }
        stale = _save(form, customer, changes, request)
        if not stale:
            words = _("Saved.") if changes else _("Nothing was changed.")
            desk.say(request, words, messages.SUCCESS if changes else messages.INFO)
            return desk.back(customer.pk)
        form = _rebased(form, customer)
    return desk.page(
        request,
        "customer_edit.html",
        str(customer),
        customer=customer,
        form=form,
        stale=stale,
        last=timeline(customer.pk, most=1)[0][:1] if stale else [],
        version=customer.version,
    )


def _save(
    form: CustomerForm, customer: Customer, changes: Values, request: HttpRequest
) -> list[Difference]:
    """Save the changes; or nothing, when somebody saved meanwhile: what they changed of what
    the form shows. Whatever else they changed is no reason to ask."""
    version = _version(request)
    while changes:
        try:
            editing.edit(customer.pk, changes, request.user, version, _region_of(customer))
        except editing.StaleError:
            customer.refresh_from_db()
            found = differences(form, customer)
            if found:
                return found
            version = customer.version
        else:
            break
    return []


def _region_of(customer: Customer) -> str:
    return customer.country or _region({})


def _version(request: HttpRequest) -> int:
    try:
        return int(request.POST.get("version", ""))
    except ValueError:
        return 0


def differences(form: CustomerForm, customer: Customer) -> list[Difference]:
    """What somebody else saved since this person opened the form: before, theirs, mine."""
    now, mine = initial(customer), set(form.changed_data)
    found = []
    for field, names in form.names.items():
        before = {name: _seen(form, name) for name in names}
        theirs = {name: str(now[name]) for name in names}
        if before != theirs:
            own = {name: str(form.data.get(name, "")) for name in names}
            typed_too = bool(mine.intersection(names)) and own != theirs
            found.append(
                Difference(
                    field,
                    label(field),
                    _line(form, before),
                    _line(form, theirs),
                    _line(form, own) if typed_too else "",
                    typed_too,
                )
            )
    return found


def _line(form: CustomerForm, texts: dict[str, str]) -> str:
    found = []
    for name, text in texts.items():
        field = form.fields[name]
        choices = dict(_choices(field))
        found.append(str(choices.get(text, text)) if text else "")
    return " ".join(text for text in found if text)


def _choices(field: forms.Field) -> Any:
    return field.choices if isinstance(field, forms.ChoiceField) else ()


def _seen(form: CustomerForm, name: str) -> str:
    """The value of an input when the person opened the form."""
    return str(form.data.get(form.add_initial_prefix(name), ""))


def _rebased(form: CustomerForm, customer: Customer) -> CustomerForm:
    """The form again, on the values as they are now, with what this person had typed."""
    now, mine = initial(customer), set(form.changed_data)
    data = QueryDict(mutable=True)
    data.update({name: form.data[name] for name in form.data})
    for name, value in now.items():
        data[form.add_initial_prefix(name)] = value
        if name not in mine:
            data[name] = value
    return CustomerForm(data, initial=now, documents=sees_documents())

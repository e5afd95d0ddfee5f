"""The buttons beside a customer's golden fields: take another value, pin, ignore. Each calls
one function."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _

from connectors.fields import clean
from customers import editing, ignoring, pinning
from customers.admin.base import DeskAdmin
from customers.admin.customer_golden import value_sent
from customers.admin.words import FIELD_LABELS, label
from customers.models import Customer, CustomerLink
from customers.values import Value

Change = Callable[[HttpRequest, Customer, str, int], str]
WHY = 200


def buttons(desk: DeskAdmin) -> list[URLPattern]:
    """The addresses of the buttons, all POST, for those who may change a customer."""
    verbs: dict[str, Change] = {
        "take": _take,
        "pin": _pin,
        "unpin": _unpin,
        "ignore": _ignore,
        "heed": _heed,
    }
    return [desk.button(name, _pressed(desk, verb)) for name, verb in verbs.items()]


def _pressed(desk: DeskAdmin, verb: Change) -> Callable[..., HttpResponse]:
    def view(request: HttpRequest, object_id: int) -> HttpResponse:
        customer = desk.found(Customer.objects.all(), str(object_id))
        name = request.POST.get("field", "")
        version = request.POST.get("version", "")
        if name not in FIELD_LABELS or not version.isdecimal():
            return desk.back(object_id)
        try:
            desk.say(request, verb(request, customer, name, int(version)))
        except editing.StaleError:
            words = _("Nothing was done: somebody changed this customer meanwhile. Look once more.")
            desk.say(request, words, messages.WARNING)
        return desk.back(object_id)

    return view


def _value(request: HttpRequest, customer: Customer, name: str) -> Value:
    """The value that the button names; a stale one is known no more."""
    links = CustomerLink.objects.filter(customer=customer).select_related("connection")
    found = value_sent(name, customer, list(links), request.POST.get("value", ""))
    if found is None:
        raise editing.StaleError
    return found


def _why(request: HttpRequest) -> str:
    return clean(request.POST.get("why", ""))[:WHY]


def _take(request: HttpRequest, customer: Customer, name: str, version: int) -> str:
    value = _value(request, customer, name)
    editing.edit(customer.pk, {name: value}, request.user, version, customer.country)
    return _("%(field)s: taken.") % {"field": label(name)}


def _pin(request: HttpRequest, customer: Customer, name: str, version: int) -> str:
    pinning.pin(customer.pk, name, request.user, version, _why(request))
    return _("%(field)s is pinned: no vendor changes it.") % {"field": label(name)}


def _unpin(request: HttpRequest, customer: Customer, name: str, version: int) -> str:
    pinning.unpin(customer.pk, name, request.user, version)
    return _("%(field)s is no longer pinned.") % {"field": label(name)}


def _ignore(request: HttpRequest, customer: Customer, name: str, version: int) -> str:
    value = _value(request, customer, name)
    ignoring.ignore(customer.pk, name, value, request.user, version, _why(request))
    return _("%(field)s: the value is ignored from now on.") % {"field": label(name)}


def _heed(request: HttpRequest, customer: Customer, name: str, version: int) -> str:
    ignoring.heed(customer.pk, name, _value(request, customer, name), request.user, version)
    return _("%(field)s: the value counts again.") % {"field": label(name)}

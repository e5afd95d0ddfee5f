"""The page on which a person is erased: what will happen everywhere, and the word for it. And
the file with everything that is kept about a person."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from customers import erasing
from customers.admin.access import ERASE, EXPORT
from customers.admin.base import DeskAdmin, address, typed
from customers.admin.engine_words import say
from customers.admin.remove_page import remove_page
from customers.admin.words import number
from customers.dossier import dossier
from customers.erasing import Preview
from customers.forgetting import Traces
from customers.models import Customer, Erasure, ErasureState
from customers.tasks import pursue_erasures

Page = Callable[[DeskAdmin, HttpRequest, Customer], HttpResponse]


def addresses(desk: DeskAdmin) -> list[URLPattern]:
    """Of what a person may ask for about themselves, and of what else takes something away."""

    def view(name: str, permission: str, page: Page) -> URLPattern:
        def shown(request: HttpRequest, object_id: int) -> HttpResponse:
            desk.demand(request.user.has_perm(permission))
            return page(desk, request, desk.found(Customer.objects.all(), str(object_id)))

        return desk.own_page(f"<int:object_id>/{name}/", name, shown)

    return [
        view("erase", ERASE, erase_page),
        view("export", EXPORT, export_file),
        view("remove", ERASE, remove_page),
    ]


class EraseForm(forms.Form):
    """The reference, whether vendors are asked, and the customer's number typed once more."""

    ask = forms.BooleanField(
        label=gettext_lazy("Let the vendors that can delete do so"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Your own number for the request; no name, no e-mail"),
        widget=UnfoldAdminTextInputWidget(),
    )
    number = forms.CharField(
        label=gettext_lazy("The customer's number, once more"),
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "inputmode": "numeric"}),
    )

    def __init__(self, customer_id: int, *args: Any, may_ask: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer_id = customer_id
        if not may_ask:
            del self.fields["ask"]
        self.fields["number"].help_text = _("Type %(number)s. It cannot be taken back.") % {
            "number": customer_id
        }

    def clean_number(self) -> str:
        found: str = self.cleaned_data["number"].strip().removeprefix("#")
        if found != str(self.customer_id):
            raise forms.ValidationError(_("That is not this customer's number."))
        return found


def erase_page(desk: DeskAdmin, request: HttpRequest, customer: Customer) -> HttpResponse:
    found = erasing.preview(customer.pk, ask=True)
    if found.customer.erased_at is not None:
        return desk.back(customer.pk)
    may_ask = any(one.able for one in found.records)
    form = EraseForm(found.customer.pk, typed(request), initial={"ask": True}, may_ask=may_ask)
    if request.method == "POST" and form.is_valid():
        try:
            return _erase(desk, request, found.customer, form)
        except erasing.RefusedError as error:
            found.refused = str(error)
    return desk.page(
        request,
        "erase.html",
        _("Erase %(name)s?") % {"name": found.customer},
        customer=found.customer,
        form=form,
        records=_records(found),
        traces=_traces(found.traces),
        merged=len(found.customers) - 1,
        refused=say(found.refused) if found.refused else "",
    )


def _erase(
    desk: DeskAdmin, request: HttpRequest, customer: Customer, form: EraseForm
) -> HttpResponse:
    erasure = erasing.erase(
        customer.pk,
        request.user,
        reference=form.cleaned_data["reference"],
        ask=form.cleaned_data.get("ask", False),
    )
    for connection_id in sorted({line.connection_id for line in erasure.lines.all()}):
        pursue_erasures.delay_on_commit(connection_id)
    desk.say(request, _("Erased. Below is what is left to be done at the vendors."))
    return HttpResponseRedirect(address("erasure", erasure.pk))


def _records(found: Preview) -> list[dict[str, Any]]:
    return [
        {
            "connection": one.link.connection,
            "vendor": one.link.connection.get_vendor_display(),
            "external_id": one.link.external_id,
            "what": say(one.note),
            "able": one.state == ErasureState.ASKED,
        }
        for one in found.records
    ]


def _traces(found: Traces) -> list[tuple[str, str]]:
    """What goes beside the customer and its links, counted."""
    return [
        (_("Lines of the timeline"), number(found.events)),
        (_("Questions"), number(found.questions)),
        (_("Writes"), number(found.writes)),
        (_("Merges"), number(found.merges)),
        (_("Match keys"), number(found.keys)),
        (_("Records set aside"), number(found.set_aside)),
    ]


def erased_page(desk: DeskAdmin, request: HttpRequest, customer: Customer) -> HttpResponse:
    """What an old address of an erased person says."""
    case = Erasure.objects.filter(customer=customer.pk).order_by("-pk").first()
    may_see = request.user.has_perm("customers.view_erasure")
    return desk.page(
        request,
        "erased.html",
        _("Erased"),
        customer=customer,
        case=case if may_see else None,
    )


def export_file(desk: DeskAdmin, request: HttpRequest, customer: Customer) -> HttpResponse:
    """Everything about a person as one file."""
    if customer.erased_at is not None:
        desk.say(request, _("Nothing is kept about this person."), messages.INFO)
        return desk.back(customer.pk)
    answer = JsonResponse(
        dossier(customer.pk), json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
    answer["Content-Disposition"] = f'attachment; filename="customer-{customer.pk}.json"'
    answer["Cache-Control"] = "no-store"
    return answer

"""The list of customers, and the addresses of a customer's pages."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from customers import rereading, search
from customers.admin import erase_page
from customers.admin.access import MERGE
from customers.admin.badges import badges
from customers.admin.base import DeskAdmin, unbroken
from customers.admin.customer_filters import CountryFilter, LinkStateFilter, VendorFilter
from customers.admin.customer_forms import add_page, edit_page
from customers.admin.customer_page import customer_page
from customers.admin.customer_timeline import Filter, choices, timeline
from customers.admin.customer_values import buttons
from customers.admin.customer_writes import add_to_action, add_to_view, push_view
from customers.admin.merge_page import merge_address, merge_page
from customers.admin.palette import palette_view
from customers.admin.unmerge_page import merges_context, unmerge_page
from customers.admin.words import document
from customers.editing import ErasedError
from customers.families import root_of
from customers.models import Connection, Customer, CustomerLink
from customers.phones import formatted
from customers.tasks import pull_connection
from customers.uniting import MOST

LISTED = (
    "name",
    "company_name",
    "email",
    "phone",
    "document_type",
    "document_number",
    "document_country",
    "country",
)


@admin.register(Customer)
class CustomerAdmin(DeskAdmin):
    list_display = ("who", "email_shown", "phone_shown", "document_shown", "country_shown", "known")
    actions = ("merge_chosen", "add_to_vendor")
    list_filter = (VendorFilter, LinkStateFilter, CountryFilter)
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Name, e-mail, phone or document")
    empty_words = gettext_lazy("No customers yet")
    empty_next = gettext_lazy("They come with the first pull: connect a vendor to begin.")
    empty_link = "admin:customers_connection_changelist"
    empty_link_words = gettext_lazy("Go to connections")

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        links = CustomerLink.objects.only("customer_id", "state", "connection_id").order_by("id")
        return (
            Customer.objects.filter(merged_into__isnull=True, erased_at__isnull=True)
            .only(*LISTED)
            .prefetch_related(Prefetch("links", links), "links__connection")
            .order_by("-id")
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        return search.matching(queryset, search_term), False

    @display(description=gettext_lazy("Name"))
    def who(self, customer: Customer) -> str:
        return str(customer)

    @display(description=gettext_lazy("E-mail"))
    def email_shown(self, customer: Customer) -> str:
        return customer.email

    @display(description=gettext_lazy("Phone"))
    def phone_shown(self, customer: Customer) -> str:
        return unbroken(formatted(customer.phone))

    @display(description=gettext_lazy("Document"))
    def document_shown(self, customer: Customer) -> str:
        if not customer.document_number:
            return ""
        shown = {
            "type": customer.document_type,
            "number": customer.document_number,
            "country": customer.document_country,
        }
        return unbroken(document(shown))

    @display(description=gettext_lazy("Country"))
    def country_shown(self, customer: Customer) -> str:
        return customer.country

    @display(description=gettext_lazy("Known to"))
    def known(self, customer: Customer) -> str:
        return badges(customer.links.all())

    # The pages

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_page("find/", "find", palette_view(self)),
            self.own_page("<int:object_id>/edit/", "edit", self.edit_view),
            self.own_page("<int:object_id>/timeline/", "timeline", self.timeline_view),
            self.own_page("merge/", "merge", self.merge_view),
            self.own_page("<int:object_id>/unmerge/", "unmerge", self.unmerge_view),
            self.own_page("add-to/", "add_to", self.add_to_view),
            self.button("pull", self.pull_view),
            self.button("push", self.push_view),
            *buttons(self),
            *erase_page.addresses(self),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        self.demand(self.has_view_permission(request))
        customer = self.found(Customer.objects.all(), object_id)
        if customer.erased_at is not None:
            return erase_page.erased_page(self, request, customer)
        if customer.merged_into_id:
            root = root_of(customer.pk)
            told = {"name": customer, "id": customer.pk, "root": root}
            words = _("%(name)s (#%(id)s) was merged into this customer.") % told
            self.say(request, words, messages.INFO)
            return self.back(root)
        return self.page(
            request,
            "customer.html",
            str(customer),
            **customer_page(customer),
            **merges_context(customer),
            may_merge=self.has_merge_permission(request),
        )

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        self.demand(self.has_add_permission(request))
        return add_page(self, request)

    def timeline_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Everything that happened to a customer, in pages, by field and by vendor."""
        self.demand(self.has_view_permission(request))
        customer = self.found(Customer.objects.all(), str(object_id))
        wanted = Filter.asked(request.GET)
        lines, older = timeline(customer.pk, wanted)
        return self.page(
            request,
            "timeline.html",
            _("What happened to %(customer)s") % {"customer": customer},
            customer=customer,
            lines=lines,
            older=older,
            narrow=choices(customer.pk, wanted),
        )

    def edit_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        self.demand(self.has_change_permission(request))
        standing = Customer.objects.filter(merged_into__isnull=True)
        customer = self.found(standing, str(object_id))
        try:
            if customer.erased_at is None:
                return edit_page(self, request, customer)
        except ErasedError:  # while the form was open
            pass
        return self.back(object_id)

    # Merging

    @action(description=gettext_lazy("Merge…"), permissions=["merge"])
    def merge_chosen(
        self, request: HttpRequest, queryset: QuerySet[Customer]
    ) -> HttpResponseRedirect:
        """To the page on which the chosen customers are merged."""
        return HttpResponseRedirect(merge_address(queryset.values_list("pk", flat=True)[:MOST]))

    def has_merge_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MERGE)

    def merge_view(self, request: HttpRequest) -> HttpResponse:
        self.demand(self.has_merge_permission(request))
        return merge_page(self, request)

    def unmerge_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        self.demand(self.has_merge_permission(request))
        customer = self.found(Customer.objects.all(), str(object_id))
        return unmerge_page(self, request, customer)

    # Telling vendors

    def push_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return push_view(self, request, object_id)

    def add_to_view(self, request: HttpRequest) -> HttpResponse:
        return add_to_view(self, request)

    @action(description=gettext_lazy("Add to a vendor"), permissions=["change"])
    def add_to_vendor(self, request: HttpRequest, rows: QuerySet[Customer]) -> HttpResponse:
        return add_to_action(self, request, rows)

    def pull_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Pull one link of the customer now."""
        links = CustomerLink.objects.filter(
            customer_id=object_id, connection__in=Connection.present.all()
        )
        link = self.found(links, request.POST.get("link", ""))
        pull_connection.delay_on_commit(rereading.ask(link.pk))
        self.say(request, _("Asked. The record is read again within moments."), messages.SUCCESS)
        return self.back(object_id)

"""Open questions. Those about a field are decided on their own page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from customers.admin import field_questions, gone_page, reviewing, taking_back
from customers.admin.access import RESOLVE
from customers.admin.base import DeskAdmin, address, unbroken
from customers.admin.conflict_filters import ConnectionFilter, FieldFilter
from customers.admin.duplicate_page import addresses, duplicate_page
from customers.admin.engine_words import say
from customers.admin.words import ago, label, shown
from customers.models import Conflict, ConflictKind, Customer

COLOURS = {
    ConflictKind.FIELD: "warning",
    ConflictKind.DUPLICATE: "info",
    ConflictKind.DELETED: "danger",
}


@admin.register(Conflict)
class ConflictAdmin(DeskAdmin):
    list_display = ("kind_shown", "who", "other_shown", "about", "why", "opened")
    list_display_links = ("kind_shown",)
    list_filter = (("kind", ChoicesDropdownFilter), FieldFilter, ConnectionFilter)
    list_before_template = "customers/question_groups.html"
    empty_words = _("No open questions")
    empty_next = _("When two sides really disagree, the question waits here for a person.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conflict]:
        return (
            Conflict.objects.filter(closed_at__isnull=True)
            .select_related("customer", "other", "link__connection", "link__customer")
            .order_by("-id")
        )

    def get_urls(self) -> list[URLPattern]:
        return [
            *reviewing.addresses(self),
            *taking_back.addresses(self),
            *field_questions.addresses(self),
            *gone_page.addresses(self),
            *addresses(self),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        groups = field_questions.groups() if request.user.has_perm(RESOLVE) else []
        more = {
            "groups": groups,
            "review": reviewing.way_in(request.user),
            "take_back": taking_back.offer(request.user),
        }
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """An open question has a page of its own; any other is shown on its customer's."""
        self.demand(self.has_view_permission(request))
        rows = Conflict.objects.select_related(
            "customer", "other", "link__connection", "link__customer"
        )
        found = self.found(rows, object_id)
        if found.kind == ConflictKind.FIELD and found.link and found.closed_at is None:
            return field_questions.question_page(self, request, found)
        if found.kind == ConflictKind.DELETED:
            return HttpResponseRedirect(gone_page.page_of(found))
        if found.kind == ConflictKind.DUPLICATE and found.closed_at is None:
            return duplicate_page(self, request, found)
        return HttpResponseRedirect(address("customer", found.customer_id))

    @display(
        description=_("Question"), label={str(kind): colour for kind, colour in COLOURS.items()}
    )
    def kind_shown(self, conflict: Conflict) -> tuple[str, str]:
        return conflict.kind, str(conflict.get_kind_display())

    @display(description=_("Customer"))
    def who(self, conflict: Conflict) -> str:
        return _linked(conflict.customer)

    @display(description=_("Other customer"))
    def other_shown(self, conflict: Conflict) -> str:
        return _linked(conflict.other)

    @display(description=_("About"))
    def about(self, conflict: Conflict) -> str:
        """The field, with our value and theirs; of any other question, the way to decide."""
        if conflict.kind == ConflictKind.DELETED:
            return gone_page.decide_link(conflict)
        if conflict.kind == ConflictKind.DUPLICATE:
            return format_html(
                '<a class="desk-link" href="{}">{}</a>',
                address("conflict", conflict.pk),
                gettext("Decide"),
            )
        if not conflict.field:
            return ""
        return render_to_string(
            "customers/sides.html",
            {
                "field": label(conflict.field),
                "link": address("conflict", conflict.pk),
                "ours": shown(conflict.field, conflict.hub),
                "theirs": shown(conflict.field, conflict.vendor),
            },
        )

    @display(description=_("Reason"))
    def why(self, conflict: Conflict) -> str:
        where = str(conflict.link.connection) if conflict.link else ""
        return " · ".join(part for part in (say(conflict.reason), where) if part)

    @display(description=_("Opened"))
    def opened(self, conflict: Conflict) -> str:
        return unbroken(ago(conflict.opened_at))


def _linked(customer: Customer | None) -> str:
    if customer is None:
        return ""
    return format_html(
        '<a class="desk-link" href="{}">{}</a>', address("customer", customer.pk), customer
    )

"""Records that could not be read, with why, and a way to try again."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from customers import rereading
from customers.admin.base import DeskAdmin, unbroken
from customers.admin.connection_filters import PresentDropdownFilter
from customers.admin.customer_page import pretty
from customers.admin.engine_words import say
from customers.admin.words import ago, moment, told
from customers.models import SetAside
from customers.tasks import pull_connection


@admin.register(SetAside)
class SetAsideAdmin(DeskAdmin):
    list_display = ("record", "connection", "why", "first", "last")
    list_filter = (("connection", PresentDropdownFilter),)
    empty_words = gettext_lazy("Every record could be read")
    empty_next = gettext_lazy(
        "A vendor's record that makes no sense is kept here with the reason, and the rest goes on."
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[SetAside]:
        return SetAside.objects.select_related("connection").order_by("-last_at", "-id")

    @display(description=gettext_lazy("Id at the vendor"))
    def record(self, found: SetAside) -> str:
        return found.external_id or _("not readable")

    @display(description=gettext_lazy("Why"))
    def why(self, found: SetAside) -> str:
        return told(say(found.reason))

    @display(description=gettext_lazy("First met"))
    def first(self, found: SetAside) -> str:
        return unbroken(ago(found.first_at))

    @display(description=gettext_lazy("Last met"))
    def last(self, found: SetAside) -> str:
        return unbroken(ago(found.last_at))

    def get_urls(self) -> list[URLPattern]:
        return [self.button("retry", self.retry_view), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        self.demand(self.has_view_permission(request))
        found = self.found(SetAside.objects.select_related("connection", "run"), object_id)
        return self.page(
            request,
            "set_aside.html",
            _("Record %(id)s of %(connection)s")
            % {"id": found.external_id or "?", "connection": found.connection},
            found=found,
            reason=told(say(found.reason)),
            text=pretty(found.text),
            first=moment(found.first_at),
            last=moment(found.last_at),
        )

    def retry_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        found = self.found(SetAside.objects.all(), str(object_id))
        pull_connection.delay_on_commit(rereading.retry(found.pk))
        self.say(request, _("Asked. The record is read again within moments."))
        return self.back(object_id)

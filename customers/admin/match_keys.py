"""Match keys that are no evidence any more: too many different people carry them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from customers.admin.access import SEE_DOCUMENTS
from customers.admin.base import DeskAdmin, unbroken
from customers.admin.engine_words import KINDS
from customers.admin.words import ago, document
from customers.models import MatchKey
from customers.phones import formatted


@admin.register(MatchKey)
class MatchKeyAdmin(DeskAdmin):
    list_display = ("value_shown", "kind_shown", "retired")
    empty_words = _("No match key is retired")
    empty_next = _("An e-mail or phone that too many different people carry is retired by itself.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[MatchKey]:
        return MatchKey.objects.filter(retired_at__isnull=False).order_by("-retired_at", "-id")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A key leads to the customers who have it."""
        self.demand(self.has_view_permission(request))
        key = self.found(MatchKey.objects.all(), object_id)
        self.demand(key.kind != "document" or request.user.has_perm(SEE_DOCUMENTS))
        query = urlencode({"q": key.value.rpartition(":")[2]})
        return HttpResponseRedirect(f"{reverse('admin:customers_customer_changelist')}?{query}")

    @display(description=_("Key"))
    def value_shown(self, key: MatchKey) -> str:
        if key.kind == "document":
            return document(key.value.rpartition(":")[2])
        return formatted(key.value) if key.kind == "phone" else key.value

    @display(description=_("Kind"))
    def kind_shown(self, key: MatchKey) -> str:
        return str(KINDS.get({"email": "e-mail"}.get(key.kind, key.kind), key.kind)).capitalize()

    @display(description=_("Retired"))
    def retired(self, key: MatchKey) -> str:
        return unbroken(ago(key.retired_at))

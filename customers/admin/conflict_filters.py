"""How the list of questions is narrowed: by the field, by the connection."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from customers.admin.words import FIELD_LABELS
from customers.models import Conflict, Connection


class FieldFilter(DropdownFilter):
    title = _("field")
    parameter_name = "field"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(FIELD_LABELS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conflict]) -> QuerySet[Conflict]:
        return queryset.filter(field=self.value()) if self.value() else queryset


class ConnectionFilter(DropdownFilter):
    title = _("connection")
    parameter_name = "connection"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(one.pk), one.name) for one in Connection.present.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conflict]) -> QuerySet[Conflict]:
        value = self.value()
        if not value or not value.isdecimal():
            return queryset
        return queryset.filter(link__connection=int(value))

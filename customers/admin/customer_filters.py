"""How the list of customers is narrowed: by the vendors' links, by country."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from customers.models import Customer, CustomerLink, LinkState
from customers.models.connection import vendor_choices

NO_LINK = "none"
ELSEWHERE = "elsewhere"
UNKNOWN = "unknown"
COUNTRIES: dict[str, Any] = {
    "AR": _("Argentina"),
    "AZ": _("Azerbaijan"),
    "BO": _("Bolivia"),
    "BR": _("Brazil"),
    "CL": _("Chile"),
    "CO": _("Colombia"),
    "CR": _("Costa Rica"),
    "DO": _("Dominican Republic"),
    "EC": _("Ecuador"),
    "SV": _("El Salvador"),
    "GT": _("Guatemala"),
    "HN": _("Honduras"),
    "MX": _("Mexico"),
    "NI": _("Nicaragua"),
    "PA": _("Panama"),
    "PY": _("Paraguay"),
    "PE": _("Peru"),
    "PT": _("Portugal"),
    "ES": _("Spain"),
    "US": _("United States"),
    "UY": _("Uruguay"),
    "VE": _("Venezuela"),
}


def linked(*conditions: Q) -> Exists:
    return Exists(CustomerLink.objects.filter(*conditions, customer=OuterRef("pk")))


class VendorFilter(DropdownFilter):
    title = _("vendor")
    parameter_name = "vendor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return vendor_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        if not self.value():
            return queryset
        return queryset.filter(linked(Q(connection__vendor=self.value())))


class LinkStateFilter(DropdownFilter):
    """With a vendor chosen too, the state of the links to that vendor."""

    title = _("state at the vendor")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*LinkState.choices, (NO_LINK, _("Known to no vendor"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        state, vendor = self.value(), request.GET.get("vendor")
        if not state:
            return queryset
        if state == NO_LINK:
            return queryset.filter(~linked())
        there = Q(connection__vendor=vendor) if vendor else Q()
        return queryset.filter(linked(Q(state=state), there))


class CountryFilter(DropdownFilter):
    """From a fixed list: asking the table which countries it holds would read all of it."""

    title = _("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        named = sorted(COUNTRIES.items(), key=lambda pair: str(pair[1]))
        return [*named, (ELSEWHERE, _("Elsewhere")), (UNKNOWN, _("Not known"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        country = self.value()
        if not country:
            return queryset
        if country == UNKNOWN:
            return queryset.filter(country="")
        if country == ELSEWHERE:
            return queryset.exclude(country__in=["", *COUNTRIES])
        return queryset.filter(country=country)

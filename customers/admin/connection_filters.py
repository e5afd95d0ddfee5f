"""How lists are narrowed by the connection of their rows."""

from typing import Any

from django.http import HttpRequest
from unfold.contrib.filters.admin import RelatedDropdownFilter


class PresentDropdownFilter(RelatedDropdownFilter):
    """Offers the connections that were not removed; the address of another still narrows."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[Any, str]]:
        found: list[tuple[Any, str]] = field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"removed_at__isnull": True},
        )
        return found

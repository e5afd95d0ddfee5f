"""What every screen shares: lists that count nothing, nothing deleted, buttons that POST."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from customers.admin.listing import DeskChangeList

View = Callable[..., HttpResponse]


class DeskAdmin(ModelAdmin):
    """A screen. `empty_words` and `empty_next` teach what to do where a list is empty."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    actions: Any = None
    sortable_by = ()
    list_filter_submit = True
    change_list_template = "customers/list.html"
    empty_words: Any = ""
    empty_next: Any = ""
    empty_link = ""
    empty_link_words: Any = ""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DeskChangeList]:
        return DeskChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        empty = {
            "words": self.empty_words,
            "next": self.empty_next,
            "link": reverse(self.empty_link) if self.empty_link else "",
            "link_words": self.empty_link_words,
        }
        found: HttpResponse = super().changelist_view(
            request, {**(extra_context or {}), "empty": empty}
        )
        return found

    # Pages of our own

    def page(
        self, request: HttpRequest, template: str, title: str, **context: Any
    ) -> TemplateResponse:
        """A page inside the admin's frame."""
        return TemplateResponse(
            request,
            f"customers/{template}",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "inline_admin_formsets": [],
                "title": title,
                "model_admin": self,
                "may_change": self.has_change_permission(request),
                **context,
            },
        )

    def found(self, rows: "QuerySet[Any]", object_id: str) -> Any:
        """The row with this id. Raises Http404."""
        try:
            return rows.get(pk=int(object_id))
        except (ValueError, OverflowError, rows.model.DoesNotExist):
            raise Http404(_("There is no such page; it may be an old link.")) from None

    def demand(self, allowed: bool) -> None:
        if not allowed:
            raise PermissionDenied

    # Buttons

    def button(self, name: str, view: View, permission: str = "") -> URLPattern:
        """The address of a button on a row's page: POST only, for those who have the
        permission (see `access`); without one, who may change the row."""

        def pressed(request: HttpRequest, object_id: int) -> HttpResponse:
            may = request.user.has_perm(permission) if permission else None
            self.demand(self.has_change_permission(request) if may is None else may)
            return view(request, object_id)

        found: URLPattern = path(
            f"<int:object_id>/{name}/",
            self.admin_site.admin_view(require_POST(pressed)),
            name=f"{self.opts.app_label}_{self.opts.model_name}_{name}",
        )
        return found

    def own_page(self, route: str, name: str, view: View) -> URLPattern:
        found: URLPattern = path(
            route,
            self.admin_site.admin_view(view),
            name=f"{self.opts.app_label}_{self.opts.model_name}_{name}",
        )
        return found

    def back(self, object_id: Any) -> HttpResponseRedirect:
        """To the row's page."""
        return HttpResponseRedirect(address(self.opts.model_name, object_id))

    def say(self, request: HttpRequest, text: str, level: int = messages.SUCCESS) -> None:
        messages.add_message(request, level, text)


def unbroken(text: str) -> str:
    """Text that stays on one line of a list."""
    return format_html('<span class="desk-nowrap">{}</span>', text)


def typed(request: HttpRequest) -> Any:
    """What was sent with a form, None before it is sent."""
    return request.POST if request.method == "POST" else None


def address(model: str | None, object_id: Any) -> str:
    """The address of a row's page."""
    return reverse(f"admin:customers_{model}_change", args=[object_id])

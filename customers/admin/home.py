"""The first page: what needs a person now, and how the connections are."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.admin.connections import overview
from customers.admin.words import number
from customers.models import Conflict, Run, RunState, SetAside

MOST = 1000  # counted no further


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The first page's context, each part only for those who may see it."""
    may = request.user.has_perm
    rows = overview() if may("customers.view_connection") else []
    return context | {
        "rows": rows,
        "may_connections": may("customers.view_connection"),
        "may_change": may("customers.change_connection"),
        "may_add": may("customers.add_connection"),
        "may_customers": may("customers.view_customer"),
        "waiting": [
            one
            for one in (
                _waiting(may("customers.view_conflict"), "conflict", _open_questions()),
                _waiting(may("customers.view_run"), "run", Run.objects.filter(state=RunState.HELD)),
                _waiting(may("customers.view_setaside"), "setaside", SetAside.objects.all()),
            )
            if one is not None
        ],
    }


def _open_questions() -> Any:
    return Conflict.objects.filter(closed_at__isnull=True)


def _waiting(allowed: bool, model: str, rows: Any) -> dict[str, Any] | None:
    """How many rows wait, counted up to a bound."""
    if not allowed:
        return None
    found = rows.order_by()[: MOST + 1].count()
    return {
        "model": model,
        "count": found,
        "text": number(found) if found <= MOST else f"{number(MOST)}+",
    }


admin.site.index_title = _("Start")
admin.site.index_template = "customers/home.html"

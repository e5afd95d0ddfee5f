"""Runs: what each did and how it goes, why it was held or failed, and the two ways on."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from customers import scheduling, undoing
from customers.admin import undo_page
from customers.admin.base import DeskAdmin, unbroken
from customers.admin.connection_filters import PresentDropdownFilter
from customers.admin.run_words import (
    COLOURS,
    SHOWN,
    aside_line,
    before,
    causes,
    compared,
    did,
    progress,
    run_line,
    silent,
    title,
    what,
)
from customers.admin.words import ago, span
from customers.models import UNFINISHED, Run, RunKind, RunState, SetAside
from customers.tasks import pull_connection


@admin.register(Run)
class RunAdmin(DeskAdmin):
    list_display = (
        "number_shown",
        "of",
        "what_shown",
        "state_shown",
        "did_shown",
        "started",
        "took",
    )
    list_filter = (
        ("connection", PresentDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        ("mode", ChoicesDropdownFilter),
    )
    empty_words = gettext_lazy("Nothing was pulled yet")
    empty_next = gettext_lazy("A run appears here whenever a connection is pulled.")
    empty_link = "admin:customers_connection_changelist"
    empty_link_words = gettext_lazy("Go to connections")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        return Run.objects.select_related("connection").order_by("-id")

    @display(description=gettext_lazy("Run"))
    def number_shown(self, run: Run) -> str:
        return f"#{run.pk}"

    @display(description=gettext_lazy("Connection"))
    def of(self, run: Run) -> str:
        return str(run.connection) if run.connection else _("all customers")

    @display(description=gettext_lazy("What"))
    def what_shown(self, run: Run) -> str:
        return what(run)

    @display(
        description=gettext_lazy("State"),
        label={str(state): colour for state, colour in COLOURS.items()},
    )
    def state_shown(self, run: Run) -> tuple[str, str]:
        return run.state, str(run.get_state_display())

    @display(description=gettext_lazy("What it did"))
    def did_shown(self, run: Run) -> str:
        return did(run)

    @display(description=gettext_lazy("Started"))
    def started(self, run: Run) -> str:
        return unbroken(ago(run.started_at))

    @display(description=gettext_lazy("Took"))
    def took(self, run: Run) -> str:
        return unbroken(span(run.busy_seconds))

    # The page

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_page("<int:object_id>/progress/", "progress", self.progress_view),
            self.button("release", self.release_view),
            self.button("end", self.end_view),
            *undo_page.addresses(self),
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
        run = self.found(Run.objects.select_related("connection", "by"), object_id)
        return self.page(request, "run.html", title(run), **self._shown(run))

    def progress_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The page's moving part, for the script that keeps it fresh."""
        self.demand(self.has_view_permission(request))
        run = self.found(Run.objects.select_related("connection", "by"), str(object_id))
        context = {**self._shown(run), "title": title(run)}
        context["may_change"] = self.has_change_permission(request)
        answer: HttpResponse = never_cache(
            lambda _request: TemplateResponse(request, "customers/run_body.html", context)
        )(request)
        return answer

    def _shown(self, run: Run) -> dict[str, Any]:
        earlier = before(run)
        rows = SetAside.objects.filter(run=run).order_by("-last_at")[:SHOWN]
        return {
            "run": run,
            "line": run_line(run),
            "progress": progress(run),
            "silent": silent(run),
            "figures": compared(run, earlier),
            "earlier": earlier,
            "causes": causes(run=run),
            "set_aside": [aside_line(one) for one in rows],
            "held": run.state == RunState.HELD,
            "live": run.state in UNFINISHED,
            "is_pull": run.kind == RunKind.PULL,
            "undoable": not undoing.refusal(run),
        }

    def release_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        run = self.found(Run.pulls.all(), str(object_id))
        scheduling.release(run.pk, request.user.get_username())
        pull_connection.delay_on_commit(run.connection_id)
        self.say(request, _("Released: the run goes on within moments."))
        return self.back(object_id)

    def end_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        run = self.found(Run.objects.all(), str(object_id))
        scheduling.abandon(run.pk, request.user.get_username())
        self.say(request, _("Ended. The next pull begins a new run."))
        return self.back(object_id)

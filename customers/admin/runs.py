"""Runs: what each pull did, why it was held or failed, and the two ways on."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from customers import scheduling
from customers.admin.base import DeskAdmin, unbroken
from customers.admin.connection_words import counts
from customers.admin.customer_page import pretty
from customers.admin.engine_words import say
from customers.admin.words import ago, moment, number, span, told
from customers.models import Run, RunState, SetAside
from customers.tasks import pull_connection

COLOURS = {
    RunState.RUNNING: "info",
    RunState.PARTIAL: "warning",
    RunState.COMPLETE: "success",
    RunState.HELD: "warning",
    RunState.FAILED: "danger",
}
COUNTED = (
    "seen",
    "created",
    "linked",
    "changed",
    "unchanged",
    "set_aside",
    "quarantined",
    "asked",
    "requests",
)
SHOWN = 50


@dataclass
class RunLine:
    """A run in words."""

    run: Run
    what: str
    state: str
    colour: str
    counts: str
    started: str
    when: str
    took: str
    wrong: str


def run_line(run: Run) -> RunLine:
    return RunLine(
        run=run,
        what=str(run.get_mode_display()),
        state=str(run.get_state_display()),
        colour=COLOURS[RunState(run.state)],
        counts=counts(run),
        started=ago(run.started_at),
        when=moment(run.started_at),
        took=span(run.busy_seconds),
        wrong=say(run.error) if run.error else "",
    )


@admin.register(Run)
class RunAdmin(DeskAdmin):
    list_display = ("number_shown", "connection", "what", "state_shown", "did", "started", "took")
    list_filter = (
        ("connection", RelatedDropdownFilter),
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

    @display(description=gettext_lazy("What"))
    def what(self, run: Run) -> str:
        return str(run.get_mode_display())

    @display(
        description=gettext_lazy("State"),
        label={str(state): colour for state, colour in COLOURS.items()},
    )
    def state_shown(self, run: Run) -> tuple[str, str]:
        return run.state, str(run.get_state_display())

    @display(description=gettext_lazy("What it did"))
    def did(self, run: Run) -> str:
        return counts(run)

    @display(description=gettext_lazy("Started"))
    def started(self, run: Run) -> str:
        return unbroken(ago(run.started_at))

    @display(description=gettext_lazy("Took"))
    def took(self, run: Run) -> str:
        return unbroken(span(run.busy_seconds))

    # The page

    def get_urls(self) -> list[URLPattern]:
        return [
            self.button("release", self.release_view),
            self.button("end", self.end_view),
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
        run = self.found(Run.objects.select_related("connection"), object_id)
        return self.page(
            request,
            "run.html",
            _("Run %(number)s of %(connection)s")
            % {"number": f"#{run.pk}", "connection": run.connection},
            run=run,
            line=run_line(run),
            figures=[(_figure_name(name), _figure(run, name)) for name in COUNTED],
            set_aside=[
                aside_line(one)
                for one in SetAside.objects.filter(run=run).order_by("-last_at")[:SHOWN]
            ],
            held=run.state == RunState.HELD,
            unfinished=run.state in (RunState.RUNNING, RunState.PARTIAL),
        )

    def release_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        run = self.found(Run.objects.all(), str(object_id))
        scheduling.release(run.pk, request.user.get_username())
        pull_connection.delay_on_commit(run.connection_id)
        self.say(request, _("Released: the run goes on within moments."))
        return self.back(object_id)

    def end_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        run = self.found(Run.objects.all(), str(object_id))
        scheduling.abandon(run.pk, request.user.get_username())
        self.say(request, _("Ended. The next pull begins a new run."))
        return self.back(object_id)


def aside_line(found: SetAside) -> dict[str, Any]:
    """A record set aside, with its text as this reader may see it."""
    return {
        "pk": found.pk,
        "external_id": found.external_id,
        "reason": told(say(found.reason)),
        "text": pretty(found.text),
    }


def _figure_name(name: str) -> str:
    field: Any = Run._meta.get_field(name)
    return str(field.verbose_name)


def _figure(run: Run, name: str) -> str:
    return number(getattr(run, name))

"""Connections: added, described, checked, pulled, paused. Each button calls one function."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors.errors import ConnectorError
from connectors.registry import vendors
from customers import accounts, scheduling
from customers.admin.base import DeskAdmin, typed
from customers.admin.connection_forms import ConnectionForm
from customers.admin.connection_words import State, abilities, state
from customers.admin.engine_words import say
from customers.admin.run_words import RunLine, run_line
from customers.admin.words import number
from customers.models import Connection, Run
from customers.secrets import UnreadableSecretsError
from customers.tasks import pull_connection

RUNS_SHOWN = 10


@admin.register(Connection)
class ConnectionAdmin(DeskAdmin):
    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_page("<int:object_id>/settings/", "settings", self.settings_view),
            self.button("check", self.check_view),
            self.button("pull", self.pull_view),
            self.button("scan", self.scan_view),
            self.button("pause", self.pause_view),
            self.button("resume", self.resume_view),
            *super().get_urls(),
        ]

    # Pages

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self.demand(self.has_view_permission(request))
        return self.page(
            request,
            "connections.html",
            _("Connections"),
            rows=overview(),
            may_add=self.has_add_permission(request),
        )

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """First the vendor, then the form that its connector declares."""
        self.demand(self.has_add_permission(request))
        connector = vendors().get(request.GET.get("vendor", ""))
        if connector is None:
            choices = [
                {"slug": one.slug, "label": one.label, "about": f"{one.region} · {one.hosts[0]}"}
                for one in vendors().values()
            ]
            return self.page(
                request, "connection_vendors.html", _("Add a connection"), vendors=choices
            )
        form = ConnectionForm(connector, data=typed(request))
        if request.method == "POST" and form.is_valid() and (added := form.save()):
            self.say(
                request,
                _(
                    "%(name)s was added. The first pull begins by itself; Check tells at once "
                    "whether the vendor answers."
                )
                % {"name": added},
            )
            return self.back(added.pk)
        title = _("Add a connection to %(vendor)s") % {"vendor": connector.label}
        return self.page(request, "connection_form.html", title, form=form, connector=connector)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        self.demand(self.has_view_permission(request))
        connection = self.found(Connection.objects.all(), object_id)
        runs = list(Run.objects.filter(connection=connection).order_by("-id")[:RUNS_SHOWN])
        known = connection.vendor in vendors()
        able = abilities(connection.connector_class, connection.public_options()) if known else []
        return self.page(
            request,
            "connection.html",
            connection.name,
            connection=connection,
            state=state(connection, runs[0] if runs else None),
            runs=[run_line(run) for run in runs],
            abilities=able,
            set_aside=_first(connection.set_aside.order_by("-last_at")[:1]),
        )

    def settings_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        self.demand(self.has_change_permission(request))
        connection = self.found(Connection.objects.all(), str(object_id))
        form = ConnectionForm(connection.connector_class, connection, typed(request))
        if request.method == "POST" and form.is_valid():
            try:
                if form.save():
                    self.say(request, _("Saved. Check tells whether the vendor answers."))
                    return self.back(connection.pk)
            except UnreadableSecretsError as error:
                form.add_error(None, str(error))
        return self.page(
            request,
            "connection_form.html",
            _("Settings of %(name)s") % {"name": connection.name},
            form=form,
            connector=connection.connector_class,
            connection=connection,
        )

    # Buttons

    def check_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        connection = self.found(Connection.objects.all(), str(object_id))
        try:
            read = accounts.check(connection)
        except (ConnectorError, UnreadableSecretsError, accounts.OtherShopError) as error:
            self.say(request, say(str(error)), messages.ERROR)
            return self.back(object_id)
        known = ngettext(
            "The vendor answers. %(n)s known customer was read again and is still the same.",
            "The vendor answers. %(n)s known customers were read again and are still the same.",
            read,
        )
        self.say(request, known % {"n": number(read)} if read else _("The vendor answers."))
        return self.back(object_id)

    def pull_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._pull(request, object_id, full=False)

    def scan_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._pull(request, object_id, full=True)

    def _pull(self, request: HttpRequest, object_id: int, *, full: bool) -> HttpResponse:
        connection = self.found(Connection.objects.all(), str(object_id))
        scheduling.ask_for_pull(connection.pk, full=full)
        pull_connection.delay_on_commit(connection.pk)
        asked = _("Asked for a full scan of %(name)s.") if full else _("Asked to pull %(name)s.")
        told = _("It begins within moments; its run appears below.")
        self.say(request, f"{asked} {told}" % {"name": connection.name})
        return self.back(object_id)

    def pause_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._enable(request, object_id, False, _("%(name)s is paused."))

    def resume_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._enable(request, object_id, True, _("%(name)s pulls again."))

    def _enable(
        self, request: HttpRequest, object_id: int, enabled: bool, words: str
    ) -> HttpResponse:
        connection = self.found(Connection.objects.all(), str(object_id))
        Connection.objects.filter(pk=object_id).update(enabled=enabled)
        self.say(request, words % {"name": connection.name})
        return self.back(object_id)


def overview() -> list[tuple[Connection, State, RunLine | None]]:
    """Every connection with its state and its last run, in three queries."""
    last = Run.pulls.filter(connection=OuterRef("pk")).order_by("-id").values("pk")[:1]
    found = list(Connection.objects.annotate(last_run=Subquery(last)))
    runs = Run.objects.in_bulk([one.last_run for one in found if one.last_run])
    rows: list[tuple[Connection, State, RunLine | None]] = []
    for connection in found:
        run = runs.get(connection.last_run)
        rows.append((connection, state(connection, run), run_line(run) if run else None))
    return rows


def _first(rows: Any) -> Any:
    return next(iter(rows), None)

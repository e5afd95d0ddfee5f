"""Connections: added, described, checked, pulled, paused. Each button calls one function."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors.base import Connector
from connectors.registry import vendors
from customers import accounts, rereading, ruling, scheduling
from customers.admin.base import DeskAdmin, typed
from customers.admin.connection_facts import facts, troubles
from customers.admin.connection_forms import ConnectionForm, vendor_answers
from customers.admin.connection_removing import remove_view
from customers.admin.connection_words import State, abilities, state
from customers.admin.connection_writing import summary, writing_view
from customers.admin.engine_words import say
from customers.admin.run_words import RunLine, run_line
from customers.admin.words import number
from customers.applying import BusyError
from customers.models import Connection, Run
from customers.secrets import UnreadableSecretsError
from customers.tasks import apply_rules, pull_connection

RUNS_SHOWN = 10
ASKED = timedelta(minutes=5)


@admin.register(Connection)
class ConnectionAdmin(DeskAdmin):
    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_page("<int:object_id>/settings/", "settings", self.settings_view),
            self.own_page("<int:object_id>/writing/", "writing", self.writing_view),
            self.button("check", self.check_view),
            self.button("pull", self.pull_view),
            self.button("scan", self.scan_view),
            self.button("retry", self.retry_view, "customers.change_setaside"),
            self.button("pause", self.pause_view),
            self.button("resume", self.resume_view),
            self.own_page("<int:object_id>/remove/", "remove", self.remove_view),
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
        if "try" in request.POST:
            return self._tried(request, title_of(connector), form)
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
        return self.page(
            request, "connection_form.html", title_of(connector), form=form, connector=connector
        )

    def _tried(self, request: HttpRequest, title: str, form: ConnectionForm) -> HttpResponse:
        """What the vendor says to what was typed: for the script just that, else the page."""
        tried = form.try_out()
        if request.headers.get("X-Desk-Part") == "tried":
            return TemplateResponse(request, "customers/tried.html", {"tried": tried})
        return self.page(
            request,
            "connection_form.html",
            title,
            form=form,
            connector=form.connector,
            connection=form.connection,
            tried=tried,
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        self.demand(self.has_view_permission(request))
        connection = self.found(Connection.objects.select_related("removed_by"), object_id)
        runs = list(
            Run.objects.filter(connection=connection)
            .select_related("connection")
            .order_by("-id")[:RUNS_SHOWN]
        )
        last = Run.pulls.filter(connection=connection).order_by("-id").first()
        known = connection.vendor in vendors() and connection.removed_at is None
        able = abilities(connection.connector_class, connection.public_options()) if known else []
        return self.page(
            request,
            "connection.html",
            connection.name,
            connection=connection,
            state=state(connection, last),
            facts=facts(connection, last),
            troubles=troubles(connection),
            runs=[run_line(run) for run in runs],
            live=_under_way(connection),
            abilities=able,
            writing=summary(connection),
        )

    def settings_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        self.demand(self.has_change_permission(request))
        connection = self.found(Connection.present.all(), str(object_id))
        form = ConnectionForm(connection.connector_class, connection, typed(request))
        title = _("Settings of %(name)s") % {"name": connection.name}
        if "try" in request.POST:
            return self._tried(request, title, form)
        if request.method == "POST" and form.is_valid():
            try:
                if self._saved(request, form, connection):
                    return self.back(connection.pk)
            except UnreadableSecretsError as error:
                form.add_error(None, str(error))
            except BusyError as error:
                form.add_error("trust", say(str(error)))
        return self.page(
            request,
            "connection_form.html",
            title,
            form=form,
            connector=connection.connector_class,
            connection=connection,
        )

    def _saved(self, request: HttpRequest, form: ConnectionForm, connection: Connection) -> bool:
        """Save the settings; another trust is a change of rules, applied to all customers."""
        trusted = connection.trust
        with transaction.atomic():
            if not form.save():
                return False
            run = ruling.trust(connection.pk, request.user) if trusted != connection.trust else None
        self.say(request, _("Saved. Check tells whether the vendor answers."))
        if run is not None:
            apply_rules.delay_on_commit(run.pk)
            told = _("Trusted otherwise: values that nobody moved are chosen anew, in run %(n)s.")
            self.say(request, told % {"n": f"#{run.pk}"})
        return True

    def writing_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return writing_view(self, request, object_id)

    def remove_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return remove_view(self, request, object_id)

    # Buttons

    def check_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        connection = self.found(Connection.present.all(), str(object_id))
        try:
            read = accounts.check(connection)
        except (*accounts.TROUBLES, UnreadableSecretsError) as error:
            self.say(request, say(str(error)), messages.ERROR)
            return self.back(object_id)
        self.say(request, vendor_answers(read))
        return self.back(object_id)

    def pull_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._pull(request, object_id, full=False)

    def scan_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._pull(request, object_id, full=True)

    def _pull(self, request: HttpRequest, object_id: int, *, full: bool) -> HttpResponse:
        connection = self.found(Connection.present.all(), str(object_id))
        scheduling.ask_for_pull(connection.pk, full=full)
        pull_connection.delay_on_commit(connection.pk)
        asked = _("Asked for a full scan of %(name)s.") if full else _("Asked to pull %(name)s.")
        told = _("It begins within moments; its run appears below.")
        self.say(request, f"{asked} {told}" % {"name": connection.name})
        return self.back(object_id)

    def retry_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Read again all that were set aside for one reason."""
        connection = self.found(Connection.present.all(), str(object_id))
        read = rereading.retry_alike(connection.pk, request.POST.get("reason", ""))
        pull_connection.delay_on_commit(connection.pk)
        told = ngettext(
            "Asked. %(n)s record is read again within moments.",
            "Asked. %(n)s records are read again within moments.",
            read,
        )
        self.say(request, told % {"n": number(read)})
        return self.back(object_id)

    def pause_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._enable(request, object_id, False, _("%(name)s is paused."))

    def resume_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return self._enable(request, object_id, True, _("%(name)s pulls again."))

    def _enable(
        self, request: HttpRequest, object_id: int, enabled: bool, words: str
    ) -> HttpResponse:
        connection = self.found(Connection.present.all(), str(object_id))
        Connection.present.filter(pk=object_id).update(enabled=enabled)
        self.say(request, words % {"name": connection.name})
        return self.back(object_id)


def _under_way(connection: Connection) -> bool:
    """Whether a worker talks to the vendor, or was just asked to: the page follows that by
    itself. Where no worker comes, it does not wait for ever."""
    now = timezone.now()
    if connection.lease_until is not None and connection.lease_until > now:
        return True
    asked = timedelta(0) <= now - connection.due_at < ASKED
    return asked and connection.pk in scheduling.due()


def overview() -> list[tuple[Connection, State, RunLine | None]]:
    """Every connection that was not removed, with its state and its last run, in three queries."""
    last = Run.pulls.filter(connection=OuterRef("pk")).order_by("-id").values("pk")[:1]
    found = list(Connection.present.annotate(last_run=Subquery(last)))
    runs = Run.objects.in_bulk([one.last_run for one in found if one.last_run])
    rows: list[tuple[Connection, State, RunLine | None]] = []
    for connection in found:
        run = runs.get(connection.last_run)
        rows.append((connection, state(connection, run), run_line(run) if run else None))
    return rows


def title_of(connector: type[Connector]) -> str:
    return _("Add a connection to %(vendor)s") % {"vendor": connector.label}

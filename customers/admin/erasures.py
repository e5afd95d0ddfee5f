"""Erasures: each case, what becomes of the person at every vendor, and what is to be done by
hand."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from connectors.errors import ConfigurationError
from customers import pursuing
from customers.admin.base import DeskAdmin, unbroken
from customers.admin.engine_words import say
from customers.admin.words import ago, moment, number
from customers.connecting import connect
from customers.models import Connection, Erasure, ErasureLine, ErasureState
from customers.secrets import UnreadableSecretsError
from customers.tasks import pursue_erasures

COLOURS = {
    ErasureState.ASKED: "info",
    ErasureState.BY_HAND: "warning",
    ErasureState.CONFIRMED: "success",
}

BY_HAND = ErasureState.BY_HAND.value


@dataclass
class Line:
    """What becomes of one record at one vendor, in words. `page`: the record's own page there.
    `times`: how often it was asked to delete it; `asked`: it is being asked whether it is gone."""

    line: ErasureLine
    state: str
    colour: str
    note: str
    when: str
    who: str
    page: str
    times: int
    asked: bool
    may_look: bool


class StateFilter(DropdownFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            (BY_HAND, gettext_lazy("To be done by hand")),
            ("open", gettext_lazy("Still open")),
            ("closed", gettext_lazy("Closed")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Erasure]) -> QuerySet[Erasure]:
        if self.value() == BY_HAND:
            return queryset.filter(pk__in=by_hand().values("pk"))
        if self.value() in ("open", "closed"):
            return queryset.filter(closed_at__isnull=self.value() == "open")
        return queryset


def by_hand() -> QuerySet[Erasure]:
    """The cases that wait for a person: something is to be done by hand at a vendor."""
    lines = ErasureLine.objects.filter(erasure=OuterRef("pk"), state=ErasureState.BY_HAND)
    return Erasure.objects.filter(Exists(lines), closed_at__isnull=True)


@admin.register(Erasure)
class ErasureAdmin(DeskAdmin):
    list_filter = (StateFilter,)
    list_display = ("number_shown", "reference", "state_shown", "waits", "opened", "by")
    empty_words = gettext_lazy("Nobody was erased")
    empty_next = gettext_lazy(
        "Whoever asks to be forgotten is erased from their customer's page. The case stays here, "
        "with what every vendor was asked and how it was confirmed."
    )
    empty_link = "admin:customers_customer_changelist"
    empty_link_words = gettext_lazy("Go to customers")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Erasure]:
        waiting = ~Q(lines__state=ErasureState.CONFIRMED) & Q(lines__isnull=False)
        return (
            Erasure.objects.select_related("opened_by")
            .annotate(waiting=Count("lines", filter=waiting))
            .order_by("-id")
        )

    @display(description=gettext_lazy("Case"))
    def number_shown(self, erasure: Erasure) -> str:
        return f"#{erasure.pk}"

    @display(description=gettext_lazy("State"), label={"open": "warning", "closed": "success"})
    def state_shown(self, erasure: Erasure) -> tuple[str, str]:
        return ("closed", _("Closed")) if erasure.closed_at else ("open", _("Still open"))

    @display(description=gettext_lazy("Still to be confirmed"))
    def waits(self, erasure: Any) -> str:
        return number(erasure.waiting) if erasure.waiting else ""

    @display(description=gettext_lazy("Opened"))
    def opened(self, erasure: Erasure) -> str:
        return unbroken(ago(erasure.opened_at))

    @display(description=gettext_lazy("By"))
    def by(self, erasure: Erasure) -> str:
        return _name(erasure.opened_by)

    # The page of a case

    def get_urls(self) -> list[URLPattern]:
        return [
            self.button("confirm", self.confirm_view),
            self.button("look", self.look_view),
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
        erasure = self.found(Erasure.objects.select_related("opened_by"), object_id)
        return self.page(
            request,
            "erasure.html",
            _("Erasure %(number)s") % {"number": f"#{erasure.pk}"},
            erasure=erasure,
            by=_name(erasure.opened_by) or _("the command line"),
            opened=moment(erasure.opened_at),
            closed=moment(erasure.closed_at),
            lines=lines(erasure),
        )

    def confirm_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A person says that the record is gone there, and how they know."""
        line = self._line(request, object_id)
        proof = request.POST.get("proof", "").strip()
        if not proof:
            words = _("Say how you know: what you saw, who wrote it, when.")
            self.say(request, words, messages.ERROR)
        elif pursuing.confirm(line.pk, request.user, proof):
            self.say(request, _("Confirmed. The id at the vendor is not kept any longer."))
        return self.back(object_id)

    def look_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask the vendor once more whether it is gone."""
        line = self._line(request, object_id)
        pursue_erasures.delay_on_commit(pursuing.look_again(line.pk))
        self.say(request, _("Asked. What the vendor says is here within moments."))
        return self.back(object_id)

    def _line(self, request: HttpRequest, object_id: int) -> Any:
        lines = ErasureLine.objects.filter(erasure=object_id)
        return self.found(lines, request.POST.get("line", ""))


def lines(erasure: Erasure) -> list[Line]:
    found = erasure.lines.select_related("connection", "confirmed_by", "write").order_by("pk")
    return [_line(one) for one in found]


def _line(line: ErasureLine) -> Line:
    page, may_look = _at_vendor(line) if line.external_id else ("", False)
    write = getattr(line, "write", None)
    return Line(
        line=line,
        state=str(ErasureState(line.state).label),
        colour=COLOURS[ErasureState(line.state)],
        note=say(line.proof or line.note),
        when=moment(line.confirmed_at or (write and write.sent_at)),
        who=_name(line.confirmed_by),
        page=page,
        times=write.attempts if write else 0,
        asked=line.due_at is not None,
        may_look=may_look,
    )


def _at_vendor(line: ErasureLine) -> tuple[str, bool]:
    """The record's page there, if it is known, and whether the vendor can be asked for it."""
    connection: Connection = line.connection
    if connection.removed_at is not None:
        return "", False
    try:
        connector = connect(connection)
    except (ConfigurationError, UnreadableSecretsError):
        return "", False
    connector.http.close()
    return connector.page_url(line.external_id), connector.can("get")


def _name(user: Any) -> str:
    return "" if user is None else user.get_full_name() or user.get_username()

"""Writes: what is to be told to vendors, what became of it, and what a person may do about it."""

from collections.abc import Callable
from typing import Any

import msgspec
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from customers import intervening
from customers.admin.base import DeskAdmin, unbroken
from customers.admin.connection_filters import PresentDropdownFilter
from customers.admin.customer_page import pretty
from customers.admin.engine_words import say
from customers.admin.words import ago, label, moment, shown
from customers.admin.write_words import COLOURS, needs_person, write_state
from customers.models import Write, WriteKind, WriteState

# Who edits customers decides about what is told of them.
DECIDES = "customers.change_customer"


@admin.register(Write)
class WriteAdmin(DeskAdmin):
    list_display = ("what", "who", "connection", "says", "state_shown", "words", "planned")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("connection", PresentDropdownFilter),
    )
    empty_words = gettext_lazy("Nothing was told to a vendor yet")
    empty_next = gettext_lazy(
        "What people decide here is told to every vendor whose writing is switched on."
    )
    empty_link = "admin:customers_connection_changelist"
    empty_link_words = gettext_lazy("Go to connections")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Write]:
        return Write.objects.select_related("customer", "connection").order_by("-id")

    @display(description=gettext_lazy("What"))
    def what(self, write: Write) -> str:
        return str(write.get_kind_display())

    @display(description=gettext_lazy("Customer"))
    def who(self, write: Write) -> str:
        return str(write.customer)

    @display(description=gettext_lazy("Says"))
    def says(self, write: Write) -> str:
        return ", ".join(label(name) for name in write.fields)

    @display(
        description=gettext_lazy("State"),
        label={str(state): colour for state, colour in COLOURS.items()},
    )
    def state_shown(self, write: Write) -> tuple[str, str]:
        return write.state, write_state(write).badge

    @display(description=gettext_lazy("In words"))
    def words(self, write: Write) -> str:
        return write_state(write).words

    @display(description=gettext_lazy("Planned"))
    def planned(self, write: Write) -> str:
        return unbroken(ago(write.planned_at))

    # The page

    def get_urls(self) -> list[URLPattern]:
        return [
            self.button("retry", self.retry_view, DECIDES),
            self.button("drop", self.drop_view, DECIDES),
            self.button("recognise", self.recognise_view, DECIDES),
            self.button("again", self.again_view, DECIDES),
            self.button("give_up", self.give_up_view, DECIDES),
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
        write = self.found(self.get_queryset(request), object_id)
        may_decide = request.user.has_perm(DECIDES)
        return self.page(
            request, "write.html", _title(write), may_decide=may_decide, **_page(write)
        )

    def retry_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        words = _("Asked. It is sent within moments.")
        return self._do(request, object_id, lambda: intervening.retry(object_id), words)

    def drop_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        user_id = request.user.pk or 0
        words = _("Let go. What differs stays as it is on both sides.")
        return self._do(request, object_id, lambda: intervening.drop(object_id, user_id), words)

    def recognise_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        external_id = request.POST.get("external_id", "").strip()
        if not external_id:
            self.say(request, _("Say which record it is."), messages.ERROR)
            return self.back(object_id)
        words = _("Noted. The record is read and linked within moments.")
        act = lambda: intervening.recognise(object_id, external_id)  # noqa: E731
        return self._do(request, object_id, act, words)

    def again_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        words = _("Asked. The vendor is searched once more, and then it is created.")
        return self._do(request, object_id, lambda: intervening.create_again(object_id), words)

    def give_up_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        words = _("Given up. Nothing more is sent for it.")
        return self._do(request, object_id, lambda: intervening.give_up(object_id), words)

    def _do(
        self, request: HttpRequest, object_id: int, act: Callable[[], None], words: str
    ) -> HttpResponse:
        self.found(Write.objects.all(), str(object_id))
        try:
            act()
        except intervening.NotNowError as error:
            self.say(request, say(str(error)), messages.WARNING)
        else:
            self.say(request, words)
        return self.back(object_id)


def _title(write: Write) -> str:
    return _("%(what)s at %(where)s") % {
        "what": write.get_kind_display(),
        "where": write.connection,
    }


def _page(write: Write) -> dict[str, Any]:
    state = WriteState(write.state)
    lost = write.kind == WriteKind.CREATE and state == WriteState.UNKNOWN
    return {
        "write": write,
        "state": write_state(write),
        "rows": [
            (label(name), shown(name, before), shown(name, sent), _words(write, name))
            for name, (before, sent) in write.fields.items()
        ],
        "others": [
            (label(name), say(words))
            for name, words in write.field_messages.items()
            if name not in write.fields
        ],
        "times": [(words, moment(at)) for words, at in _times(write) if at],
        "body": pretty(write.body, _documents(write)),
        "waits": state in (WriteState.PLANNED, WriteState.REFUSED),
        "refused": state == WriteState.REFUSED,
        "lost": lost,
        "decide": needs_person(write),
        "candidates": _candidates(write) if lost else [],
    }


def _documents(write: Write) -> list[str]:
    return [
        str(one["number"]) for one in write.fields.get("document", ()) if one and "number" in one
    ]


def _words(write: Write, name: str) -> str:
    words = write.field_messages.get(name, "")
    return say(words) if words else ""


def _times(write: Write) -> list[tuple[str, Any]]:
    return [
        (_("Planned"), write.planned_at),
        (_("Sent"), write.sent_at),
        (_("Settled"), write.settled_at),
        (_("Looked at again"), None if write.settled_at else write.due_at),
    ]


def _candidates(write: Write) -> list[str]:
    """Records there that may be the one that was created."""
    met: Any = msgspec.json.decode(write.before or "{}")
    return [str(one) for one in met.get("candidates", ())]

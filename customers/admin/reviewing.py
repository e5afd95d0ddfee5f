"""Open questions one after the other, by keyboard: which comes next, and the way to it."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _

from customers.admin.access import MERGE, RESOLVE
from customers.admin.base import DeskAdmin, address
from customers.models import Conflict, ConflictKind


def addresses(desk: DeskAdmin) -> list[URLPattern]:
    def review(request: HttpRequest) -> HttpResponse:
        desk.demand(request.user.has_perm(RESOLVE) or request.user.has_perm(MERGE))
        after = request.GET.get("after", "")
        found = following(request.user, int(after) if after.isdecimal() else None)
        if found is None:
            desk.say(request, _("No question waits for you."), messages.INFO)
            return HttpResponseRedirect(reverse("admin:customers_conflict_changelist"))
        return HttpResponseRedirect(address("conflict", found))

    return [desk.own_page("review/", "review", review)]


def following(user: Any, after: int | None = None) -> int | None:
    """The next open question that a person may decide, in the order of the list: the newest
    first, and round again behind the oldest. None: there is no other."""
    rows = _decidable(user).order_by("-id")
    if after is not None:
        rows = rows.exclude(pk=after)
        behind = rows.filter(pk__lt=after).values_list("pk", flat=True).first()
        if behind is not None:
            return behind
    return rows.values_list("pk", flat=True).first()


def way_in(user: Any) -> str:
    """The address at which a person begins, `""` where no question waits for them."""
    return "" if following(user) is None else reverse("admin:customers_conflict_review")


def skip(conflict_id: int) -> str:
    """The address of the question behind this one."""
    return f"{reverse('admin:customers_conflict_review')}?after={conflict_id}"


def on(conflict_id: int) -> HttpResponse:
    """To the next question, once this one is decided."""
    return HttpResponseRedirect(skip(conflict_id))


def _decidable(user: Any) -> QuerySet[Conflict]:
    kinds = Q()
    if user.has_perm(RESOLVE):
        kinds |= Q(kind=ConflictKind.FIELD, link__isnull=False) | Q(kind=ConflictKind.DELETED)
    if user.has_perm(MERGE):
        kinds |= Q(kind=ConflictKind.DUPLICATE)
    return (
        Conflict.objects.filter(kinds, closed_at__isnull=True) if kinds else Conflict.objects.none()
    )

"""The page on which a connection is removed: first it says what that does."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers import retiring
from customers.admin.base import DeskAdmin
from customers.admin.engine_words import say
from customers.admin.words import number
from customers.leases import BusyError, LeaseLostError
from customers.models import Connection
from customers.retiring import Foresight

REFUSALS = (BusyError, LeaseLostError, retiring.RefusedError)


def remove_view(screen: DeskAdmin, request: HttpRequest, object_id: int) -> HttpResponse:
    """It is done only once the connection's name was typed."""
    screen.demand(screen.has_change_permission(request))
    connection = screen.found(Connection.present.all(), str(object_id))
    if request.method == "POST":
        if request.POST.get("name", "").strip() == connection.name:
            return _remove(screen, request, connection)
        screen.say(request, _("Type the connection's name as it is written."), messages.ERROR)
    found = retiring.foretell(connection.pk)
    return screen.page(
        request,
        "connection_remove.html",
        _("Remove %(name)s?") % {"name": connection.name},
        connection=connection,
        refused=say(found.refused) if found.refused else "",
        effects=effects(found),
    )


def _remove(screen: DeskAdmin, request: HttpRequest, connection: Connection) -> HttpResponse:
    try:
        retiring.remove(connection.pk, request.user)
        screen.say(request, _("%(name)s was removed.") % {"name": connection.name})
    except REFUSALS as error:
        screen.say(request, say(str(error)), messages.ERROR)
    return screen.back(connection.pk)


def effects(found: Foresight) -> list[str]:
    """What happens, in words, without what does not."""
    told = [
        (
            found.links,
            ngettext(
                "%(n)s record is archived: its customer stays, with every value and the timeline.",
                "%(n)s records are archived: their customers stay, with every value and the "
                "timelines.",
                found.links,
            ),
        ),
        (
            found.writes,
            ngettext(
                "%(n)s waiting write is dropped: the vendor is not told.",
                "%(n)s waiting writes are dropped: the vendor is not told.",
                found.writes,
            ),
        ),
        (
            found.questions,
            ngettext(
                "%(n)s open question about its records is closed.",
                "%(n)s open questions about its records are closed.",
                found.questions,
            ),
        ),
        (
            found.erasures,
            ngettext(
                "%(n)s erasure that the vendor was asked for is to be done by hand.",
                "%(n)s erasures that the vendor was asked for are to be done by hand.",
                found.erasures,
            ),
        ),
        (
            found.set_aside,
            ngettext(
                "%(n)s record that could not be read is let go.",
                "%(n)s records that could not be read are let go.",
                found.set_aside,
            ),
        ),
        (
            found.rules,
            ngettext(
                "%(n)s rule that gives it a field is switched off.",
                "%(n)s rules that give it a field are switched off.",
                found.rules,
            ),
        ),
    ]
    return [words % {"n": number(count)} for count, words in told if count]

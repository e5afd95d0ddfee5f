"""A line of a customer's timeline."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.connection import Connection
from customers.models.customer import Customer
from customers.models.link import CustomerLink
from customers.models.run import Run


class EventKind(models.TextChoices):
    CREATED = "created", _("Created")
    LINKED = "linked", _("Linked")
    CHANGED = "changed", _("Changed")
    EDITED = "edited", _("Edited by a person")
    STATED = "stated", _("The vendor says otherwise")
    ASKED = "asked", _("Question opened")
    CLOSED = "closed", _("Question closed")
    MISSING = "missing", _("Missing at the vendor")
    RETURNED = "returned", _("Back at the vendor")
    ANONYMIZED = "anonymized", _("Anonymised at the vendor")
    DECIDED = "decided", _("Question decided")
    RULED = "ruled", _("Changed by a rule")
    PINNED = "pinned", _("Pinned")
    UNPINNED = "unpinned", _("Unpinned")
    IGNORED = "ignored", _("Value ignored")
    HEEDED = "heeded", _("Value heeded again")
    MERGED = "merged", _("Merged")
    UNMERGED = "unmerged", _("Unmerged")
    NOT_SAME = "not_same", _("Not the same person")
    PLANNED = "planned", _("To be pushed")
    PUSHED = "pushed", _("Pushed")
    NOT_TAKEN = "not_taken", _("Not taken by the vendor")
    REFUSED = "refused", _("Refused by the vendor")
    UNKNOWN = "unknown", _("Push without an answer")
    REMOVED = "removed", _("Deleted at the vendor")
    ERASED = "erased", _("Erased")
    UNDONE = "undone", _("Undone")
    ARCHIVED = "archived", _("Archived")


class Event(models.Model):
    """Who, when, which fields, from what to what. `changes`: `{field: [from, to]}`."""

    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="events",
        verbose_name=_("customer"),
        db_constraint=False,
        db_index=False,
    )
    kind = models.CharField(_("what"), max_length=12, choices=EventKind.choices)
    at = models.DateTimeField(_("when"), default=timezone.now)
    connection = models.ForeignKey(
        Connection,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("connection"),
        db_constraint=False,
        db_index=False,
    )
    link = models.ForeignKey(
        CustomerLink,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    run = models.ForeignKey(
        Run, models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("person"),
        db_index=False,
    )
    changes = models.JSONField(_("changes"), default=dict)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-id"]
        # Both a customer's events and their order: a page of a long timeline reads just itself.
        indexes = [models.Index(fields=["customer", "id"], name="event_timeline")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"

"""What is to be told to vendors: the journal of every write, and plans of them."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.connection import Connection
from customers.models.customer import Customer
from customers.models.erasure import ErasureLine
from customers.models.link import CustomerLink
from customers.models.run import Run


class WriteKind(models.TextChoices):
    CREATE = "create", _("Create")
    UPDATE = "update", _("Update")
    DELETE = "delete", _("Delete")


class WriteState(models.TextChoices):
    PLANNED = "planned", _("Waiting")
    SENT = "sent", _("Sent")
    CONFIRMED = "confirmed", _("Confirmed")
    NOT_TAKEN = "not_taken", _("Not taken")
    REFUSED = "refused", _("Refused")
    UNKNOWN = "unknown", _("Unknown")
    DROPPED = "dropped", _("No longer needed")


OPEN = (WriteState.PLANNED, WriteState.SENT, WriteState.UNKNOWN)


class Plan(models.Model):
    """What would be sent to one vendor, as it was shown to a person: stored, approved,
    executed as it was. `lines`: a list of `{"write", "link", "customer", "method", "path",
    "body", "digest"}`, secrets left out."""

    connection = models.ForeignKey(
        Connection, models.PROTECT, related_name="plans", verbose_name=_("connection")
    )
    lines = models.JSONField(default=list)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField(_("approved"), null=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    executed_at = models.DateTimeField(_("executed"), null=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.connection} {self.pk}"


class Write(models.Model):
    """One intended create, update or delete at a vendor, journalled before it is sent.

    `fields`: what it says, field to `[the vendor's value before, the value sent]`; worked out
    when it is claimed, and empty until then. `method`, `path`, `body`: the exact request
    (`body` is JSON text), committed before its first byte leaves. `before`: the vendor's
    record as it was re-read. `generation`: of the lease under which it was sent. `key`: the
    write's own, for vendors that take one (an idempotency key, an id of ours). `run`: the
    run that took the value which it carries. `external_id`: what the vendor calls the record
    that a create made. `searched`: how often the vendor was searched for a create whose
    outcome is unknown. `message`, `field_messages`: the vendor's words. `plan`: it is sent
    only as this plan says (`digest` of the body that was approved). `erasure_line`: it deletes
    the record of an erased person, whose link is no more.
    """

    kind = models.CharField(_("what"), max_length=8, choices=WriteKind.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=WriteState.choices, default=WriteState.PLANNED
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="writes", verbose_name=_("customer")
    )
    connection = models.ForeignKey(
        Connection,
        models.PROTECT,
        related_name="writes_planned",
        verbose_name=_("connection"),
        db_index=False,
    )
    link = models.ForeignKey(
        CustomerLink, models.PROTECT, null=True, related_name="writes", verbose_name=_("link")
    )
    erasure_line = models.OneToOneField(
        ErasureLine, models.CASCADE, null=True, related_name="write", verbose_name=_("erasure")
    )
    key = models.UUIDField(default=uuid4, unique=True)
    fields = models.JSONField(default=dict)
    method = models.CharField(max_length=10, blank=True)
    path = models.TextField(blank=True)
    body = models.TextField(blank=True)
    before = models.TextField(blank=True)
    external_id = models.CharField(_("id at the vendor"), max_length=200, blank=True)
    generation = models.PositiveBigIntegerField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    searched = models.PositiveSmallIntegerField(default=0)
    message = models.TextField(_("the vendor's words"), blank=True)
    field_messages = models.JSONField(default=dict)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("person"),
        db_index=False,
    )
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+", db_index=False)
    plan = models.ForeignKey(Plan, models.SET_NULL, null=True, related_name="writes")
    digest = models.CharField(max_length=64, blank=True)
    planned_at = models.DateTimeField(_("planned"), default=timezone.now)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    settled_at = models.DateTimeField(_("settled"), null=True)

    class Meta:
        verbose_name = _("write")
        verbose_name_plural = _("writes")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["link", "kind"],
                condition=models.Q(state__in=OPEN, link__isnull=False),
                name="write_one_open_for_a_link",
            ),
            models.UniqueConstraint(
                fields=["customer", "connection"],
                condition=models.Q(state__in=OPEN, kind="create"),
                name="write_one_open_create",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="create")
                | models.Q(link__isnull=False)
                | models.Q(kind="delete", erasure_line__isnull=False),
                name="write_of_a_link",
            ),
        ]
        indexes = [
            models.Index(
                fields=["connection", "due_at"],
                name="write_open",
                condition=models.Q(state__in=OPEN),
            ),
            models.Index(
                fields=["state", "planned_at"],
                name="write_asks",
                condition=models.Q(state__in=["refused", "unknown"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.connection} {self.pk}"

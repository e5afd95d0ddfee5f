"""A question for a person."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer
from customers.models.link import CustomerLink


class ConflictKind(models.TextChoices):
    FIELD = "field", _("Two values")
    DUPLICATE = "duplicate", _("Same person?")
    DELETED = "deleted", _("Gone at the vendor")


class Decision(models.TextChoices):
    HUB = "hub", _("Ours")
    VENDOR = "vendor", _("Theirs")
    OTHER = "other", _("Another value")
    SAME = "same", _("The same person")
    NOT_SAME = "not_same", _("Not the same person")
    KEEP = "keep", _("Keep the customer")
    LET_GO = "let_go", _("Let the link go")


UNDECIDED: dict[str, Any] = {
    "closed_at": None,
    "closing": "",
    "decision": "",
    "decided_by": None,
    "rule": None,
}
"""What a question has that is open (again)."""


class Conflict(models.Model):
    """Kinds: `field` (hub and vendor both moved), `duplicate` (are two customers one?),
    `deleted` (the vendor no longer has the record).

    `base` is the pair when the two sides were last settled, `[hub, vendor]`. Of a
    `duplicate`, `customer` has the lower id of the two; `weight` and `evidence` say how much
    speaks for one person (see `customers.weighing`). `decision` is what a person or a rule
    chose; a question that closed by itself has none.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=ConflictKind.choices)
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="conflicts", verbose_name=_("customer")
    )
    other = models.ForeignKey(
        Customer,
        models.CASCADE,
        null=True,
        related_name="conflicts_with",
        verbose_name=_("other customer"),
    )
    link = models.ForeignKey(
        CustomerLink, models.CASCADE, null=True, related_name="conflicts", verbose_name=_("link")
    )
    field = models.CharField(_("field"), max_length=40, blank=True)
    base = models.JSONField(null=True)
    hub = models.JSONField(_("ours"), null=True)
    vendor = models.JSONField(_("theirs"), null=True)
    reason = models.TextField(_("reason"), blank=True)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True)
    closing = models.TextField(_("how closed"), blank=True)
    weight = models.FloatField(_("weight of evidence"), null=True)
    evidence = models.JSONField(null=True)
    decision = models.CharField(
        _("decision"), max_length=12, choices=Decision.choices, blank=True, db_default=""
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
        db_index=False,
    )
    rule = models.ForeignKey(
        "customers.FieldRule",
        models.SET_NULL,
        null=True,
        related_name="decided",
        verbose_name=_("rule"),
    )

    class Meta:
        verbose_name = _("conflict")
        verbose_name_plural = _("conflicts")
        ordering = ["-id"]
        permissions = [("resolve_conflict", "Can resolve a conflict")]
        constraints = [
            models.UniqueConstraint(
                fields=["link", "field"],
                condition=models.Q(kind="field", closed_at__isnull=True),
                name="conflict_one_per_field",
            ),
            models.UniqueConstraint(
                fields=["link"],
                condition=models.Q(kind="deleted", closed_at__isnull=True),
                name="conflict_one_deleted",
            ),
            models.UniqueConstraint(
                fields=["customer", "other"],
                condition=models.Q(kind="duplicate", closed_at__isnull=True, other__isnull=False),
                name="conflict_one_per_pair",
            ),
            models.CheckConstraint(
                condition=models.Q(other__isnull=True) | models.Q(customer__lt=models.F("other")),
                name="conflict_pair_order",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "opened_at"],
                name="conflict_open",
                condition=models.Q(closed_at__isnull=True),
            ),
            models.Index(
                fields=["decided_by", "closed_at"],
                name="conflict_decided",
                condition=models.Q(decided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.customer}"

"""A vendor's record of a customer."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.connection import Connection
from customers.models.customer import Customer


class LinkState(models.TextChoices):
    ACTIVE = "active", _("Active")
    QUARANTINED = "quarantined", _("Missing at the vendor")
    GONE = "gone", _("Gone at the vendor")
    ANONYMIZED = "anonymized", _("Anonymised at the vendor")
    ARCHIVED = "archived", _("Archived")


class CustomerLink(models.Model):
    """Customer to (Connection, external id), with the base and the vendor's last answer.

    `stated`: field to value, what the vendor said last. `also`: further e-mails, phones,
    documents, flags. `owned`: the vendor's own figures. `base`: field to
    `[hub, vendor]` or `[hub, vendor, reason apart]`; a stated field without an entry was
    settled at the stated value. `changed`: field to when it last changed there.
    `raw`: the vendor's answer as JSON text, without what must never be stored.
    `raw_digest`, `digest`: see `customers.digests`. `read_at`: when the request that
    brought it left. `reread_at`: to be fetched on its own from this moment on. `weight`,
    `evidence`: why it was linked, as numbers (see `customers.weighing`), where it was weighed.
    """

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="links", verbose_name=_("customer")
    )
    connection = models.ForeignKey(
        Connection,
        models.PROTECT,
        related_name="links",
        verbose_name=_("connection"),
        db_index=False,
    )
    external_id = models.CharField(_("id at the vendor"), max_length=200)
    state = models.CharField(
        _("state"), max_length=12, choices=LinkState.choices, default=LinkState.ACTIVE
    )
    stated = models.JSONField(default=dict)
    also = models.JSONField(default=dict)
    owned = models.JSONField(default=dict)
    base = models.JSONField(default=dict)
    changed = models.JSONField(default=dict)
    raw = models.TextField(blank=True)
    raw_digest = models.BinaryField(default=b"")
    digest = models.BinaryField(default=b"")
    reason = models.TextField(_("why linked"), blank=True)
    weight = models.FloatField(_("weight of evidence"), null=True)
    evidence = models.JSONField(null=True)
    sole_key = models.ForeignKey(
        "customers.MatchKey",
        models.SET_NULL,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    vendor_created_at = models.DateTimeField(_("created there"), null=True)
    vendor_updated_at = models.DateTimeField(_("changed there"), null=True)
    read_at = models.DateTimeField(_("read"))
    written_at = models.DateTimeField(_("written"), null=True)
    reread_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("linked"), default=timezone.now)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "external_id"], name="link_external_id_unique"
            ),
        ]
        indexes = [
            models.Index(
                fields=["connection", "reread_at"],
                name="link_reread",
                condition=models.Q(reread_at__isnull=False),
            ),
            models.Index(
                fields=["sole_key"],
                name="link_sole_key",
                condition=models.Q(sole_key__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connection} {self.external_id}"

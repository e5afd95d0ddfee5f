"""Two customers that were found to be one, and those that were found not to be."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class Merge(models.Model):
    """`merged` became part of `survivor`; with what it takes to give both back.

    `links`: the ids of the links that moved. `changes`: what became of each of the survivor's
    fields, field to `[before, after, provenance before, provenance after]`, and the pins
    before and after where there is one (see `customers.layers`). `kept`: what else an unmerge
    needs: `gained`, what was put beside the fields; `pairs`, how each link of the two stood;
    `questions`, open ones that moved, and `closed`, those that the merge closed; `creates`,
    writes that moved and have no link yet.
    `undone_at`: unmerged.
    """

    survivor = models.ForeignKey(
        Customer, models.PROTECT, related_name="merges", verbose_name=_("survivor")
    )
    merged = models.ForeignKey(
        Customer, models.PROTECT, related_name="merged_by", verbose_name=_("merged")
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("person"),
        db_index=False,
    )
    run = models.ForeignKey(
        "customers.Run", models.SET_NULL, null=True, related_name="+", db_index=False
    )
    reason = models.TextField(_("reason"), blank=True)
    weight = models.FloatField(_("weight of evidence"), null=True)
    evidence = models.JSONField(null=True)
    links = models.JSONField(default=list)
    changes = models.JSONField(default=dict)
    kept = models.JSONField(default=dict)
    undone_at = models.DateTimeField(_("unmerged"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["merged"],
                condition=models.Q(undone_at__isnull=True),
                name="merge_one_standing",
            ),
            models.CheckConstraint(
                condition=~models.Q(survivor=models.F("merged")), name="merge_of_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.survivor_id}"


class NotSame(models.Model):
    """A person said that two customers are not one; remembered for ever. `one` has the lower
    id. `via`: the merge that handed it on to its survivor; it goes when that is undone."""

    one = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    other = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    reason = models.TextField(_("reason"), blank=True)
    via = models.ForeignKey(Merge, models.CASCADE, null=True, related_name="handed_on")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="notsame_unique"),
            models.CheckConstraint(
                condition=models.Q(one__lt=models.F("other")), name="notsame_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} is not {self.other_id}"

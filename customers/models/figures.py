"""How the hub is doing, counted now and then."""

from django.db import models


class Figures(models.Model):
    """The figures of the start page, one row: counting a million customers for every reader
    would make each of them wait. `values`: see `customers.figures`. `counting_until`: somebody
    counts; whoever else would, leaves it to them until then."""

    values = models.JSONField(default=dict)
    at = models.DateTimeField(null=True)
    counting_until = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="figures_one_row"),
        ]

    def __str__(self) -> str:
        return f"figures of {self.at}"

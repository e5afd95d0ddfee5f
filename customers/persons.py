"""A person whole: the customer that stands for them, and all that were merged into it."""

from customers.models import Customer


def whole(customer_id: int) -> list[int]:
    """The ids of the customer that stands for a person, first, and of all that were merged
    into it, whichever of them is asked for. Raises Customer.DoesNotExist."""
    found = [_survivor(customer_id)]
    level = found
    while level:
        merged = Customer.objects.filter(merged_into__in=level).order_by("pk")
        level = list(merged.values_list("pk", flat=True))
        found = [*found, *level]
    return found


def _survivor(customer_id: int) -> int:
    into = Customer.objects.values_list("merged_into", flat=True)
    while (survivor := into.get(pk=customer_id)) is not None:
        customer_id = survivor
    return customer_id

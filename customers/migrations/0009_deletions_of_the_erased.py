from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


# What becomes of a line's write, by the line's state. One by hand is a person's already.
STATES = {"asked": "planned", "by_hand": "dropped", "confirmed": "confirmed"}


def write_what_was_asked(apps: Any, schema_editor: Any) -> None:
    """What a line journalled itself until now is a write. What was asked for and not answered
    yet is looked up first."""
    line_model, write_model = (apps.get_model("customers", n) for n in ("ErasureLine", "Write"))
    lines = line_model.objects.filter(Q(state="asked") | Q(asked_at__isnull=False))
    for line in lines.select_related("erasure"):
        asked = line.state == "asked"
        write_model.objects.create(
            kind="delete",
            state="unknown" if asked and line.attempts else STATES[line.state],
            customer_id=line.erasure.customer,
            connection_id=line.connection_id,
            erasure_line=line,
            attempts=0 if asked else line.attempts,
            sent_at=line.asked_at,
            settled_at=None if asked else line.confirmed_at or line.asked_at,
        )
    line_model.objects.filter(state="asked").update(due_at=None, attempts=0)


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0008_figures"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="write", name="write_of_a_link"),
        migrations.AddField(
            model_name="write",
            name="erasure_line",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="write",
                to="customers.erasureline",
                verbose_name="erasure",
            ),
        ),
        migrations.AddConstraint(
            model_name="write",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "create"),
                    ("link__isnull", False),
                    models.Q(("erasure_line__isnull", False), ("kind", "delete")),
                    _connector="OR",
                ),
                name="write_of_a_link",
            ),
        ),
        migrations.RunPython(write_what_was_asked, migrations.RunPython.noop),
    ]

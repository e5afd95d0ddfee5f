from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def plan_what_was_asked(apps: Any, schema_editor: Any) -> None:
    """What a line journalled itself until now is a write. What was asked for already is looked
    up first."""
    line_model, write_model = (apps.get_model("customers", n) for n in ("ErasureLine", "Write"))
    for line in line_model.objects.filter(state="asked").select_related("erasure"):
        write_model.objects.create(
            kind="delete",
            state="unknown" if line.attempts else "planned",
            customer_id=line.erasure.customer,
            connection_id=line.connection_id,
            erasure_line=line,
        )
    line_model.objects.filter(state="asked").update(due_at=None, attempts=0)


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0008_figures"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="write", name="write_of_a_link"),
        migrations.RemoveField(model_name="erasureline", name="asked_at"),
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
        migrations.RunPython(plan_what_was_asked, migrations.RunPython.noop),
    ]

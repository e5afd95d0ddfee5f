"""Takes away what each new row paid for and nothing used: a second index on a link's sole key,
and the check of an event's customer, with whom it is written and who is never deleted."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_one_person_both_ways")]

    operations = [
        migrations.AlterField(
            model_name="customerlink",
            name="sole_key",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="customers.matchkey",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="customer",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="events",
                to="customers.customer",
                verbose_name="customer",
            ),
        ),
    ]

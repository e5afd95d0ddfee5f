"""A house's block is now of one given name there: those of the whole house go, and
`manage.py match` makes the new ones. Derived rows only."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("customers", "0009_deletions_of_the_erased")]

    operations = [
        migrations.RunSQL(
            "DELETE FROM customers_blockholder WHERE (block & 15) = 6", migrations.RunSQL.noop
        ),
    ]

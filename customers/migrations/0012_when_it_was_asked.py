"""When an erased person's record was asked to be deleted, its write says since 0009."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0011_quota_and_who_decided")]

    operations = [migrations.RemoveField(model_name="erasureline", name="asked_at")]

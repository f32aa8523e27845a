"""Keep versions of taxonomies, and where answers come from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0007_remember_who_followed_merged_entities"),
    ]

    operations = [
        migrations.AddField(
            model_name="attribute",
            name="provenance",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="taxonomy",
            name="changes",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="taxonomy",
            name="version",
            field=models.PositiveIntegerField(default=1),
        ),
    ]

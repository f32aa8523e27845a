"""Give aliases of entities a lasting id, so that the history can speak of them."""

from django.db import migrations, models

import incidentbase.kit.ids


def give_ids(apps, schema_editor):
    """Give each alias that is there an id of its own: a default would be the same for all."""
    for alias in apps.get_model("store", "EntityAlias").objects.iterator():
        alias.public_id = incidentbase.kit.ids.new_object_id()
        alias.save(update_fields=["public_id"])


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0004_keep_flags"),
    ]

    operations = [
        migrations.AddField(
            model_name="entityalias",
            name="public_id",
            field=models.CharField(default="", max_length=24),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="entityalias",
            name="source_digest",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(give_ids, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="entityalias",
            name="public_id",
            field=models.CharField(
                default=incidentbase.kit.ids.new_object_id, max_length=24, unique=True
            ),
        ),
    ]

"""Give the chain its single head and the numbers their series."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def seed(apps: Any, schema_editor: Any) -> None:
    """Insert the rows that actions lock; running it again changes nothing."""
    apps.get_model("store", "ChainHead").objects.get_or_create(pk=1)
    for name in ("incident", "report"):
        apps.get_model("store", "NumberSeries").objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("store", "0001_create_the_store_tables")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]

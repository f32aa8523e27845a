"""Keep codings: what each annotator answers about a record, apart from all others."""

import django.db.models.deletion
import incidentbase.kit.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0008_keep_versions_and_provenance"),
    ]

    operations = [
        migrations.CreateModel(
            name="Coding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=incidentbase.kit.ids.new_object_id, max_length=24, unique=True
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("state", models.CharField(default="assigned", max_length=12)),
                ("is_blind", models.BooleanField(default=True)),
                ("attributes", models.JSONField(default=list)),
                ("notes", models.TextField(blank=True)),
                ("due", models.DateField(null=True)),
                ("instruction", models.TextField(blank=True)),
                ("assigned_at", models.DateTimeField()),
                ("handed_in_at", models.DateTimeField(null=True)),
                ("source_digest", models.CharField(blank=True, max_length=64)),
                (
                    "annotator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="codings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="codings",
                        to="store.incident",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="codings",
                        to="store.report",
                    ),
                ),
                (
                    "taxonomy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="codings",
                        to="store.taxonomy",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("incident__isnull", False), ("report__isnull", True)),
                            models.Q(("incident__isnull", True), ("report__isnull", False)),
                            _connector="OR",
                        ),
                        name="coding_of_one_record",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ("assigned", "handed-in", "adjudicated", "withdrawn"))
                        ),
                        name="coding_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("incident__isnull", False)),
                        fields=("taxonomy", "incident", "annotator"),
                        name="coding_of_incident_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("report__isnull", False)),
                        fields=("taxonomy", "report", "annotator"),
                        name="coding_of_report_once",
                    ),
                ],
            },
        ),
    ]

"""Let owners share checklists, and accounts follow them.

Checklists that are there came from public snapshots: they are published. That is a change like
any other, so it enters the history, and the next import takes it for what was imported.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from incidentbase.kit import clock, hashing
from incidentbase.store.history.rules import Entry, chained_hash


def publish_imported(apps, schema_editor):
    """Publish what was imported, in one act of the history."""
    checklists = apps.get_model("store", "Checklist")
    rows = list(checklists.objects.order_by("pk"))
    if not rows:
        return
    change = apps.get_model("store", "Change")
    head = apps.get_model("store", "ChainHead").objects.select_for_update().get(pk=1)
    at, group = clock.now(), uuid.uuid4()
    new = {"risk_fields": [], "sharing": "published", "link_id": ""}
    delta = {name: [None, value] for name, value in sorted(new.items())}
    for row in rows:
        state = {
            "object_id": row.public_id,
            "checklist_id": row.checklist_id,
            "owner_id": row.owner_id,
            "name": row.name,
            "about": row.about,
            "tags": row.tags,
            "created_at": clock.iso(row.created_at),
            "updated_at": clock.iso(row.updated_at),
            "risks": [risk.payload for risk in row.risks.order_by("position")],
        }
        is_as_imported = row.source_digest == hashing.digest(state)
        digest = hashing.digest({**state, **new})
        entry = Entry("checklist.publish", "checklist", row.public_id, delta, digest)
        sealed = {"at": at, "actor": "system:migration", "reason": "", "group": group}
        sealed |= {"seq": head.seq + 1, "previous": head.hash}
        head.seq, head.hash = head.seq + 1, chained_hash(entry=entry, **sealed)
        change.objects.create(
            **sealed,
            action=entry.action,
            kind=entry.kind,
            key=entry.key,
            delta=delta,
            digest=digest,
            hash=head.hash,
        )
        row.sharing = "published"
        if is_as_imported:
            row.source_digest = digest
        row.save(update_fields=["sharing", "source_digest"])
    head.save(update_fields=["seq", "hash"])


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0005_keep_entity_aliases"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="subscription",
            name="subscription_to_list_once",
        ),
        migrations.RemoveConstraint(
            model_name="subscription",
            name="subscription_type_known",
        ),
        migrations.RemoveConstraint(
            model_name="subscription",
            name="subscription_target_fits_type",
        ),
        migrations.AddField(
            model_name="checklist",
            name="link_id",
            field=models.CharField(blank=True, db_index=True, max_length=24),
        ),
        migrations.AddField(
            model_name="checklist",
            name="risk_fields",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="checklist",
            name="sharing",
            field=models.CharField(default="private", max_length=10),
        ),
        migrations.AddField(
            model_name="subscription",
            name="basis",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="subscription",
            name="checklist",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="subscriptions",
                to="store.checklist",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="known",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="subscription",
            name="language",
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AddConstraint(
            model_name="checklist",
            constraint=models.CheckConstraint(
                condition=models.Q(("sharing__in", ("private", "link", "published"))),
                name="checklist_sharing_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="checklist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sharing", "link"), models.Q(("link_id", ""), _negated=True)),
                    models.Q(models.Q(("sharing", "link"), _negated=True), ("link_id", "")),
                    _connector="OR",
                ),
                name="checklist_link_while_shared",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(("checklist__isnull", False)),
                fields=("account", "checklist"),
                name="subscription_to_checklist_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("checklist__isnull", True),
                    ("entity__isnull", True),
                    ("incident__isnull", True),
                ),
                fields=("account", "type"),
                name="subscription_to_list_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "type__in",
                        (
                            "new-incidents",
                            "incident",
                            "entity",
                            "checklist",
                            "submission-promoted",
                            "ai-briefing",
                        ),
                    )
                ),
                name="subscription_type_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("checklist__isnull", True),
                        ("entity__isnull", True),
                        ("incident__isnull", False),
                        ("type", "incident"),
                    ),
                    models.Q(
                        ("checklist__isnull", True),
                        ("entity__isnull", False),
                        ("incident__isnull", True),
                        ("type", "entity"),
                    ),
                    models.Q(
                        ("checklist__isnull", False),
                        ("entity__isnull", True),
                        ("incident__isnull", True),
                        ("type", "checklist"),
                    ),
                    models.Q(
                        models.Q(("type__in", ("incident", "entity", "checklist")), _negated=True),
                        ("checklist__isnull", True),
                        ("entity__isnull", True),
                        ("incident__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="subscription_target_fits_type",
            ),
        ),
        migrations.RunPython(publish_imported, migrations.RunPython.noop),
    ]

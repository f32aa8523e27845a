"""The one Django application that owns every table."""

from __future__ import annotations

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Names the application; the tables are listed in `store/models.py`."""

    name = "incidentbase.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"

"""The Django application that holds the commands."""

from __future__ import annotations

from django.apps import AppConfig


class ServeConfig(AppConfig):
    """Names the application; it has no tables."""

    name = "incidentbase.serve"
    label = "serve"

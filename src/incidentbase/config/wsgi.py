"""The entry point for web servers."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "incidentbase.config.settings")

application = get_wsgi_application()

# What is loaded now stays: looking through it for garbage would slow every request a little.
gc.collect()
gc.freeze()

"""The entry point for web servers."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "incidentbase.config.settings")

application = get_wsgi_application()

# What is loaded now stays, and what a request makes is short-lived and mostly free of cycles:
# looking for garbage less often makes answers a little quicker.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)

"""`incidentbase worker`: follow the history: index, map, mails, webhooks; weekly snapshots."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.db import connection

from incidentbase.index import rebuild, sync
from incidentbase.kit import clock
from incidentbase.serve.exports.weekly import Weekly
from incidentbase.serve.http import diagnosis, supervising
from incidentbase.serve.notify.checklists import Teller
from incidentbase.serve.notify.delivering import Sender, send_due
from incidentbase.serve.notify.webhooks import Announcer, catch_up
from incidentbase.serve.rest import telling

logger = logging.getLogger(__name__)

# Short enough that a change is searchable well within a second, long enough to cost nothing.
PAUSE = 0.25
PAUSE_AFTER_TROUBLE = 5.0


class Command(BaseCommand):
    """Runs until it is told to stop; what it missed meanwhile it catches up."""

    help = "Follow the history: keep search index and map in step, tell followers and webhooks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--once", action="store_true", help="catch up and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Follow."""
        diagnosis.require_migrated()
        rebuild.ensure_usable(at=clock.now())
        if options["once"]:
            replaced = sync.catch_up(at=clock.now())
            self.stdout.write(f"{replaced:,} documents brought up to date.")
            Teller().tend(at=clock.now())
            catch_up(telling, at=clock.now())
            send_due(telling, at=clock.now())
            return
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        teller, announcer = Teller(), Announcer(telling)
        weekly = Weekly(settings.SNAPSHOTS_FOLDER, keep=settings.SNAPSHOTS_KEPT)
        sender = Sender(telling, keep_days=settings.WEBHOOK_LOG_DAYS)
        with supervising.Mapper() as mapper, weekly, sender:
            while not stopping.is_set():
                pause = _follow(mapper)
                teller.tend(at=clock.now())
                announcer.tend(at=clock.now())
                sender.tend(at=clock.now())
                _look_after(weekly)
                stopping.wait(pause)


def _look_after(weekly: Weekly) -> None:
    try:
        weekly.tend(at=clock.now())
    except (DatabaseError, OSError):
        logger.exception("It could not be found out whether a snapshot is due.")
        connection.close()


def _follow(mapper: supervising.Mapper) -> float:
    """Catch up once and return how long to rest; trouble is logged and tried again."""
    try:
        replaced = sync.catch_up(at=clock.now())
        mapper.tend(at=clock.now(), has_news=replaced > 0)
    except (DatabaseError, OSError, ValueError):
        logger.exception("Search index or map could not be brought up to date.")
        connection.close()
        return PAUSE_AFTER_TROUBLE
    return PAUSE

"""Mail without a mail server: each message becomes a file that the operator can read."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends import filebased

logger = logging.getLogger(__name__)


class MailFolder(filebased.EmailBackend):
    """Writes messages to the data folder, and tells in the log where."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the messages and return how many there were."""
        count = super().send_messages(email_messages)
        written = self._get_filename()  # type: ignore[attr-defined]
        logger.info("No mail server is set (INCIDENTBASE_MAIL_URL): see %s", written)
        return count

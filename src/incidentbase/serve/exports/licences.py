"""Under which terms each part of the data leaves: the texts of reports are not ours to give."""

from __future__ import annotations

LICENCE_NAME = "CC BY-SA 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by-sa/4.0/"

_TEXTS = (
    "The texts of reports, and translations of them, belong to their publishers and are included "
    "for research only."
)
QUOTED_NOTICE = f"{_TEXTS}\n"
OPEN_NOTICE = f"This data may be used under {LICENCE_NAME}: {LICENCE_URL}\n"
# One line, where the reference's snapshots have theirs.
NOTICE = (
    f"{_TEXTS} Everything else in this database may be used under {LICENCE_NAME}: {LICENCE_URL}\n"
)

"""Builds the whole index anew beside the old one, then swaps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from incidentbase.index import building, location, sync
from incidentbase.index.documents import Document
from incidentbase.store.history import actions as history_actions
from incidentbase.store.history import queries as history

Progress = Callable[[int], None]


def rebuild(*, at: dt.datetime, progress: Progress = lambda _done: None) -> int:
    """Build every document into a fresh index, put it in place and return how many there are.

    Changes committed meanwhile are picked up by the follower afterwards: its cursor is set
    to where the history stood when the build began.
    """
    start = history.head_seq()
    with location.rebuilding() as engine:
        count = engine.write(_counted(building.all_documents(at), progress), delete=())
        engine.close()
        history_actions.move_cursor(sync.FOLLOWER, seq=start, at=at)
    sync.catch_up(at=at)
    return count


def _counted(documents: Iterable[Document], progress: Progress) -> Iterator[Document]:
    for count, document in enumerate(documents, start=1):
        yield document
        progress(count)

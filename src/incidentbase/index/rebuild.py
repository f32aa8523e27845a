"""Builds the whole index anew beside the old one, then swaps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from incidentbase.index import building, location, sync
from incidentbase.index.documents import Document
from incidentbase.index.engines import IndexUnusable
from incidentbase.store.history import actions as history_actions
from incidentbase.store.history import queries as history

Progress = Callable[[int], None]


def rebuild(*, at: dt.datetime, progress: Progress = lambda _done: None) -> int:
    """Build every document into a fresh index, put it in place and return how many there are.

    Changes committed meanwhile are picked up by the follower afterwards: its cursor is set
    to where the history stood when the build began.
    """
    start = history.head_seq()
    former = sync.follower()
    with location.rebuilding() as build:
        documents = _counted(building.all_documents(at), progress)
        count = build.engine.fill(documents)
        history_actions.move_cursor(sync.follower(build.name), seq=start, at=at)
    if former is not None:
        history_actions.forget_cursor(former)
    sync.catch_up(at=at)
    return count


def ensure_usable(*, at: dt.datetime) -> None:
    """Build the index anew if the one at hand is damaged or of another version."""
    try:
        location.current()
    except IndexUnusable:
        rebuild(at=at)


def _counted(documents: Iterable[Document], progress: Progress) -> Iterator[Document]:
    for count, document in enumerate(documents, start=1):
        yield document
        progress(count)

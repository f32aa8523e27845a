"""Fetches one source and reads it: what the submission form is filled with.

`read_address` gives an `Article`, `read_picture` a `Picture`; both raise `CaptureFailed` with a
reason. The fetching keeps the
guards of `kit/fetch.py`; what was fetched is read in a process of its own (ADR 8).
"""

from incidentbase.ingest.capture.addresses import read_address
from incidentbase.ingest.capture.article import Article, CaptureFailed
from incidentbase.ingest.capture.pictures import Picture, read_picture
from incidentbase.ingest.capture.reasons import Note, Reason, message

__all__ = [
    "Article",
    "CaptureFailed",
    "Note",
    "Picture",
    "Reason",
    "message",
    "read_address",
    "read_picture",
]

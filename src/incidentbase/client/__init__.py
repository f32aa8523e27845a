"""A client for any instance of IncidentBase; needs neither Django nor the rest of the product."""

from __future__ import annotations

from incidentbase.client.errors import (
    ClientError,
    DamagedDownload,
    KnownAlready,
    MissingLibrary,
    NotAsked,
    NotFound,
    NotPermitted,
    Problem,
    RedirectRefused,
    TooManyRequests,
    Unacceptable,
    Unavailable,
    Unreachable,
    UnreadableAnswer,
    Withdrawn,
)
from incidentbase.client.instance import Client

__all__ = [
    "Client",
    "ClientError",
    "DamagedDownload",
    "KnownAlready",
    "MissingLibrary",
    "NotAsked",
    "NotFound",
    "NotPermitted",
    "Problem",
    "RedirectRefused",
    "TooManyRequests",
    "Unacceptable",
    "Unavailable",
    "Unreachable",
    "UnreadableAnswer",
    "Withdrawn",
]

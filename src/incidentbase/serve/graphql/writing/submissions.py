"""What waits for editors, and what belongs to accounts."""

from __future__ import annotations

from incidentbase.serve.graphql.writing.acting import Resolver

RESOLVERS: dict[str, Resolver] = {}

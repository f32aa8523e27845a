"""Incidents, reports and entities under an editor's hand, and what readers say of them."""

from __future__ import annotations

from incidentbase.serve.graphql.writing.acting import Resolver

RESOLVERS: dict[str, Resolver] = {}

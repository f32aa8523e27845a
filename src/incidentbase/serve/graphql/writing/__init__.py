"""Mutations: each finds what it is about, calls one action of the store, and reads it again."""

from __future__ import annotations

from ariadne import MutationType

from incidentbase.serve.graphql.writing import (
    candidates,
    checklists,
    classifications,
    entities,
    people,
    records,
    submissions,
)
from incidentbase.serve.graphql.writing.acting import Resolver, acting

_RESOLVERS: dict[str, Resolver] = {
    **records.RESOLVERS,
    **submissions.RESOLVERS,
    **candidates.RESOLVERS,
    **classifications.RESOLVERS,
    **entities.RESOLVERS,
    **people.RESOLVERS,
    **checklists.RESOLVERS,
}


def bound() -> MutationType:
    """Return the root of mutations with what answers each of them."""
    mutation = MutationType()
    for name, resolver in _RESOLVERS.items():
        mutation.set_field(name, acting(resolver))
    return mutation

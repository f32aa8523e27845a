"""Reads for those who follow checklists: which precedents are news to whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from incidentbase.kit import hashing
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.checklists import precedents
from incidentbase.store.checklists import queries as checklists
from incidentbase.store.checklists import rules as kept
from incidentbase.store.checklists.precedents import Precedent
from incidentbase.store.history.mirrors import State
from incidentbase.store.subscriptions import queries as subscriptions


@dataclass(frozen=True, slots=True)
class News:
    """What one follower of a checklist does not know yet; `fresh` is empty when all is known.

    `known` and `basis` are what to remember once it was told.
    """

    subscription_id: str
    address: str
    language: str
    checklist_id: str
    name: str
    fresh: tuple[Precedent, ...]
    known: list[int]
    basis: str


def precedents_of(state: State, *, viewer: Viewer) -> dict[int, Precedent]:
    """Return all precedents of a checklist that the viewer may see, by their numbers."""
    sources = kept.sources_of(state)
    found = precedents.candidates(kept.tags_of(state), sources, viewer=viewer)
    return {one.number: one for risk in found for one in risk.precedents}


def basis_of(state: State) -> str:
    """Return what the precedents of a checklist follow from, as a digest."""
    return hashing.digest([sorted(kept.tags_of(state)), sorted(kept.sources_of(state))])


def news(*, at: dt.datetime) -> Iterator[News]:
    """Yield what is to be remembered, and told where it has fresh precedents, of each follower.

    Only what the follower may see is news. Where the owner described the system anew, what follows
    from that is known.
    """
    for row in subscriptions.to_checklists():
        viewer = accounts.viewer_for(row.account.public_id, at=at)
        target = row.checklist
        state = checklists.get(target.checklist_id, viewer=viewer) if target else None
        if state is None:
            continue
        found, basis = precedents_of(state, viewer=viewer), basis_of(state)
        is_anew = basis != row.basis
        fresh = [] if is_anew else [found[number] for number in found.keys() - set(row.known)]
        known = sorted(set(row.known) | found.keys())
        if is_anew or fresh:
            yield News(
                subscription_id=row.public_id,
                address=row.account.email or "",
                language=row.language,
                checklist_id=state["checklist_id"],
                name=state["name"],
                fresh=tuple(sorted(fresh, key=lambda one: -one.number)),
                known=known,
                basis=basis,
            )

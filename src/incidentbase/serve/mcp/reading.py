"""What agents read: the records that the asker may see, with words of others marked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from incidentbase.index import search as searching
from incidentbase.index import similar
from incidentbase.serve.http import asking as discover
from incidentbase.serve.http import shapes
from incidentbase.serve.mcp import asking, untrusted
from incidentbase.serve.mcp.untrusted import Marks
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.entities import queries as entities
from incidentbase.store.incidents import naming
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.incidents.models import Incident
from incidentbase.store.incidents.rules import sensitive_themes
from incidentbase.store.records import queries as recorded
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report, ReportTerm
from incidentbase.store.taxonomies import queries as taxonomies

Shape = dict[str, Any]

MOST_CHARACTERS = 20_000
# From how many incidents like this one a suggestion is drawn.
_NEIGHBORS = 40
_MOST_VALUES = 3


class NotThere(Exception):
    """There is nothing such to be seen; the message says what."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One agent's reading: who asks, where the site is, and the marks of the answer."""

    viewer: Viewer
    base: str
    marks: Marks = field(default_factory=Marks)

    def search(
        self,
        query: str,
        *,
        kind: asking.Kind,
        filters: BaseModel | None,
        order: asking.Order,
        limit: int,
    ) -> Shape:
        """Return what a search finds, best first, with passages that show why."""
        asked = searching.Search(
            text=query,
            kinds=discover.KINDS[kind],
            filters=asking.chosen(filters),
            exclude={},
            dates={},
            sort=order,
        )
        found = searching.find(asked, viewer=self.viewer, offset=0, limit=limit)
        return {
            "total": found.total,
            "matched": found.exactness,
            "results": [self._hit(hit) for hit in found.hits],
        }

    def _hit(self, hit: searching.Hit) -> Shape:
        passages = ["".join(words for words, _hit in one.passage.segments) for one in hit.matching]
        told = {"passages": [self.marks.around(one) for one in passages]}
        if hit.incident is not None:
            return {**self._incident_line(hit.incident), **told}
        return {**self._report_line(hit.report), **told} if hit.report else told

    def incident(self, number: int) -> Shape:
        """Return an incident with its reports (without texts), entities and classifications.

        Raises NotThere, which also says where a duplicate leads and why one was withdrawn.
        """
        row = incidents.get(number, viewer=self.viewer)
        if row is None:
            raise NotThere(self._why_not("incident", number))
        own = [one for one in incidents.reports_of(row, viewer=self.viewer) if one.is_complete]
        roles: dict[str, list[Shape]] = defaultdict(list)
        for link in incidents.entity_links_of([row]):
            roles[link.role].append(self._entity_line(link.entity.entity_id, link.entity.name))
        said = taxonomies.of_incident(row, viewer=self.viewer)
        return {
            **self._incident_line(row),
            "entities": dict(roles),
            "reports": [self._report_line(one) for one in own],
            "classifications": [self._classification(one) for one in said],
            "cite": f"{self.base}/cite/{row.incident_id}/",
        }

    def _why_not(self, kind: str, number: int) -> str:
        true = incidents.true_number(number) if kind == "incident" else None
        if true is not None and incidents.get(true, viewer=self.viewer) is not None:
            return f"Incident {number} is a duplicate: read incident {true}."
        if recorded.tombstone(kind, str(number)) is not None:
            return f"{kind.capitalize()} {number} was withdrawn."
        return f"There is no {kind} {number}."

    def report(self, number: int) -> Shape:
        """Return a report with its text, as far as its source permits. Raises NotThere."""
        row = reports.get(number, viewer=self.viewer)
        if row is None:
            raise NotThere(self._why_not("report", number))
        words = row.text[: row.snippet_max_characters]
        told = incidents.numbers_by_report([row.pk], viewer=self.viewer)
        return {
            **self._report_line(row),
            "incident_ids": told.get(row.pk, []),
            "text": self.marks.around(words[:MOST_CHARACTERS]),
            "is_cut": len(words) > MOST_CHARACTERS,
        }

    def alike(self, number: int | None, words: str, *, limit: int) -> Shape:
        """Return the incidents that are most like one, or like a text. Raises NotThere."""
        found = self._neighbors(number, words, limit=limit)
        return {"results": [self._incident_line(row) for row in found]}

    def _neighbors(self, number: int | None, words: str, *, limit: int) -> list[Incident]:
        without: tuple[int, ...] = ()
        if number is not None:
            row = incidents.get(number, viewer=self.viewer)
            if row is None:
                raise NotThere(self._why_not("incident", number))
            words, without = f"{row.title}\n{row.description}", (number,)
        if not words.strip():
            raise NotThere("Name an incident, or give a text.")
        scored = similar.scored(words, limit=limit, viewer=self.viewer, without=without)
        numbers = [one for one, _score in scored]
        rows = {
            one.incident_id: one
            for one in incidents.listed(self.viewer).filter(incident_id__in=numbers)
        }
        return [rows[one] for one in numbers if one in rows]

    def entity(self, entity_id: str) -> Shape:
        """Return an entity with the incidents that name it, by role. Raises NotThere."""
        row = incidents.entity(entity_id, viewer=self.viewer)
        if row is None:
            true = entities.true_id(entity_id)
            row = incidents.entity(true, viewer=self.viewer) if true is not None else None
        if row is None:
            like = incidents.entity_names_like(entity_id, limit=5, viewer=self.viewer)
            hint = f" Names like it: {', '.join(map(untrusted.name, like))}." if like else ""
            raise NotThere(f"There is no entity {untrusted.name(entity_id)}.{hint}")
        places: dict[str, list[int]] = defaultdict(list)
        for number, roles in sorted(naming.places_of(row, viewer=self.viewer).items()):
            for role in sorted(roles):
                places[role].append(number)
        return {
            **self._entity_line(row.entity_id, row.name),
            "kind": row.kind,
            "aliases": sorted(untrusted.name(one.name) for one in row.aliases.all()),
            "incidents": dict(places),
            "note": "Being named is an allegation in reports, not a finding.",
        }

    def taxonomy(self, namespace: str) -> Shape:
        """Return a taxonomy with its questions, or all taxonomies. Raises NotThere."""
        rows = taxonomies.all_taxonomies(self.viewer)
        if not namespace:
            return {
                "taxonomies": [
                    {
                        "namespace": row.namespace,
                        "classifications": row.classified,  # type: ignore[attr-defined]
                    }
                    for row in rows
                ]
            }
        row = next((one for one in rows if one.namespace.lower() == namespace.lower()), None)
        if row is None:
            known = ", ".join(one.namespace for one in rows)
            raise NotThere(f"There is no such taxonomy. Known: {known}.")
        return {
            "namespace": row.namespace,
            "description": self.marks.around(row.description),
            "url": f"{self.base}/taxonomies/{row.namespace.lower()}/",
            "fields": [
                {
                    "short_name": one.short_name,
                    "display_type": one.display_type,
                    "short_description": one.short_description,
                    "permitted_values": one.permitted_values,
                }
                for one in taxonomies.fields_of(row)
            ],
        }

    def suggestion(self, namespace: str, number: int | None, words: str) -> Shape:
        """Return what a taxonomy says of the incidents most like one, counted; it writes nothing.

        Raises NotThere.
        """
        taxonomy = taxonomies.get(namespace)
        if taxonomy is None:
            raise NotThere("There is no such taxonomy.")
        near = self._neighbors(number, words, limit=_NEIGHBORS)
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        shown: dict[tuple[str, str], list[int]] = defaultdict(list)
        classified: set[int] = set()
        for name, value, incident in taxonomies.public_values_of(
            taxonomy, [one.pk for one in near], viewer=self.viewer
        ):
            counts[name][value] += 1
            shown[name, value].append(incident)
            classified.add(incident)
        return {
            "namespace": taxonomy.namespace,
            "made_by": "machine: a count over similar incidents, reviewed by nobody",
            "from_incidents": sorted(classified),
            "suggestions": [
                {
                    "field": name,
                    "values": [
                        {
                            "value": value,
                            "count": count,
                            "of": len(classified),
                            "incidents": shown[name, value],
                        }
                        for value, count in found.most_common(_MOST_VALUES)
                    ],
                }
                for name, found in sorted(counts.items())
            ],
        }

    def _incident_line(self, row: Incident) -> Shape:
        themes = sensitive_themes(f"{row.title} {row.description}")
        return {
            "incident_id": row.incident_id,
            "date": row.date.isoformat(),
            "title": self.marks.around(row.title),
            "description": self.marks.around(row.description),
            "url": f"{self.base}/cite/{row.incident_id}/",
            **({"sensitive": list(themes)} if themes else {}),
        }

    def _report_line(self, row: Report) -> Shape:
        return {
            "report_number": row.report_number,
            "title": self.marks.around(row.title),
            "source_domain": untrusted.name(row.source_domain),
            "authors": _names(reports.terms_of(row, ReportTerm.AUTHOR)),
            "date_published": row.published_at.date().isoformat(),
            "language": row.language,
            "url": f"{self.base}/reports/{row.report_number}/",
        }

    def _entity_line(self, entity_id: str, name: str) -> Shape:
        return {"entity_id": entity_id, "name": untrusted.name(name)}

    def _classification(self, row: Any) -> Shape:
        shape = shapes.classification(row)
        return {
            "namespace": shape["namespace"],
            "answers": [
                {"field": one["short_name"], "value": self._answer(one["value"])}
                for one in shape["attributes"]
            ],
        }

    def _answer(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.marks.around(value)
        if isinstance(value, list):
            return [self._answer(one) for one in value]
        if isinstance(value, dict):
            return {name: self._answer(one) for name, one in value.items()}
        return value


def _names(words: Iterable[str]) -> list[str]:
    return [untrusted.name(one) for one in words]

"""Reads what a query selects: each table once for all records of a level, and nothing unasked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo
from graphql.language.ast import SelectionSetNode

from incidentbase.serve.graphql.filters import Asking, among, condition, order
from incidentbase.serve.graphql.sources import SOURCES, Beside, Link, Source
from incidentbase.store.accounts.rules import INCIDENT_EDITOR

Record = dict[str, Any]
# What is selected of each field: of those with fields of their own, all that is wanted of them.
Selection = dict[str, list[SelectionSetNode]]


def many(name: str, info: GraphQLResolveInfo, asked: dict[str, Any]) -> list[Record]:
    """Return the records of a root field with all that is selected of them."""
    asking: Asking = info.context
    page = asked.get("pagination") or {}
    skip, limit = max(0, page.get("skip") or 0), max(0, page.get("limit") or 0)
    rows = SOURCES[name].rows(asking.viewer).filter(condition(name, asked.get("filter"), asking))
    rows = rows.order_by(*order(name, asked.get("sort")))
    rows = rows[skip : skip + limit] if limit else rows[skip:]
    return _told(name, info, rows)


def one(name: str, info: GraphQLResolveInfo, pk: int) -> Record | None:
    """Return one record with all that is selected of it; None where nobody may see it."""
    rows = SOURCES[name].rows(info.context.viewer).filter(pk=pk)
    return next(iter(_told(name, info, rows)), None)


def _told(name: str, info: GraphQLResolveInfo, rows: QuerySet[Any]) -> list[Record]:
    sets = [node.selection_set for node in info.field_nodes if node.selection_set]
    reader = _Reader(info, info.context)
    return reader.read(name, rows, reader.selected(sets), None)


class _Reader:
    def __init__(self, info: GraphQLResolveInfo, asking: Asking) -> None:
        self._fragments = info.fragments
        self._asking = asking

    def selected(self, sets: Iterable[SelectionSetNode]) -> Selection:
        """Return the fields of selections, those of fragments among them."""
        found: Selection = {}
        for one in sets:
            for node in one.selections:
                if isinstance(node, FieldNode):
                    inside = found.setdefault(node.name.value, [])
                    inside += [node.selection_set] if node.selection_set else []
                    continue
                spread = isinstance(node, FragmentSpreadNode)
                part = self._fragments[node.name.value] if spread else node  # type: ignore[attr-defined]
                for name, more in self.selected([part.selection_set]).items():  # type: ignore[attr-defined]
                    found.setdefault(name, []).extend(more)
        return found

    def read(
        self, name: str, rows: QuerySet[Any], wanted: Selection, times: Counter[int] | None
    ) -> list[Record]:
        """Return records with their lists; `times` says how often each stands in the answer."""
        source = SOURCES[name]
        hidden = frozenset() if self._is_editor else source.for_editors
        columns = {one: at for one, at in source.columns.items() if one in wanted}
        own = {**columns, **_more_columns(name, wanted)}
        records = [
            {one: row[at] for one, at in own.items()} | {"pk": row["pk"]}
            for row in rows.values("pk", *set(own.values()))
        ]
        for record in records:
            record.update(dict.fromkeys(hidden & record.keys()))
        times = times or Counter(record["pk"] for record in records)
        self._asking.budget.spend(sum(times.values()))
        self._add_lists(name, source, records, wanted, times)
        return records

    @property
    def _is_editor(self) -> bool:
        return self._asking.viewer.has_role(INCIDENT_EDITOR)

    def _add_lists(
        self,
        name: str,
        source: Source,
        records: list[Record],
        wanted: Selection,
        times: Counter[int],
    ) -> None:
        by_key = {record["pk"]: record for record in records}
        for one, beside in source.beside.items():
            if one in wanted:
                may = name != "User" or bool(self._asking.viewer.account_id)
                self._add_beside(by_key, one, beside, times, may_read=may)
        for one, link in source.links.items():
            if one in wanted:
                self._add_linked(by_key, one, link, self.selected(wanted[one]), times)
        if source.words and "translations" in wanted:
            self._add_words(by_key, source.words)

    def _add_beside(
        self,
        by_key: dict[int, Record],
        name: str,
        beside: Beside,
        times: Counter[int],
        *,
        may_read: bool,
    ) -> None:
        for record in by_key.values():
            record[name] = []
        if not may_read:
            return
        rows = self._rows_of(beside, by_key, beside.order)
        names = list(beside.members)
        for owner, *values in rows.values_list(
            f"{beside.owner}_id", *(beside.members.values() or (beside.value,))
        ):
            told = dict(zip(names, values, strict=True)) if names else values[0]
            by_key[owner][name].append(told)
        self._asking.budget.spend(sum(times[key] * len(by_key[key][name]) for key in by_key) // 4)

    def _add_linked(
        self,
        by_key: dict[int, Record],
        name: str,
        link: Link,
        wanted: Selection,
        times: Counter[int],
    ) -> None:
        owner = "pk" if link.owner == "id" else f"{link.owner}_id"
        target = "pk" if link.target == "id" else f"{link.target}_id"
        rows = self._rows_of(link, by_key, link.order).exclude(**{target: None})
        pairs = list(rows.values_list(owner, target))
        often: Counter[int] = Counter()
        for key, end in pairs:
            often[end] += times[key]
        seen = SOURCES[link.type].rows(self._asking.viewer)
        ends = seen.filter(pk__in=among(list(often)))
        found = {one["pk"]: one for one in self.read(link.type, ends, wanted, often)}
        for record in by_key.values():
            record[name] = []
        for key, end in pairs:
            if end in found:
                by_key[key][name].append(found[end])

    def _add_words(self, by_key: dict[int, Record], words: Beside) -> None:
        for record in by_key.values():
            record["words"] = {}
        rows = self._rows_of(words, by_key, words.order)
        names = list(words.members)
        for owner, language, *values in rows.values_list(
            f"{words.owner}_id", "language", *words.members.values()
        ):
            by_key[owner]["words"][language] = dict(zip(names, values, strict=True))

    def _rows_of(self, of: Beside | Link, by_key: dict[int, Record], by: str) -> QuerySet[Any]:
        owner = "pk" if of.owner == "id" else of.owner
        rows = of.model._default_manager.annotate(**getattr(of, "computed", {}))
        return rows.filter(**of.where, **{f"{owner}__in": among(list(by_key))}).order_by(by)


def _more_columns(name: str, wanted: Selection) -> dict[str, str]:
    """Return the columns behind fields that are put together from several."""
    found = {}
    if name == "Incident" and "tsne" in wanted:
        found |= {"map_x": "map_x", "map_y": "map_y"}
    if name == "User" and "adminData" in wanted:
        found |= {
            one: one for one in ("public_id", "email", "created_at", "is_active", "last_login")
        }
    return found

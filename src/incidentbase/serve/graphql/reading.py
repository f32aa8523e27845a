"""Reads what a query selects: each table once for all records of a level, and nothing unasked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import F, QuerySet, Value
from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo
from graphql.language.ast import SelectionSetNode

from incidentbase.serve.graphql import vectors
from incidentbase.serve.graphql.filters import Asking, among, condition, order
from incidentbase.serve.graphql.shapes import Beside, Link, Made, Named, Source
from incidentbase.serve.graphql.sources import SOURCES
from incidentbase.store.accounts.models import AccountRole
from incidentbase.store.accounts.rules import NotPermitted

_RECORDS_OF_A_VECTOR = 50

Record = dict[str, Any]
# What is selected of each field: of those with fields of their own, all that is wanted of them.
Selection = dict[str, list[SelectionSetNode]]


def many(name: str, info: GraphQLResolveInfo, asked: dict[str, Any]) -> list[Record]:
    """Return the records of a root field with all that is selected of them."""
    asking: Asking = info.context
    page = asked.get("pagination") or {}
    skip, limit = max(0, page.get("skip") or 0), max(0, page.get("limit") or 0)
    rows = asking.rows(name).filter(condition(name, asked.get("filter"), asking))
    rows = rows.order_by(*order(name, asked.get("sort")))
    rows = rows[skip : skip + limit] if limit else rows[skip:]
    return _told(name, info, rows)


def one(name: str, info: GraphQLResolveInfo, pk: int) -> Record | None:
    """Return one record with all that is selected of it; None where nobody may see it."""
    return next(iter(_told(name, info, info.context.rows(name).filter(pk=pk))), None)


def several(name: str, info: GraphQLResolveInfo, pks: list[int]) -> list[Record]:
    """Return the records of these keys that may be seen with all that is selected of them."""
    return _told(name, info, info.context.rows(name).filter(pk__in=among(pks)))


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
                part: Any = self._fragments[node.name.value] if spread else node  # type: ignore[attr-defined]
                for name, more in self.selected([part.selection_set]).items():
                    found.setdefault(name, []).extend(more)
        return found

    def read(
        self, name: str, rows: QuerySet[Any], wanted: Selection, times: Counter[int] | None
    ) -> list[Record]:
        """Return records with their lists; `times` says how often each stands in the answer."""
        source = SOURCES[name]
        hidden = {} if self._asking.reads_all_of(source) else source.for_editors
        made = _made(source, wanted)
        own = {one: at for one, at in source.columns.items() if one in wanted}
        own |= {at: at for at in _columns_behind(name, source, made, wanted)}
        columns = list(dict.fromkeys(("pk", *own.values())))
        places = [("pk", 0), *((one, columns.index(at)) for one, at in own.items())]
        records = [{one: row[place] for one, place in places} for row in rows.values_list(*columns)]
        times = times or Counter(record["pk"] for record in records)
        self._asking.budget.spend(sum(times.values()))
        if name == "User" and "adminData" in wanted:
            _require_own(records, self._asking)
        for record in records:
            for one, value in made.items():
                record[one] = value.of(record)
        lists = {one: sets for one, sets in wanted.items() if one not in hidden}
        self._add_lists(source, records, lists, times)
        self._add_vectors(name, records, wanted)
        if shown := {one: hidden[one] for one in hidden if one in wanted}:
            for record in records:
                record.update(shown)
        return records

    def _add_lists(
        self, source: Source, records: list[Record], wanted: Selection, times: Counter[int]
    ) -> None:
        by_key = {record["pk"]: record for record in records}
        for group in _alike(source.beside, wanted):
            self._add_beside(by_key, group, times)
        for links in _alike(source.links, wanted):
            self._add_linked(by_key, links, wanted, times)
        for one, named in source.named.items():
            if one in wanted:
                self._add_named(records, one, named, wanted[one], times)
        if source.words and "translations" in wanted:
            self._add_words(by_key, source.words)

    def _add_beside(
        self, by_key: dict[int, Record], group: dict[str, Beside], times: Counter[int]
    ) -> None:
        first = next(iter(group.values()))
        for record in by_key.values():
            for name in group:
                record[name] = []
        if first.model is AccountRole and not self._asking.viewer.account_id:
            return
        members = list(first.members)
        values = members and first.members.values()
        rows = self._rows_of(list(group.values()), by_key).values_list(
            _kind_of(first), f"{first.owner}_id", *(values or (first.value,))
        )
        names = {beside.tag[1]: name for name, beside in group.items()}
        cost = 0
        for kind, owner, *told in rows:
            entry = dict(zip(members, told, strict=True)) if members else told[0]
            by_key[owner][names[kind]].append(entry)
            cost += times[owner]
        self._asking.budget.spend(cost // 4)

    def _add_linked(
        self,
        by_key: dict[int, Record],
        links: dict[str, Link],
        wanted: Selection,
        times: Counter[int],
    ) -> None:
        first = next(iter(links.values()))
        owner = "pk" if first.owner == "id" else f"{first.owner}_id"
        target = "pk" if first.target == "id" else f"{first.target}_id"
        rows = self._rows_of(list(links.values()), by_key).exclude(**{target: None})
        pairs = list(rows.values_list(_kind_of(first), owner, target))
        often: Counter[int] = Counter()
        for _kind, key, end in pairs:
            often[end] += times[key]
        ends = self._asking.rows(first.to).filter(pk__in=among(list(often)))
        sets = [one for name in links for one in wanted[name]]
        found = {one["pk"]: one for one in self.read(first.to, ends, self.selected(sets), often)}
        for record in by_key.values():
            for name, link in links.items():
                record[name] = [] if link.is_list else None
        names = {link.tag[1]: name for name, link in links.items()}
        for kind, key, end in pairs:
            if end not in found:
                continue
            name = names[kind]
            if links[name].is_list:
                by_key[key][name].append(found[end])
            else:
                by_key[key][name] = found[end]

    def _add_named(
        self,
        records: list[Record],
        name: str,
        named: Named,
        sets: list[SelectionSetNode],
        times: Counter[int],
    ) -> None:
        keys = {record["pk"]: named.keys.of(record) for record in records}
        wanted = self.selected(sets)
        rows = self._asking.rows(named.to).filter(
            **{f"{named.key}__in": {one for some in keys.values() for one in some}}
        )
        pks = dict(rows.values_list(named.key, "pk"))
        often: Counter[int] = Counter()
        for pk, some in keys.items():
            for one in some:
                if one in pks:
                    often[pks[one]] += times[pk]
        found = {one["pk"]: one for one in self.read(named.to, rows, wanted, often)}
        for record in records:
            ends = [found[pks[one]] for one in keys[record["pk"]] if one in pks]
            record[name] = ends if named.is_list else next(iter(ends), None)

    def _add_words(self, by_key: dict[int, Record], words: Beside) -> None:
        for record in by_key.values():
            record["words"] = {}
        names = list(words.members)
        for owner, language, *values in self._rows_of([words], by_key).values_list(
            f"{words.owner}_id", "language", *words.members.values()
        ):
            by_key[owner]["words"][language] = dict(zip(names, values, strict=True))

    def _add_vectors(self, name: str, records: list[Record], wanted: Selection) -> None:
        if "embedding" not in wanted:
            return
        found = vectors.of(name, records, at=self._asking.viewer.at)
        self._asking.budget.spend(len(found) * _RECORDS_OF_A_VECTOR)
        for record in records:
            record["embedding"] = found.get(record["pk"])

    def _rows_of(self, alike: Sequence[Beside | Link], by_key: dict[int, Record]) -> QuerySet[Any]:
        first = alike[0]
        owner = "pk" if first.owner == "id" else first.owner
        rows = first.model._default_manager.annotate(**getattr(first, "computed", {}))
        if column := first.tag[0]:
            rows = rows.filter(**{f"{column}__in": [one.tag[1] for one in alike]})
        rows = rows.filter(**getattr(first, "where", {}), **{f"{owner}__in": among(list(by_key))})
        return rows.order_by(first.order)


def _alike(parts: dict[str, Any], wanted: Selection) -> Iterator[dict[str, Any]]:
    """Yield the wanted lists in groups that one question to a table answers."""
    groups: dict[Any, dict[str, Any]] = {}
    for name, part in parts.items():
        if name in wanted:
            same = (part.model, part.owner, part.tag[0] or name, part.order, _values_of(part))
            groups.setdefault(same, {})[name] = part
    yield from groups.values()


def _values_of(part: Beside | Link) -> tuple[str, ...]:
    if isinstance(part, Link):
        return (part.to, part.target)
    return (part.value, *part.members.values())


def _kind_of(part: Beside | Link) -> Any:
    return F(part.tag[0]) if part.tag[0] else Value("")


def _made(source: Source, wanted: Selection) -> dict[str, Made]:
    return {name: made for name, made in source.made.items() if name in wanted}


def _columns_behind(
    name: str, source: Source, made: dict[str, Made], wanted: Selection
) -> set[str]:
    """Return the columns behind what is put together from several."""
    behind = [*made.values(), *(one.keys for at, one in source.named.items() if at in wanted)]
    found = {column for one in behind for column in one.columns}
    for member, columns in source.objects.items():
        found |= set(columns.values()) if member in wanted else set()
    if name == "User" and "adminData" in wanted:
        found |= {"public_id", "email", "created_at", "is_active", "last_login"}
    if "embedding" in wanted:
        found |= vectors.columns(name)
    return found


def _require_own(records: list[Record], asking: Asking) -> None:
    """Raise NotPermitted unless what is told of accounts is told to themselves, or to admins."""
    viewer = asking.viewer
    if not viewer.is_admin and any(one["public_id"] != viewer.account_id for one in records):
        raise NotPermitted("only admins and the account itself")

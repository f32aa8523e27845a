"""Search results as the parts of the design system want them: cards, facets, chips, columns."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidentbase.index import building, passages
from incidentbase.index import facets as facet_list
from incidentbase.index import query as queries
from incidentbase.index import search as searching
from incidentbase.index.engines import FacetCount, Sort
from incidentbase.kit import text
from incidentbase.serve.http import asking
from incidentbase.serve.http.asking import Address, Asked, Display
from incidentbase.serve.web import charts, presenting
from incidentbase.serve.web.naming import Names, names_for
from incidentbase.store.accounts.rules import Viewer

VALUES_SHOWN = 10

# What is open at first, because most readers look for it.
OPEN_FACETS = frozenset({"classifications", "deployer"})

INCIDENT_COLUMNS = ("number", "title", "date", "reports")
REPORT_COLUMNS = ("number", "title", "published")
CHOSEN_AT_FIRST = {
    True: (*INCIDENT_COLUMNS, "deployer", "mit_domain"),
    False: (*REPORT_COLUMNS, "source", "language"),
}


def sort_labels() -> dict[Sort, str]:
    """Return what the orders are called."""
    return {
        "relevance": _("Relevance"),
        "incident-date-desc": _("Incident date, newest first"),
        "incident-date-asc": _("Incident date, oldest first"),
        "published-date-desc": _("Published, newest first"),
        "published-date-asc": _("Published, oldest first"),
        "submitted-date-desc": _("Submitted, newest first"),
        "submitted-date-asc": _("Submitted, oldest first"),
    }


def kind_tabs(
    address: Address, asked: Asked, counted: Sequence[FacetCount]
) -> list[dict[str, Any]]:
    """Return a tab for each kind of record with how many results it would have."""
    counts = {one.value: one.count for one in counted}
    labels: dict[asking.Listed, str] = {
        "incidents": _("Incidents"),
        "all": _("All reports"),
        "incident_reports": _("Incident reports"),
        "issue_reports": _("Issue reports"),
    }
    gone = dict.fromkeys(("hideDuplicates", "is_incident_report"), "")
    return [
        {
            "label": label,
            "url": address.having({**gone, **asking.KIND_PARAMETERS[listed]}).url(),
            "current": listed == asked.listed,
            "count": sum(counts.get(kind, 0) for kind in asking.KINDS[listed]),
        }
        for listed, label in labels.items()
    ]


def display_tabs(address: Address, display: Display) -> list[dict[str, Any]]:
    """Return a tab for each layout; the map is a page of its own."""
    labels: dict[Display, tuple[str, str]] = {
        "details": (_("Details"), "article"),
        "compact": (_("Compact"), "fold"),
        "list": (_("List"), "list"),
        "table": (_("Table"), "table"),
    }
    return [
        {
            "label": label,
            "icon": icon,
            "url": address.having({"display": "" if name == "details" else name}).url(),
            "current": name == display,
        }
        for name, (label, icon) in labels.items()
    ] + [
        {
            "label": _("Map"),
            "icon": "map",
            "url": address.to(reverse("spatial")).only(asking.NARROWING).url(),
            "current": False,
            "is_elsewhere": True,
        }
    ]


def hints(found: searching.Found) -> list[str]:
    """Return in words what was not taken as it was typed."""
    return [*_notes(found.query.notes), *_looseness(found)]


def _looseness(found: searching.Found) -> list[str]:
    is_any = found.exact_total > 0
    if found.exactness == "spelling":
        if is_any:
            return [_("Few results match exactly; further ones are spelled alike.")]
        return [_("Nothing matches exactly. These results are spelled alike.")]
    if found.exactness == "most":
        if is_any:
            return [_("Few results have all of these words; further ones have most of them.")]
        return [_("Nothing has all of these words. These results have most of them.")]
    return []


def _notes(notes: Iterable[str]) -> list[str]:
    said = {
        queries.TOO_LONG: _("The search is very long; only its beginning was used."),
        queries.TOO_MANY_WORDS: _("The search has many parts; only the first ones were used."),
        queries.UNCLOSED_QUOTE: _("A quotation mark has no partner; it was left out."),
        queries.UNBALANCED: _("The parentheses do not match, so all was read as plain words."),
        queries.TOO_DEEP: _("The parentheses are too deep, so all was read as plain words."),
        queries.LONELY_OR: _("OR needs something on both sides, so all was read as plain words."),
        queries.NOT_A_DATE: _(
            "A date was not understood; write a year, a month or a day, such as 2020, 2020-06 or "
            "2020-06-30."
        ),
    }
    return [said[note] for note in notes]


# Facets


def facet_blocks(
    address: Address, search: searching.Search, found: searching.Found, names: Names
) -> list[dict[str, Any]]:
    """Return every facet that is a list of values, with links that choose and exclude."""
    blocks = []
    for facet in facet_list.FILTERS:
        if facet.kind == "year":
            continue
        counted = found.facets.get(facet.name, ())
        chosen = len(search.filters.get(facet.name, ())) + len(search.exclude.get(facet.name, ()))
        all_url = address.to(reverse("discover-facet", args=[facet.name])).having({})
        blocks.append(
            {
                "name": facet.name,
                "label": facet.label,
                "help": facet.help,
                "is_tree": facet.kind == "tree",
                "items": facet_items(address, facet.name, counted[:VALUES_SHOWN], names),
                "has_more": len(counted) > VALUES_SHOWN,
                "all_url": all_url.url(),
                "chosen": chosen,
                "is_open": bool(chosen) or facet.name in OPEN_FACETS,
            }
        )
    return blocks


def facet_items(
    address: Address, name: str, values: Iterable[FacetCount], names: Names
) -> list[dict[str, Any]]:
    """Return values of a facet with their counts and links."""
    is_tree = facet_list.BY_NAME[name].kind == "tree"
    below = address.to(reverse("discover-facet", args=[name]))
    return [
        {
            "label": names.of(name, one.value),
            "count": one.count,
            "selected": one.selected,
            "url": address.toggled(name, one.value).url(),
            "exclude_url": "" if one.selected else address.excluding(name, one.value).url(),
            "below_url": below.having({"below": one.value}).url() if is_tree else "",
            "lang": "en" if is_tree or name == "mit_domain" else "",
        }
        for one in values
    ]


def histograms(
    address: Address, search: searching.Search, found: searching.Found
) -> list[dict[str, Any]]:
    """Return the facets that are years, with their bars and the span asked for."""
    made = []
    for facet in facet_list.FILTERS:
        if facet.kind != "year":
            continue
        span = asking.SPAN_OF_YEARS[facet.name]
        first, last = search.dates.get(span, (None, None))
        chosen = {int(year) for year in search.filters.get(facet.name, ())}
        counts = [(int(one.value), one.count) for one in found.facets.get(facet.name, ())]
        years = sorted(year for year, count in counts if count or year in chosen)
        if not years:
            continue
        within = range(first.year if first else years[0], (last.year if last else years[-1]) + 1)
        marked = chosen or (set(within) if first or last else set())
        parameter = asking.SPANS[span][1]
        taken = {facet.parameter, *asking.SPAN_PARAMETERS[span]}
        made.append(
            {
                "id": facet.name,
                "caption": facet.label,
                "bars": charts.years(
                    [(year, count) for year, count in counts if years[0] <= year <= years[-1]],
                    url=lambda year, name=facet.name: address.toggled(name, str(year)).url(),  # type: ignore[misc]
                    selected=frozenset(marked),
                ),
                "max": max((count for _year, count in counts), default=0),
                "dim": bool(marked),
                "from_name": f"{parameter}_min",
                "to_name": f"{parameter}_max",
                "from_value": _as_given(address, f"{parameter}_min", first),
                "to_value": _as_given(address, f"{parameter}_max", last),
                "first": years[0],
                "last": years[-1],
                "action": address.path,
                "kept": pairs(address, without=taken),
                "clear_url": address.having(dict.fromkeys(taken, "")).url() if marked else "",
            }
        )
    return made


def _as_given(address: Address, parameter: str, day: dt.date | None) -> str:
    """Return a day as it stands in the address; the old parameters have seconds instead."""
    given = address.query.get(parameter, "")
    return given if given and day else (day.isoformat() if day else "")


def kept_in_search(address: Address) -> list[tuple[str, str]]:
    """Return the parameters that the search form carries along."""
    return pairs(address, without={"s", "sortBy"})


def pairs(address: Address, *, without: set[str]) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name in address.query
        if name in asking.KNOWN - without - {"page"}
        for value in address.query.getlist(name)
    ]


def chips(address: Address, search: searching.Search, names: Names) -> list[dict[str, Any]]:
    """Return what narrows the result, each with the address without it."""
    shown = [
        {
            "name": facet_list.BY_NAME[name].label,
            "value": names.in_full(name, value),
            "url": address.toggled(name, value).url(),
        }
        for name, values in search.filters.items()
        for value in values
    ]
    shown += [
        {
            "name": _("Not: %(facet)s") % {"facet": facet_list.BY_NAME[name].label},
            "value": names.in_full(name, value),
            "url": address.excluding(name, value).url(),
        }
        for name, values in search.exclude.items()
        for value in values
    ]
    labels = {"incident": _("Incident date"), "published": _("Published")}
    for span, (first, last) in search.dates.items():
        given = {"first": first or "…", "last": last or "…"}
        gone = dict.fromkeys(asking.SPAN_PARAMETERS[span], "")
        shown.append(
            {
                "name": labels[span],
                "value": _("%(first)s to %(last)s") % given,
                "url": address.having(gone).url(),
            }
        )
    return shown


def names_of_all(found: searching.Found, search: searching.Search, viewer: Viewer) -> Names:
    """Return the names of all values that the page shows."""
    values: dict[str, list[str]] = {}
    for name, counted in found.facets.items():
        values.setdefault(name, []).extend(one.value for one in counted)
    for chosen in (search.filters, search.exclude):
        for name, given in chosen.items():
            values.setdefault(name, []).extend(given)
    return names_for(values, viewer)


# Cards


def cards(found: searching.Found) -> list[dict[str, Any]]:
    """Return a card for each hit, with where and why it matched."""
    return [_card(hit, found.query) for hit in found.hits]


def _card(hit: searching.Hit, query: queries.Query) -> dict[str, Any]:
    shown = [_passage(hit, one) for one in hit.matching]
    why = [reason_text(reason) for reason in hit.reasons]
    if hit.incident is not None:
        card = presenting.incident_card(hit.incident)
        card.passages = shown
        card.why = why
        if query.wanted:
            card.title_segments = _segments(passages.marked(card.title, query, card.language))
        return {"incident": card}
    report = presenting.report_card(cast("Any", hit.report))
    return {"report": dataclasses.replace(report, passages=tuple(shown), why=tuple(why))}


def _passage(hit: searching.Hit, one: searching.Matching) -> presenting.PassageShown:
    url = ""
    if hit.incident is not None:
        url = f"{presenting.incident_url(hit.incident.incident_id)}#r{one.number}"
    return presenting.PassageShown(
        where=text.excerpt(one.title, 120),
        language=one.language,
        direction=text.direction(one.language),
        segments=_cut_segments(one.passage),
        url=url,
        source=one.source_domain if url else "",
    )


def _cut_segments(passage: passages.Passage) -> tuple[presenting.Segment, ...]:
    before = (presenting.Segment("… ", hit=False),) if passage.is_cut_before else ()
    after = (presenting.Segment(" …", hit=False),) if passage.is_cut_after else ()
    return (*before, *_segments(passage), *after)


def _segments(passage: passages.Passage) -> tuple[presenting.Segment, ...]:
    return tuple(presenting.Segment(words, is_hit) for words, is_hit in passage.segments)


def reason_text(reason: searching.Reason) -> str:
    """Return in words where something matched."""
    if reason.place == "entity":
        return _("named: %(names)s") % {"names": ", ".join(reason.names)}
    if reason.place == "reports":
        return ngettext("%(count)s report", "%(count)s reports", reason.count) % {
            "count": reason.count
        }
    return {
        "title": _("title"),
        "description": _("description"),
        "translation": _("translation"),
        "text": _("text"),
    }[reason.place]


# Tables


def column_labels(asked: Asked) -> dict[str, str]:
    """Return the columns that a table of these results can have."""
    if asked.lists_incidents:
        own = {
            "number": _("Incident"),
            "title": _("Title"),
            "date": _("Date"),
            "reports": _("Reports"),
        }
    else:
        own = {"number": _("Report"), "title": _("Title"), "published": _("Published")}
    return own | {facet.name: str(facet.label) for facet in facet_list.FILTERS}


def table(asked: Asked, found: searching.Found, viewer: Viewer) -> dict[str, Any]:
    """Return the hits as a table with the columns asked for."""
    labels = column_labels(asked)
    wanted = [name for name in asked.columns if name in labels]
    chosen = wanted or list(CHOSEN_AT_FIRST[asked.lists_incidents])
    rows = facets_of(found.hits, viewer) if set(chosen) & facet_list.NAMES else {}
    values: dict[str, list[str]] = {}
    for row in rows.values():
        for name, given in row.items():
            values.setdefault(name, []).extend(given)
    names = names_for(values, viewer)
    return {
        "columns": [{"label": labels[name], "kind": _column_kind(name)} for name in chosen],
        "rows": [
            [_cell(hit, name, rows.get(_number(hit), {}), names) for name in chosen]
            for hit in found.hits
        ],
        "choices": [
            {"name": name, "label": label, "chosen": name in chosen}
            for name, label in labels.items()
        ],
    }


def facets_of(
    hits: Sequence[searching.Hit], viewer: Viewer
) -> Mapping[int, Mapping[str, tuple[str, ...]]]:
    """Return the facet values of hits by their numbers."""
    found = [hit.incident for hit in hits if hit.incident is not None]
    if found:
        return building.facets_of_incidents(found, viewer=viewer)
    numbers = [hit.report.report_number for hit in hits if hit.report is not None]
    return building.facets_of_reports(numbers, viewer=viewer)


def _number(hit: searching.Hit) -> int:
    if hit.incident is not None:
        return hit.incident.incident_id
    return hit.report.report_number if hit.report is not None else 0


def _column_kind(name: str) -> str:
    if name in ("number", "reports"):
        return "number"
    return {"date": "date", "published": "date", "title": "title"}.get(name, "")


def _cell(
    hit: searching.Hit, name: str, values: Mapping[str, tuple[str, ...]], names: Names
) -> dict[str, Any]:
    if name in facet_list.NAMES:
        given = _leaves(name, values.get(name, ()))
        return {"text": ", ".join(names.in_full(name, value) for value in given)}
    if hit.incident is not None:
        return _incident_cell(hit.incident, name)
    return _report_cell(hit.report, name)


def _leaves(name: str, values: Sequence[str]) -> list[str]:
    """Return the values without the branches that lead to them."""
    if facet_list.BY_NAME[name].kind != "tree":
        return list(values)
    return [value for value in values if value.count(facet_list.LEVELS) > 1]


def _incident_cell(incident: Any, name: str) -> dict[str, Any]:
    card = presenting.incident_card(incident)
    return {
        "number": {"text": str(card.number), "url": card.url, "kind": "number"},
        "title": {"text": card.title, "url": card.url, "lang": card.language},
        "date": {"text": card.date.isoformat(), "kind": "date"},
        "reports": {"text": str(card.report_count), "kind": "number"},
    }[name]


def _report_cell(report: Any, name: str) -> dict[str, Any]:
    url = presenting.report_url(report.report_number)
    words = presenting.report_text(report)
    return {
        "number": {"text": str(report.report_number), "url": url, "kind": "number"},
        "title": {"text": words.title, "url": url, "lang": words.shown.language},
        "published": {"text": report.published_at.date().isoformat(), "kind": "date"},
    }[name]


def help_rows() -> list[dict[str, str]]:
    """Return what the query language understands, with an example of each."""
    rows = [
        {"typed": "robot arm", "means": _("both words, in any place")},
        {"typed": '"robot arm"', "means": _("the words side by side")},
        {"typed": "robot -arm", "means": _("the first word without the second")},
        {"typed": "robot OR drone", "means": _("either of the two")},
        {"typed": "(robot OR drone) injured", "means": _("parentheses group")},
        {"typed": "robo*", "means": _("words that begin like this")},
        {"typed": "#530", "means": _("goes to the incident with this number")},
        {"typed": "after:2020 before:2021-06", "means": _("from a day on, and earlier than a day")},
    ]
    return rows + [
        {"typed": f"{facet.prefixes[0]}:…", "means": capfirst(str(facet.label))}
        for facet in facet_list.FILTERS
        if facet.prefixes
    ]

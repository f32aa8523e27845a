"""The page that shows every part in all its states, from the samples below.

No database and no viewer: what stands here is made up for the page and says so. The reference for
whoever writes a page, and the page on which accessibility checks look at all parts at once.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

Sample = dict[str, Any]


def styleguide(request: HttpRequest) -> HttpResponse:
    """Show the parts."""
    context = {
        "samples": samples(),
        "meta": {
            "title": _("Style guide"),
            "description": _("Every part of the pages, in all its states."),
            "robots": "noindex",
        },
    }
    return render(request, "pages/styleguide.html", context)


def samples() -> Sample:
    """Return one entry for each part that takes more than a few words."""
    return {
        "badges": [
            {"label": _("Neutral")},
            {"label": _("Responded"), "kind": "accent", "icon": "check"},
            {"label": _("Unreviewed"), "kind": "warning", "icon": "warning"},
            {"label": _("Approved"), "kind": "success", "icon": "check"},
        ],
        "buttons": _buttons(),
        "classifications": _classifications(),
        "citation": _citation(),
        "date": dt.date(2023, 4, 18),
        "moment": dt.datetime(2023, 4, 18, 9, 30, tzinfo=dt.UTC),
        "facets": _facets(),
        "span": _span(),
        "cards": [{"incident": incident} for incident in _incidents()],
        "fields": _fields(),
        "flashes": _flashes(),
        "histogram": _histogram(),
        "incidents": _incidents(),
        "reports": _reports(),
        "table": _table(),
        "tabs": _tabs(),
        "timeline": _timeline(),
        "themes": [_("sexual violence"), _("children")],
    }


def _buttons() -> list[Sample]:
    return [
        {"label": _("Primary"), "kind": "primary"},
        {"label": _("Secondary")},
        {"label": _("With icon"), "icon": "download"},
        {"label": _("As a link"), "href": "#button"},
        {"label": _("Danger"), "kind": "danger"},
        {"label": _("Quiet"), "kind": "quiet"},
        {"label": _("Small"), "small": True},
        {"label": _("Disabled"), "disabled": True},
    ]


def _classifications() -> list[Sample]:
    fields: list[Sample] = [
        {
            "id": "sample-harm-basis",
            "label": _("Harm basis"),
            "definition": _("On what ground people were treated differently."),
            "value": _("None"),
        },
        {"label": _("Sector of deployment"), "value": _("Information and communication")},
        {"label": _("Physical objects"), "value": _("No")},
        {"label": _("Autonomy level"), "value": _("Medium")},
        {"label": _("Annotator"), "value": "1"},
        {"label": _("Year"), "value": "2023"},
        {"label": _("Peer reviewed"), "value": _("Yes")},
        {"label": _("Quality control"), "value": _("No")},
    ]
    return [
        {
            "namespace": "SAMPLE-A",
            "title": _("Sample taxonomy A"),
            "url": "#classification",
            "anchor": "SAMPLE-A-classifications",
            "provenance": "human",
            "fields": fields,
        },
        {
            "namespace": "SAMPLE-B",
            "title": _("Sample taxonomy B"),
            "anchor": "SAMPLE-B-classifications",
            "provenance": "machine",
            "fields": fields[1:4],
            "notes": _("Notes are for editors."),
        },
    ]


def _citation() -> list[Sample]:
    text = "Doe, J. (2023-04-18). Incident Number 0: A sample. https://example.org/cite/0/"
    bibtex = "@misc{sample:0,\n  title = {A sample},\n  year = {2023},\n}"
    ris = "TY  - ELEC\nTI  - A sample\nPY  - 2023\nER  -"
    csl = '[{"id": "sample:0", "type": "webpage", "title": "A sample"}]'
    return [
        {"key": "text", "label": _("Text"), "text": text},
        {"key": "bibtex", "label": "BibTeX", "text": bibtex},
        {"key": "ris", "label": "RIS", "text": ris},
        {"key": "csl", "label": "CSL-JSON", "text": csl},
    ]


def _facets() -> list[Sample]:
    languages = [
        ("en", "English", 1204),
        ("ja", "日本語", 87),
        ("ar", "العربية", 12),
        ("es", "español", 64),
        ("fr", "français", 41),
    ]
    return [
        {
            "name": "language",
            "label": _("Language"),
            "open": True,
            "items": [
                {"label": name, "lang": code, "count": count, "url": "#", "selected": code == "en"}
                for code, name, count in languages
            ],
            "chosen": 1,
        },
        {
            "name": "source",
            "label": _("Source"),
            "open": True,
            "items": [
                {
                    "label": f"news-{number}.example",
                    "count": 120 - 7 * number,
                    "url": "#",
                    "exclude_url": "#",
                }
                for number in range(1, 11)
            ],
            "all_url": "#facet-list",
        },
        {
            "name": "classifications",
            "label": _("Classifications"),
            "open": True,
            "tree": True,
            "items": [
                {"label": "MIT", "count": 120, "url": "#", "exclude_url": "#", "below_url": "#"}
            ],
        },
        {"name": "empty", "label": _("Closed, without values"), "items": []},
    ]


def _fields() -> list[Sample]:
    options = [
        {"value": "a", "label": _("First choice"), "selected": True},
        {"value": "b", "label": _("Second choice")},
    ]
    return [
        {"name": "title", "label": _("Title"), "required": True, "value": _("A sample")},
        {
            "name": "address",
            "label": _("Address of the article"),
            "type": "url",
            "help": _("Where the report was first published."),
            "error": _("Enter an address that starts with https://."),
            "required": True,
        },
        {"name": "text", "label": _("Text"), "kind": "textarea", "rows": 3},
        {"name": "choice", "label": _("One of a list"), "kind": "select", "options": options},
        {"name": "radio", "label": _("One of a few"), "kind": "radios", "options": options},
        {
            "name": "several",
            "label": _("Several"),
            "kind": "checkboxes",
            "options": options,
            "help": _("Choose all that apply."),
            "error": _("Choose at least one."),
        },
        {"name": "agree", "label": _("I have read the notice"), "kind": "checkbox"},
        {"name": "locked", "label": _("Not for you"), "disabled": True, "value": _("Fixed")},
    ]


def _flashes() -> list[Sample]:
    return [
        {"level": "info", "message": _("This incident has a newer version.")},
        {"level": "success", "title": _("Saved."), "message": _("Readers see it now.")},
        {"level": "warning", "message": _("Another editor works on this submission.")},
        {"level": "error", "message": _("The address could not be read.")},
    ]


def _histogram() -> Sample:
    counts = [1, 0, 2, 3, 5, 9, 14, 12, 31, 44, 52, 88, 131, 120, 164]
    bars = [
        {
            "label": str(2010 + index),
            "count": count,
            "url": "#histogram",
            "selected": index > 9,
            "tick": index % 5 == 0,
        }
        for index, count in enumerate(counts)
    ]
    return {"bars": bars, "max": max(counts)}


def _span() -> Sample:
    return {
        **_histogram(),
        "id": "span",
        "caption": _("Incident year"),
        "dim": True,
        "from_name": "from",
        "to_name": "to",
        "from_value": "2020",
        "to_value": "2024",
        "first": 2010,
        "last": 2024,
        "action": "#facet-list",
        "kept": [],
        "clear_url": "#facet-list",
    }


def _incidents() -> list[Sample]:
    passage = {
        "where": _("In report 1, translated"),
        "language": "en",
        "direction": "ltr",
        "segments": [
            {"text": "The operator said the "},
            {"text": "robot", "hit": True},
            {"text": " had been withdrawn the same day."},
        ],
    }
    return [
        {
            "number": 1001,
            "title": _("Sample incident with a description"),
            "url": "#",
            "date": dt.date(2023, 4, 18),
            "report_count": 3,
            "description": _("One paragraph tells what happened, to whom, and what is alleged."),
            "badges": [{"label": _("Responded"), "kind": "accent"}],
            "entities": [{"name": "Example Robotics", "url": "#"}],
            "passages": [passage],
            "why": [_("title"), _("text of a report")],
        },
        {
            "number": 1002,
            "title": "配送ロボットが歩道で立ち往生した見本の事案",
            "language": "ja",
            "direction": "ltr",
            "url": "#",
            "date": dt.date(2024, 1, 5),
            "report_count": 1,
            "description": "これは見本です。説明文は一段落で、何が起きたかを述べます。",
        },
        {
            "number": 1003,
            "title": _("Sample incident that is covered"),
            "url": "#",
            "date": dt.date(2024, 2, 9),
            "report_count": 2,
            "description": _("The description stands here."),
            "sensitive": [_("self-harm")],
        },
    ]


def _report(*, number: int, title: str, language: str, direction: str) -> Sample:
    return {
        "number": number,
        "title": title,
        "language": language,
        "direction": direction,
        "source": "news-1.example",
        "year": 2023,
        "published": dt.date(2023, 4, 20),
        "url": "https://news-1.example/article",
        "archive_url": "",
        "excerpt": title,
        "authors": ["Jane Doe", "Max Mustermann"],
        "submitters": ["Anonymous"],
        "badges": [],
        "translated": False,
        "page_url": "#",
        "text_url": "",
        "anchor": f"r{number}",
    }


def _reports() -> list[Sample]:
    english = _report(number=1, title="Sample report", language="en", direction="ltr") | {
        "language_name": _("English"),
        "archive_url": "https://archive.example/1",
        "excerpt": "The beginning of the article stands here, about 240 characters of it, cut at "
        "the end of a word. It is set in the language in which it was written, whatever the "
        "language of the page around it may be…",
        "badges": [{"label": _("Response"), "kind": "success"}],
    }
    arabic = _report(number=2, title="تقرير نموذجي", language="ar", direction="rtl") | {
        "language_name": _("Arabic"),
        "translated": True,
        "excerpt": "هذا نص نموذجي يبين كيف تعرض بداية المقال من اليمين إلى اليسار.",
    }
    covered = _report(number=3, title="見本の報告", language="ja", direction="ltr") | {
        "language_name": _("Japanese"),
        "sensitive": [_("sexual violence")],
        "excerpt": "見本の本文です。内容は自分の意思で開きます。",
    }
    return [english, arabic, covered]


def _table() -> Sample:
    columns = [
        {"label": _("Entity"), "sort_url": "#table", "sorted": ""},
        {"label": _("Incidents"), "kind": "number", "sort_url": "#table", "sorted": "descending"},
        {"label": _("As developer"), "kind": "number"},
        {"label": _("Newest"), "kind": "date"},
    ]
    rows = [
        [
            {"text": name, "url": "#table"},
            {"text": incidents, "kind": "number"},
            {"text": developer, "kind": "number"},
            {"text": newest, "kind": "date"},
        ]
        for name, incidents, developer, newest in (
            ("Example Robotics", 118, 97, "2024-05-01"),
            ("Sample Motors", 46, 40, "2023-11-30"),
            ("Muster AG", 7, 0, "2019-02-14"),
        )
    ]
    return {"columns": columns, "rows": rows}


def _tabs() -> list[Sample]:
    return [
        {"label": _("Details"), "url": "#tabs", "icon": "article", "current": True},
        {"label": _("List"), "url": "#tabs", "icon": "list"},
        {"label": _("Table"), "url": "#tabs", "icon": "table", "count": 812},
        {"label": _("Map"), "url": "#tabs", "icon": "map"},
    ]


def _timeline() -> list[Sample]:
    entries = (
        (dt.date(2023, 4, 18), _("What happened"), "", "incident", 1),
        (dt.date(2023, 4, 20), "Sample report", "#r1", "report", 4),
        (dt.date(2023, 4, 22), "تقرير نموذجي", "#r2", "report", 1),
        (dt.date(2023, 6, 2), _("The operator answers"), "#r1", "response", 1),
    )
    return [
        {"date": on, "label": label, "url": url, "kind": kind, "count": count}
        for on, label, url, kind, count in entries
    ]

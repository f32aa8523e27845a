"""The records that every flow finds: made up, and shaped like the real ones."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from incidentbase.index import spatial, sync
from tests.make import codings, people, records, snapshots

LONG_STORY = 100  # an incident with as many reports as the largest real ones
SENSITIVE = 530  # covered by a notice, known in Japanese
SENSITIVE_REPORT = 2942  # written in Japanese
VARIANT = 3003
LAST = 640
CHECKLIST = "cameras"
FEW = (601, LAST)
REPORTS_OF_LONG_STORY = range(1001, 1059)
JAPANESE_TITLE = "画像を加工するボットについての調査"
JAPANESE_TEXT = (
    "これは試験のために書かれた記事です。画像を加工するボットの規模を調べた。\n\n"
    "## 調査の結果\n\n利用者は増え続けていた。\n\n- 一つ目の点\n- 二つ目の点\n"
)
JAPANESE_INCIDENT = "画像を加工するボットが広まったとされる出来事"
ARABIC_TITLE = "سيارة ذاتية القيادة توقفت في تقاطع مزدحم"

_ENTITIES = {
    "openway": "OpenWay Mobility",
    "lumen-labs": "Lumen Labs",
    "city-of-harbor": "City of Harbor",
    "pedestrians": "pedestrians",
    "tram-passengers": "tram passengers",
    "way-pilot": "WayPilot 3",
    **{f"maker-{letter}": f"Maker {letter.upper()}" for letter in "abcdefghijklmn"},
}


def keep_snapshots(home: Path) -> None:
    """Keep two snapshots, between which much has changed."""
    before = {"openway": "Open Way", "gone": "Gone", "city-of-harbor": "City of Harbor"}
    snapshots.keep(home, at=records.AT - dt.timedelta(days=7), entities=before)
    snapshots.keep(home, entities=dict(_ENTITIES))


def make() -> None:
    """Make all records and bring the search index up to date."""
    records.bring_in("entity", *map(_entity, _ENTITIES.items()))
    _make_taxonomies()
    records.bring_in("report", *_reports())
    records.bring_in("incident", *_incidents())
    _make_translations()
    _make_classifications()
    records.duplicate(99, of=LONG_STORY)
    records.bring_in("checklist", _checklist())
    sync.catch_up(at=records.AT)
    spatial.lay_out(at=records.AT)


def _entity(entry: tuple[str, str]) -> dict[str, object]:
    entity_id, name = entry
    return {
        "object_id": records.object_id("entity", entity_id),
        "entity_id": entity_id,
        "name": name,
        "kind": "",
        "created_at": None,
        "modified_at": None,
    }


def _reports() -> list[dict[str, object]]:
    long_story = [
        records.report_state(
            number,
            title=f"Driverless tram stops at crossing {number}",
            text=f"A driverless tram stopped at a crossing.\n\n## What is known\n\n"
            f"Nobody was hurt, says bulletin {number}. See [the bulletin](https://news.example/b).\n",
            published=dt.date(2023, 3, 1) + dt.timedelta(days=number % 40),
            tags=["response"] if number % 20 == 0 else [],
            source_domain=f"news{number % 15}.example",
        )
        for number in REPORTS_OF_LONG_STORY
    ]
    few = [
        records.report_state(
            number + 1000,
            title=f"Camera mistakes shop {number} for another",
            text=f"A camera system mistook one shop for another; case {number}.\n",
            source_domain=f"paper{number % 5}.example",
        )
        for number in range(FEW[0], LAST + 1)
    ]
    quoted = "| System | Cases |\n|---|---|\n| WayPilot | 3 |\n\n`code_without_any_break_at_all_"
    return [
        *long_story,
        *few,
        records.report_state(
            SENSITIVE_REPORT,
            title=JAPANESE_TITLE,
            text=JAPANESE_TEXT,
            language="ja",
            source_domain="shimbun.example",
            published=dt.date(2021, 7, 8),
        ),
        records.report_state(2943, title="What was found out about the bots"),
        records.report_state(2944, title="Answer of the platform", tags=["response"]),
        records.report_state(
            3001,
            title="Https://example.org/" + "a-very-long-address-that-nobody-can-break" * 3,
            text=quoted + "x" * 120 + "`\n",
        ),
        records.report_state(
            VARIANT,
            title="",
            url="",
            source_domain="",
            text="Our tram stopped as well; see [this page](https://news.example/v).\n",
            inputs_outputs=["A pedestrian waits", "The tram waits for the pedestrian"],
            tags=["variant:unreviewed"],
        ),
        records.report_state(3002, title="A possible harm without an incident"),
    ]


def _incidents() -> list[dict[str, object]]:
    few = [
        records.incident_state(
            number,
            title=f"Camera of shop {number} mistook a visitor",
            date=f"{2015 + number % 10}-05-06",
            reports=[number + 1000],
            deployers=["city-of-harbor"]
            if number % 2
            else [f"maker-{'abcdefghijklmn'[number % 14]}"],
            developers=["lumen-labs"],
            harmed=["pedestrians"],
        )
        for number in range(FEW[0], LAST + 1)
    ]
    return [
        *few,
        records.incident_state(
            LONG_STORY,
            title="Driverless tram stopped at a crossing",
            description="A driverless tram stopped at a crossing and kept passengers waiting.",
            date="2023-02-27",
            reports=[*REPORTS_OF_LONG_STORY, 3001, VARIANT],
            deployers=["openway", "city-of-harbor"],
            developers=["openway"],
            harmed=["tram-passengers", "pedestrians"],
            implicated=["way-pilot"],
            editors=[records.object_id("editor", "one")],
            editor_notes="Reports were checked against the bulletin.",
            editor_similar=[601],
            machine_similar=[[602, 0.91], [603, 0.9]],
        ),
        records.incident_state(
            SENSITIVE,
            title="Bots altered pictures of people",
            description="Bots made non-consensual images from pictures of people.",
            date="2020-07-08",
            reports=[SENSITIVE_REPORT, 2943, 2944],
            developers=["maker-a"],
            harmed=["pedestrians"],
        ),
    ]


def _make_translations() -> None:
    records.incident_translation(SENSITIVE, "ja", JAPANESE_INCIDENT, "試験のための説明。")
    records.incident_translation(LONG_STORY, "ar", ARABIC_TITLE, "وصف مكتوب من أجل الاختبار.")
    records.report_translation(
        1002, "ar", "توقف الترام عند تقاطع", "هذا نص مكتوب من أجل الاختبار.\n"
    )


# A code, a name, a country that is but a dot on the map, and one that is not on it.
SPELLINGS = ("US", "France", "SG", "Atlantis")


def _make_taxonomies() -> None:
    records.taxonomy(
        "MIT",
        records.field("Risk Domain", "enum", permitted_values=["1. Bias", "7. AI system safety"]),
        records.field("Entity", "enum", long_description="Which entity is the **main** cause."),
    )
    many = (records.field(f"Question {number}", "string") for number in range(1, 10))
    records.taxonomy("HARM", records.field("Harm Domain", "bool"), *many)
    records.taxonomy(
        "CSETv1",
        records.field("Date of Incident Year", field_number="1.1"),
        records.field("Location Country (two letters)", field_number="2.1"),
        records.field("AI Harm Level", "enum", permitted_values=["none", "unclear"]),
        headings=[["1", "Time"], ["2", "Place"]],
    )


def _make_classifications() -> None:
    for number in (LONG_STORY, *range(FEW[0], FEW[0] + 12)):
        domain = "7. AI system safety" if number % 3 else "1. Bias"
        records.classification("MIT", number, ["Risk Domain", f'"{domain}"'], ["Entity", '"AI"'])
    for place, number in enumerate((LONG_STORY, *range(FEW[0], FEW[0] + 12))):
        records.classification(
            "CSETv1",
            number,
            ["Date of Incident Year", f'"{2015 + place % 5}"'],
            ["Location Country (two letters)", f'"{SPELLINGS[place % 4]}"'],
            ["AI Harm Level", '"AI tangible harm event"' if place % 3 else '"none"'],
        )
    answers = ([f"Question {number}", f'"Answer {number}"'] for number in range(1, 10))
    records.classification("HARM", LONG_STORY, ["Harm Domain", "true"], *answers)


def _checklist() -> dict[str, object]:
    long_word = "an-unbreakable-name-of-a-risk-" * 3
    return {
        "object_id": records.object_id("checklist"),
        "checklist_id": CHECKLIST,
        "owner_id": "",
        "name": "Cameras of shops",
        "about": "It looks at visitors.\n\nIt counts them.",
        "tags": {"goals": [], "methods": [], "other": ["MIT:Risk Domain:1. Bias", "MIT:Entity:AI"]},
        "risk_fields": ["MIT:Risk Domain"],
        "sharing": "published",
        "link_id": "",
        "created_at": "2024-01-03T00:00:00.000Z",
        "updated_at": "2024-01-03T00:00:00.000Z",
        "risks": [
            {
                "id": "one",
                "title": "Bias",
                "tags": ["MIT:Risk Domain:1. Bias"],
                "risk_status": "Mitigated",
                "severity": "critical",
                "likelihood": "possible",
                "risk_notes": "Measured every month.",
            },
            {"id": "two", "title": long_word, "tags": [], "severity": "rather bad"},
        ],
    }


def make_codings(own: str) -> str:
    """Let two code a long story by HARM, and an account code another; return the id of that."""
    boss, mine = records.actor(), people.viewer(own)
    both = [
        people.viewer(people.account(f"{name}@coders.example", "taxonomy_editor"))
        for name in ("first", "second")
    ]
    codings.assign("HARM", [LONG_STORY], *both, actor=boss)
    for place, one in enumerate(both):
        answers = {"Harm Domain": "true", "Question 1": f"It was answer {place}."}
        codings.hand_in(one, LONG_STORY, notes="A note.", **answers)
    codings.assign("HARM", [SENSITIVE], mine, *both, actor=boss)
    return codings.key_of(mine, SENSITIVE)

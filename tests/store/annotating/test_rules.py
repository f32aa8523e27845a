"""What the codings of one field come to, type by type."""

from __future__ import annotations

from typing import Any

import pytest

from incidentbase.store.annotating import rules
from incidentbase.store.annotating.rules import Coded, Decisions
from incidentbase.store.classifying import rules as answers
from incidentbase.store.classifying.rules import ClassificationDraft

A, B = [{"attributes": [{"short_name": "Party", "value_json": f'"{name}"'}]} for name in "AB"]


def field(kind: str, name: str = "F", **more: Any) -> dict[str, Any]:
    return {"short_name": name, "display_type": kind, **more}


def coded(*values: Any, name: str = "F", notes: str = "") -> list[Coded]:
    return [
        Coded(f"c{at}", f"Annotator {at}", {"notes": notes, answers.ANSWER + name: value})
        for at, value in enumerate(values, start=1)
    ]


@pytest.mark.parametrize(
    ("kind", "values", "verdict", "proposed"),
    [
        ("enum", (None, None), rules.BLANK, None),
        ("enum", ("yes", "yes"), rules.SAME, "yes"),
        ("enum", ("yes", None), rules.SINGLE, "yes"),
        ("enum", ("yes", "yes", None), rules.SINGLE, "yes"),
        ("enum", ("yes", "no", None), rules.DIFFERENT, None),
        ("bool", (False, False), rules.SAME, False),
        ("bool", (False, None), rules.SINGLE, False),
        ("bool", (True, False), rules.DIFFERENT, None),
        ("int", (0, 0), rules.SAME, 0),
        ("int", (0, "0"), rules.DIFFERENT, None),
        ("string", ("a", "A"), rules.DIFFERENT, None),
        ("multi", (["a", "b"], ["b", "a"]), rules.SAME, ["a", "b"]),
        ("multi", (["a"], ["b", "a"], None), rules.UNITED, ["a", "b"]),
        ("list", (["a"], "b"), rules.UNITED, ["a", "b"]),
        (
            "long_string",
            ("x", None, "y"),
            rules.JOINED,
            "Annotator 1: x\n\nAnnotator 3: y",
        ),
        ("object-list", ([A, B], [B, A]), rules.SAME, [A, B]),
        ("object-list", ([A], [B]), rules.DIFFERENT, None),
    ],
)
def test_what_codings_come_to(
    kind: str, values: tuple[Any, ...], verdict: str, proposed: Any
) -> None:
    found = rules.proposal(coded(*values), field(kind))
    assert (found.verdict, found.value) == (verdict, proposed)
    assert found.is_difference == (verdict in (rules.UNITED, rules.JOINED, rules.DIFFERENT))


def test_notes_are_put_together_and_the_same_said_once() -> None:
    assert rules.notes_proposed(coded(None, None, notes="Same.")) == "Same."
    one, other = coded(None, notes="One.")[0], coded(None, None, notes="Two.")[1]
    assert rules.notes_proposed([one, other]) == "Annotator 1: One.\n\nAnnotator 2: Two."
    assert rules.notes_proposed(coded(None)) == ""


def test_what_is_not_asked_need_not_be_decided() -> None:
    fields = answers.completed(
        [
            field("enum", "Level", permitted_values=["low", "high"]),
            field("string", "Why", shown_if={"field": "Level", "is": ["high"]}),
        ]
    )
    codings = [
        Coded(
            f"c{at}",
            f"Annotator {at}",
            {"notes": "", "answer.Level": level, "answer.Why": f"Because of {at}."},
        )
        for at, level in enumerate(("high", "low"), start=1)
    ]
    blank = answers.flattened({"notes": "", "is_published": False, "attributes": []}, fields)

    def open_fields(picked: str) -> set[str]:
        decisions = Decisions({"Level": picked}, ClassificationDraft())
        return set(rules.settle(codings, blank, decisions, fields, set()).open)

    assert open_fields("c1") == {"Why"}
    assert open_fields("c2") == set()
    assert open_fields("nobody") == {"Level"}

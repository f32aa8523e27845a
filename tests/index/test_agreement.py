"""Agreement of annotators: the library's figures against formulas written down here."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from incidentbase.formats import aiid
from incidentbase.index import agreement
from incidentbase.kit import archives
from incidentbase.store.accounts.rules import anonymous
from incidentbase.store.codings import comparing as codings
from incidentbase.store.codings.comparing import FieldCodings
from tests.make import records

# ---- the formulas, from the papers that the module names, in exact arithmetic ----


def nominal(one: Any, other: Any) -> Fraction:
    return Fraction(one != other)


def interval(one: float, other: float) -> Fraction:
    return (Fraction(one) - Fraction(other)) ** 2


def masi(one: frozenset[str], other: frozenset[str]) -> Fraction:
    shared = len(one & other)
    if one == other:
        weight = Fraction(1)
    elif shared == min(len(one), len(other)):
        weight = Fraction(2, 3)
    else:
        weight = Fraction(1, 3) if shared else Fraction(0)
    return 1 - Fraction(shared, len(one | other)) * weight


def cohen(pairs: list[tuple[Any, Any]]) -> Fraction | None:
    total = len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    chance = sum(Fraction(first[label] * second[label], total**2) for label in first)
    same = Fraction(sum(one == other for one, other in pairs), total)
    return None if chance == 1 else (same - chance) / (1 - chance)


def fleiss(rows: list[list[Any]]) -> Fraction:
    coders = len(rows[0])
    counts = [Counter(row) for row in rows]
    per_record = [
        Fraction(sum(n * n for n in row.values()) - coders, coders * (coders - 1)) for row in counts
    ]
    pooled: Counter[Any] = sum(counts, Counter())
    chance = sum(Fraction(n, len(rows) * coders) ** 2 for n in pooled.values())
    return (sum(per_record) / len(rows) - chance) / (1 - chance)


def krippendorff(rows: list[list[Any]], distance: Callable[[Any, Any], Fraction]) -> Fraction:
    pooled = Counter(itertools.chain.from_iterable(rows))
    total = pooled.total()
    observed = sum(
        sum(distance(one, other) for one, other in itertools.permutations(row, 2))
        / Fraction(len(row) - 1)
        for row in rows
    ) / Fraction(total)
    expected = sum(
        distance(one, other) * pooled[one] * pooled[other]
        for one, other in itertools.permutations(pooled, 2)
    ) / Fraction(total * (total - 1))
    return 1 - observed / expected


DISTANCES = {agreement.NOMINAL: nominal, agreement.INTERVAL: interval, agreement.SETS: masi}


def check(field: FieldCodings) -> agreement.Agreement:
    """Compare every figure of a field with its formula, and return the figures."""
    found = agreement.figures(field)
    answers: dict[str, dict[str, Any]] = defaultdict(dict)
    for coder, record, label in field.codings:
        answers[record][coder] = label
    shared = {record: given for record, given in answers.items() if len(given) > 1}
    coders = sorted({coder for given in shared.values() for coder in given})
    assert (found.records, found.coders) == (len(shared), len(coders))

    for pair, two in zip(found.pairs, itertools.combinations(coders, 2), strict=True):
        both = [(g[two[0]], g[two[1]]) for g in shared.values() if set(two) <= g.keys()]
        assert (pair.first, pair.second, pair.records) == (*two, len(both))
        wanted = cohen(both) if both and len(set(itertools.chain(*both))) > 1 else None
        assert pair.kappa == (None if wanted is None else pytest.approx(float(wanted)))

    whole = [list(given.values()) for given in shared.values() if len(given) == len(coders)]
    labels = set(itertools.chain.from_iterable(whole))
    wanted = fleiss(whole) if len(labels) > 1 else None
    assert found.fleiss == (None if wanted is None else pytest.approx(float(wanted)))

    rows = [list(given.values()) for given in shared.values()]
    labels = set(itertools.chain.from_iterable(rows))
    wanted = krippendorff(rows, DISTANCES[found.distance]) if len(labels) > 1 else None
    assert found.alpha == (None if wanted is None else pytest.approx(float(wanted)))
    pairs = [one == two for row in rows for one, two in itertools.combinations(row, 2)]
    assert found.observed == (pytest.approx(sum(pairs) / len(pairs)) if pairs else None)
    return found


def test_the_example_of_the_literature_comes_out() -> None:
    # Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", example C: 0.743 nominal.
    table = {
        "A": "1 2 3 3 2 1 4 1 2 - - -",
        "B": "1 2 3 3 2 2 4 1 2 5 - 3",
        "C": "- 3 3 3 2 3 4 2 2 5 1 -",
        "D": "1 2 3 3 2 4 4 1 2 5 1 -",
    }
    given = [
        (coder, str(at), label)
        for coder, row in table.items()
        for at, label in enumerate(row.split())
        if label != "-"
    ]
    found = check(FieldCodings("Example", "enum", given))
    assert found.alpha == pytest.approx(0.743, abs=0.0005)


def test_where_all_say_the_same_chance_cannot_be_told() -> None:
    given = [(coder, str(at), "no") for coder in "AB" for at in range(3)]
    found = check(FieldCodings("Same", "enum", given))
    assert (found.observed, found.fleiss, found.alpha) == (1.0, None, None)


def test_one_coder_alone_agrees_with_nobody() -> None:
    found = check(FieldCodings("Lone", "enum", [("A", "1", "yes"), ("A", "2", "no")]))
    assert (found.records, found.observed, found.alpha, found.pairs) == (0, None, None, ())


def test_sets_that_overlap_agree_in_part() -> None:
    given = [
        ("A", "1", frozenset({"race"})),
        ("B", "1", frozenset({"race", "sex"})),
        ("A", "2", frozenset({"age"})),
        ("B", "2", frozenset({"age"})),
    ]
    found = check(FieldCodings("Basis", "multi", given))
    assert found.pairs[0].kappa is not None
    assert found.alpha is not None
    assert found.alpha > found.pairs[0].kappa


@pytest.mark.snapshot
def test_every_field_of_the_archives_three_annotators(snapshot_path: Path) -> None:
    with archives.unpacked(snapshot_path) as folder:
        snapshot = aiid.open_snapshot(folder)
        taxonomy = next(
            row.record
            for row in snapshot.rows("taxa")
            if getattr(row.record, "namespace", "") == "CSETv1"
        )
        fields = {
            field.short_name: FieldCodings(field.short_name, field.display_type)
            for field in taxonomy.fields
        }
        for row in snapshot.rows("classifications"):
            if "_Annotator-" in row.record.namespace:
                for name, value_json in row.record.attributes:
                    label = codings.label_of(value_json, fields[name].kind)
                    if label is not None:
                        record = str(row.record.incidents[0])
                        fields[name].codings.append((row.record.namespace, record, label))
    found = [check(field) for field in fields.values()]
    assert len(found) == 61
    assert max(one.records for one in found) == 162
    told = {one.field: one for one in found}
    assert told["Tangible Harm"].alpha == pytest.approx(0.633, abs=0.0005)
    assert {one.distance for one in found} == {"nominal", "interval", "sets"}


@pytest.mark.django_db
def test_codings_are_read_from_the_annotators_copies() -> None:
    field = {"display_type": "enum", "subfields": []}
    for namespace in ("T", "T_Annotator-1", "T_Annotator-2"):
        records.taxonomy(
            namespace,
            {**records.field("Level", "enum"), **field},
            {**records.field("Coder", "string"), "public": False},
        )
    for number in (7, 8):
        records.incident(number)
    records.classification("T", 7, ["Level", '"final"'])
    records.classification("T_Annotator-1", 7, ["Level", '" high "'], ["Coder", '"Ann"'])
    records.classification("T_Annotator-2", 7, ["Level", '"low"'])
    records.classification("T_Annotator-1", 8, ["Level", '""'])
    records.classification("T_Annotator-2", 8, ["Level", '"low"'], is_published=False)

    (level,) = codings.of_taxonomy("T", viewer=anonymous(records.AT))
    assert level.codings == [
        ("T_Annotator-1", "incident 7", "high"),
        ("T_Annotator-2", "incident 7", "low"),
    ]

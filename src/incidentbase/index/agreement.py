"""How far several annotators agree, field by field, by the usual coefficients.

Computed by NLTK: Cohen's kappa for each pair of coders (Cohen 1960), Fleiss' kappa over the
records that all of them coded (Fleiss 1971; NLTK's multi-coder pi is the same), Krippendorff's
alpha over all that two or more coded (Krippendorff 1980), with the distance that fits the answers:
nominal, interval for numbers, MASI for sets (Passonneau 2006).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from incidentbase.store.codings.comparing import Coded, FieldCodings

NOMINAL, INTERVAL, SETS = "nominal", "interval", "sets"
_DISTANCES = {"int": INTERVAL, "multi": SETS, "list": SETS, "object-list": SETS}


@dataclass(frozen=True, slots=True)
class Pair:
    """Cohen's kappa of two coders over the records that both coded; None where not defined."""

    first: str
    second: str
    records: int
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """The figures of one field; a coefficient is None where it is not defined.

    `records` counts those that at least two coders answered, `by_all` those that all did;
    `observed` is the share of pairs of answers to the same record that are equal, from 0 to 1.
    """

    field: str
    kind: str
    distance: str
    coders: int
    records: int
    by_all: int
    observed: float | None
    pairs: tuple[Pair, ...]
    fleiss: float | None
    alpha: float | None


def figures(field: FieldCodings) -> Agreement:
    """Return how far the coders of a field agree."""
    compared = _compared(field.codings)
    coders = sorted({coder for coder, _record, _label in compared})
    by_record = _by_record(compared)
    whole = {record for record, answers in by_record.items() if len(answers) == len(coders)}
    distance = _DISTANCES.get(field.kind, NOMINAL)
    return Agreement(
        field=field.name,
        kind=field.kind,
        distance=distance,
        coders=len(coders),
        records=len(by_record),
        by_all=len(whole) if len(coders) > 1 else 0,
        observed=_observed(by_record),
        pairs=tuple(_pair(compared, *two) for two in combinations(coders, 2)),
        fleiss=_fleiss([one for one in compared if one[1] in whole]),
        alpha=_alpha(compared, distance),
    )


def _compared(codings: Sequence[Coded]) -> list[Coded]:
    """Return one coding of each coder for each record that at least two coded."""
    once = {(coder, record): label for coder, record, label in codings}
    counts = Counter(record for _coder, record in once)
    return [(coder, record, label) for (coder, record), label in once.items() if counts[record] > 1]


def _by_record(codings: Sequence[Coded]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for _coder, record, label in codings:
        found[record].append(label)
    return found


def _observed(by_record: dict[str, list[Any]]) -> float | None:
    pairs = [
        one == other for labels in by_record.values() for one, other in combinations(labels, 2)
    ]
    return sum(pairs) / len(pairs) if pairs else None


def _pair(codings: Sequence[Coded], first: str, second: str) -> Pair:
    own = [one for one in codings if one[0] in (first, second)]
    shared = _compared(own)
    records = len({record for _coder, record, _label in shared})
    if not records or _is_constant(shared):
        return Pair(first, second, records, None)
    kappa = _task(shared, NOMINAL).kappa_pairwise(first, second)
    return Pair(first, second, records, float(kappa))


def _fleiss(codings: Sequence[Coded]) -> float | None:
    return None if not codings or _is_constant(codings) else float(_task(codings, NOMINAL).pi())


def _alpha(codings: Sequence[Coded], distance: str) -> float | None:
    return None if not codings or _is_constant(codings) else float(_task(codings, distance).alpha())


def _is_constant(codings: Sequence[Coded]) -> bool:
    """Return whether all gave one and the same answer, so that chance cannot be told apart."""
    return len({label for _coder, _record, label in codings}) < 2


def _task(codings: Sequence[Coded], distance: str) -> Any:
    # Late: it is large, and few pages need it.
    from nltk.metrics import agreement
    from nltk.metrics.distance import binary_distance, interval_distance, masi_distance

    measure = {NOMINAL: binary_distance, INTERVAL: interval_distance, SETS: masi_distance}
    return agreement.AnnotationTask(data=list(codings), distance=measure[distance])

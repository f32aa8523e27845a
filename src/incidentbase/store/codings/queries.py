"""Reads of codings: whose they are, and what may be told of them while somebody still works.

While one coding of a record is unfinished, all codings of the record by that taxonomy are closed
to everybody but their own annotators: see `finished`.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from incidentbase.store.accounts.models import visible
from incidentbase.store.accounts.rules import Viewer, may_classify
from incidentbase.store.codings import rules
from incidentbase.store.codings.models import Coding


def _shown(viewer: Viewer) -> QuerySet[Coding]:
    """Return the codings in force of records that the viewer may see."""
    return Coding.objects.exclude(state=rules.WITHDRAWN).filter(
        Q(incident__isnull=True) | visible(viewer, "incident__"),
        Q(report__isnull=True) | visible(viewer, "report__"),
    )


def own(viewer: Viewer) -> QuerySet[Coding]:
    """Return the viewer's own codings, those with the nearest day first, then in order."""
    if not viewer.account_id:
        return Coding.objects.none()
    rows = _shown(viewer).filter(annotator__public_id=viewer.account_id)
    return rows.select_related("taxonomy", "incident", "report").order_by("due", "pk")


def own_one(public_id: str, *, viewer: Viewer) -> Coding | None:
    """Return a coding of the viewer's own, None for any other or if they may code no more."""
    row = own(viewer).filter(public_id=public_id).first()
    return row if row is not None and may_classify(viewer, row.taxonomy.namespace) else None


def of_taxonomy(namespace: str, *, viewer: Viewer) -> QuerySet[Coding]:
    """Return all codings by a taxonomy for who coordinates them, and none for others.

    Who codes what, and how far that has come (`is_begun`); what they answer is read from `finished`
    alone.
    """
    if not rules.coordinates(viewer, namespace):
        return Coding.objects.none()
    rows = _shown(viewer).filter(taxonomy__namespace=namespace)
    untouched = When(attributes=[], notes="", then=Value(value=False))
    return (
        rows.annotate(is_begun=Case(untouched, default=Value(value=True)))
        .select_related("taxonomy", "incident", "report", "annotator")
        .defer("attributes", "notes")
    )


def finished(namespace: str, *, viewer: Viewer) -> QuerySet[Coding]:
    """Return the codings by a taxonomy of those records whose codings are all handed in."""
    rows = _shown(viewer).filter(taxonomy__namespace=namespace, state__in=rules.DONE)
    return rows.exclude(Exists(_unfinished_beside())).select_related(
        "taxonomy", "incident", "report", "annotator"
    )


def _unfinished_beside() -> QuerySet[Coding]:
    """Return the unfinished codings of the record and by the taxonomy of an outer row."""
    return Coding.objects.filter(
        Q(incident=OuterRef("incident")) | Q(report=OuterRef("report")),
        taxonomy=OuterRef("taxonomy"),
        state=rules.ASSIGNED,
    )


def are_all_done(namespace: str, kind: str, number: int) -> bool:
    """Return whether nobody codes a record any more."""
    return not _of_record(namespace, kind, number).filter(state=rules.ASSIGNED).exists()


def keys_of_record(namespace: str, kind: str, number: int) -> list[str]:
    """Return the ids of the codings in force of a record."""
    rows = _of_record(namespace, kind, number).exclude(state=rules.WITHDRAWN)
    return list(rows.order_by("pk").values_list("public_id", flat=True))


def _of_record(namespace: str, kind: str, number: int) -> QuerySet[Coding]:
    return Coding.objects.filter(taxonomy__namespace=namespace).filter(**_named(kind, [number]))


def _named(kind: str, numbers: Iterable[int]) -> dict[str, object]:
    name = "incident__incident_id" if kind == "incident" else "report__report_number"
    return {f"{name}__in": list(numbers)}


def of_records(
    namespace: str, kind: str, numbers: Iterable[int]
) -> dict[tuple[int, str], tuple[str, str]]:
    """Return (id, state) of all codings of records, withdrawn ones too, by (number, annotator)."""
    rows = Coding.objects.filter(taxonomy__namespace=namespace).filter(**_named(kind, numbers))
    side = "incident__incident_id" if kind == "incident" else "report__report_number"
    return {
        (number, annotator): (public_id, state)
        for number, annotator, public_id, state in rows.values_list(
            side, "annotator__public_id", "public_id", "state"
        )
    }


def numbers_of_annotators(namespace: str) -> dict[str, int]:
    """Return the number by which each annotator of a taxonomy is called, by account."""
    rows = Coding.objects.filter(taxonomy__namespace=namespace).order_by("pk")
    return dict(rows.values_list("annotator__public_id", "number"))


def ids_of(namespace: str) -> list[str]:
    """Return the ids of all codings by a taxonomy, whatever their state."""
    rows = Coding.objects.filter(taxonomy__namespace=namespace).order_by("pk")
    return list(rows.values_list("public_id", flat=True))


def of_merged(number: int, *, into: int) -> tuple[list[str], list[str]]:
    """Return the codings of one incident that another lacks, and those it has, by ids.

    The other has one when the same annotator codes it by the same taxonomy.
    """
    pairs = ("taxonomy", "annotator")
    taken = set(Coding.objects.filter(incident__incident_id=into).values_list(*pairs))
    rows = Coding.objects.filter(incident__incident_id=number).order_by("pk")
    found = [(key, tuple(pair)) for key, *pair in rows.values_list("public_id", *pairs)]
    lacking = [key for key, pair in found if pair not in taken]
    return lacking, [key for key, pair in found if pair in taken]

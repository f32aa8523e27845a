"""Acts of the history in words, and links to the records that they changed."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from incidentbase.serve.web import presenting


def in_words(action: str) -> str:
    """Return what an action did, such as `incident.merge`, as a short sentence."""
    kind, _dot, verb = action.partition(".")
    said = {
        "incident.create": _("Made an incident"),
        "incident.edit": _("Edited an incident"),
        "incident.link": _("Linked reports"),
        "incident.unlink": _("Unlinked reports"),
        "incident.merge": _("Merged two incidents"),
        "incident.split": _("Split an incident"),
        "report.edit": _("Edited a report"),
        "variant.submit": _("Told of a variant"),
        "variant.approve": _("Approved a variant"),
        "variant.reject": _("Rejected a variant"),
        "report.tag": _("Changed tags of reports"),
        "classification.mark": _("Changed classifications"),
        "classification.edit": _("Classified a record"),
        "classification.edit_many": _("Changed classifications"),
        "classification.edit_table": _("Imported answers from a table"),
        "classification.adjudicate": _("Adjudicated codings"),
        "coding.assign": _("Gave out codings"),
        "coding.edit": _("Coded a record"),
        "coding.hand_in": _("Handed in a coding"),
        "coding.take_back": _("Took a coding back"),
        "coding.give_back": _("Gave codings back"),
        "coding.reassign": _("Gave codings to another annotator"),
        "coding.set_terms": _("Set the terms of codings"),
        "coding.withdraw": _("Withdrew codings"),
        "classification.review": _("Looked over a machine’s answers"),
        "classification.remove": _("Removed a classification"),
        "taxonomy.define": _("Defined a taxonomy"),
        "entity.edit": _("Edited an entity"),
        "entity.merge": _("Merged two entities"),
        "submission.submit": _("Sent in a report"),
        "submission.revise": _("Changed a submission"),
        "submission.claim": _("Claimed submissions"),
        "submission.unclaim": _("Gave submissions back"),
        "submission.assign": _("Assigned submissions"),
        "submission.unassign": _("Took an editor off submissions"),
        "submission.promote": _("Accepted a submission"),
        "submission.reject": _("Did not accept submissions"),
        "quick_add.submit": _("Sent in a link"),
        "quick_add.dismiss": _("Took a link off the list"),
        "flag.raise": _("Flagged a report"),
        "flag.resolve": _("Resolved a flag"),
    }
    general = {
        "import": _("Imported"),
        "withdraw": _("Withdrew a record"),
        "put_back": _("Put a record back"),
        "restore": _("Restored an earlier version"),
        "undo": _("Undid an act"),
        "edit": _("Edited a record"),
    }
    return said.get(action) or general.get(verb) or f"{kind} {verb}"


def actor_in_words(label: str, names: Mapping[str, str]) -> str:
    """Return who acted; `names` are those of accounts by their public ids."""
    kind, _colon, name = label.partition(":")
    if kind == "account":
        return names.get(name) or _("an account without a public name")
    if kind == "system":
        return _("the system (%(part)s)") % {"part": name}
    return _("its sender") if kind == "submission" else _("a visitor")


def record_in_words(kind: str, key: str) -> str:
    """Return what a record is called."""
    said = {
        "incident": _("Incident %(key)s"),
        "report": _("Report %(key)s"),
        "entity": _("Entity %(key)s"),
        "incident_duplicate": _("Duplicate %(key)s"),
        "incident_translation": _("Translation of incident %(key)s"),
        "report_translation": _("Translation of report %(key)s"),
        "classification": _("Classification %(key)s"),
        "coding": _("Coding %(key)s"),
        "taxonomy": _("Taxonomy %(key)s"),
        "submission": _("Submission %(key)s"),
    }
    return said[kind] % {"key": key} if kind in said else f"{kind} {key}"


def record_url(kind: str, key: str) -> str:
    """Return the page of a record, empty when it has none."""
    if kind == "incident":
        return presenting.incident_url(int(key))
    if kind == "report":
        return presenting.report_url(int(key))
    if kind == "entity":
        return presenting.entity_url(key)
    return reverse("review", args=[key]) if kind == "submission" else ""

"""The past of an incident or report: its versions, what each changed, and any of them in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from incidentbase.kit import clock, diffs, html, paging
from incidentbase.serve.http import limits, params
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.errors import problem
from incidentbase.serve.http.streaming import lines_response
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import acts, chrome, errors, languages, presenting
from incidentbase.serve.web.forms import editing as forms
from incidentbase.store.accounts import rules
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, Viewer
from incidentbase.store.records import actions, past
from incidentbase.store.records import log as exported
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.past import Past, PastVersion

PAGE_SIZE = 25
# Texts of which the words are compared; all else is shown as before and after.
TEXTS = ("title", "description", "editor_notes", "text", "url", "image_url")
ENTITIES = ("deployers", "developers", "harmed", "implicated")
INCIDENTS = ("editor_similar", "editor_dissimilar", "flagged_dissimilar")
# What says nothing to a reader: made by machines, or the same as when the version was made.
UNTOLD = frozenset({"modified_at", "object_id", "cloudinary_id", "map_x", "map_y"})
NAME_IN_ADDRESS = {past.INCIDENT: "incident_id", past.REPORT: "report_number"}


def _asked_for(request: HttpRequest, kind: str) -> tuple[int, Past] | None:
    number = params.record_number(request, NAME_IN_ADDRESS[kind])
    if number is None:
        return None
    read = past.of_incident if kind == past.INCIDENT else past.of_report
    found = read(number, viewer=viewer_of(request))
    return (number, found) if found is not None else None


def page(request: HttpRequest, kind: str) -> HttpResponse:
    """Show the versions of a record, or one of them in full; editors may restore it."""
    asked = _asked_for(request, kind)
    if asked is None:
        return errors.not_found(request)
    number, found = asked
    if "version" in request.GET:
        return _version(request, kind, number, found)
    viewer = viewer_of(request)
    shown = paging.paginate(
        total=len(found.versions), page=params.page_number(request), size=PAGE_SIZE
    )
    title = _("%(record)s: history") % {"record": acts.record_in_words(kind, str(number))}
    own = f"{request.path}?{NAME_IN_ADDRESS[kind]}={number}"
    context = {
        "heading": title,
        "url": _url_of(kind, number),
        "versions": [
            _shown(version, kind, found, own, viewer)
            for version in found.versions[shown.start : shown.stop]
        ],
        "place": shown,
        "previous_url": params.with_page(request, shown.page - 1) if shown.has_previous else "",
        "next_url": params.with_page(request, shown.page + 1) if shown.has_next else "",
        "formats": [
            chrome.Format(
                "JSON",
                f"{reverse(f'{kind}-history-json')}?{NAME_IN_ADDRESS[kind]}={number}",
                "application/json",
            )
        ],
        "meta": chrome.describe(request, title=title, robots="noindex, follow"),
    }
    return render(request, "pages/history/history.html", context)


def as_json(request: HttpRequest, kind: str) -> HttpResponse:
    """Return all versions as the viewer may read them, newest first, for programs."""
    asked = _asked_for(request, kind)
    if asked is None:
        name = NAME_IN_ADDRESS[kind]
        return problem(404, "Not found", f"There is no such record; name it by `{name}`.")
    number, found = asked
    return open_json(
        {
            NAME_IN_ADDRESS[kind]: number,
            "versions": [
                {
                    "seq": one.seq,
                    "at": clock.iso(one.at),
                    "actor": _actor_for_programs(one),
                    "action": one.action or None,
                    "reason": one.reason or None,
                    "is_first": one.is_first,
                    "has_gap": one.has_gap,
                    "changed": {
                        name: {"before": before, "after": after}
                        for name, (before, after) in one.delta.items()
                    },
                    "state": one.state,
                }
                for one in found.versions
            ],
        }
    )


def whole(request: HttpRequest) -> HttpResponseBase:
    """Return the whole history as far as everybody may read it, for others to verify."""
    if not limits.take("history", request):
        return problem(429, "Too many requests", "Please wait an hour.")
    lines = exported.lines(rules.anonymous(viewer_of(request).at))
    return lines_response("history.jsonl", lines)


def _actor_for_programs(version: PastVersion) -> dict[str, str] | None:
    if version.actor is None:
        return None
    kind = "account" if version.actor.is_account else "system"
    return {"kind": kind, "name": version.actor.name}


def _version(request: HttpRequest, kind: str, number: int, found: Past) -> HttpResponse:
    """Show one version in full, and make it the newest if an editor asks for that."""
    viewer = viewer_of(request)
    seq = params.record_number(request, "version")
    version = found.version(seq) if seq else None
    if version is None or version.state is None:
        return errors.not_found(request)
    is_newest = version.seq == found.versions[0].seq
    may_restore = viewer.has_role(INCIDENT_EDITOR) and not is_newest
    if request.method == "POST" and may_restore:
        reason = params.reason(request)
        actions.restore(kind, str(number), version.seq, actor=viewer, reason=reason)
        group = recorded.newest_act(kind, str(number))
        return HttpResponseRedirect(reverse("act", args=[group]))
    called = acts.record_in_words(kind, str(number))
    title = _("%(record)s as it was") % {"record": called}
    context = {
        "heading": title,
        "url": _url_of(kind, number),
        "history_url": f"{request.path}?{NAME_IN_ADDRESS[kind]}={number}",
        "version": _said(version),
        "fields": [
            _field(name, value, kind, found)
            for name, value in version.state.items()
            if name not in UNTOLD and value not in (None, "", [])
        ],
        "may_restore": may_restore,
        "is_newest": is_newest,
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/history/version.html", context)


def _url_of(kind: str, number: int) -> str:
    is_incident = kind == past.INCIDENT
    return presenting.incident_url(number) if is_incident else presenting.report_url(number)


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field of a version: its words, its list, or its text as HTML."""

    label: str
    value: str = ""
    chips: tuple[presenting.NamedLink, ...] = ()
    html: str = ""


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """What a version did to one field: pieces of text, or what went and what came."""

    label: str
    pieces: tuple[diffs.Piece, ...] = ()
    removed: tuple[presenting.NamedLink, ...] = ()
    added: tuple[presenting.NamedLink, ...] = ()


def _said(version: PastVersion) -> dict[str, Any]:
    """Return when, who, what and why."""
    return {
        "seq": version.seq,
        "at": version.at,
        "who": _who(version),
        "what": acts.in_words(version.action) if version.action else "",
        "why": version.reason,
        "is_shown": version.is_shown,
        "is_first": version.is_first,
        "is_removal": version.is_shown and version.state is None,
        "has_gap": version.has_gap,
    }


def _who(version: PastVersion) -> str:
    actor = version.actor
    if actor is None:
        return ""
    if actor.is_account:
        return actor.name or _("an account without a public name")
    if not actor.name or actor.name == "anonymous":
        return _("a visitor")
    return _("the system (%(part)s)") % {"part": actor.name}


def _shown(
    version: PastVersion, kind: str, found: Past, own: str, viewer: Viewer
) -> dict[str, Any]:
    changes = [
        _change(name, before, after, kind, found)
        for name, (before, after) in version.delta.items()
        if name not in UNTOLD
    ]
    is_editor = viewer.has_role(INCIDENT_EDITOR)
    return {
        **_said(version),
        "changes": changes,
        "url": f"{own}&version={version.seq}" if version.state is not None else "",
        "act_url": reverse("act", args=[version.group]) if version.group and is_editor else "",
    }


def _change(name: str, before: Any, after: Any, kind: str, found: Past) -> ChangeShown:
    label = _label(name, kind)
    if name in TEXTS and isinstance(before, str) and isinstance(after, str):
        return ChangeShown(label, tuple(diffs.shortened(diffs.pieces(before, after))))
    if isinstance(before, list) or isinstance(after, list):
        old, new = before or [], after or []
        gone, come = _apart(old, new)
        if not gone and not come:
            gone, come = old, new
        return ChangeShown(
            label, removed=_chips(name, gone, found), added=_chips(name, come, found)
        )
    return ChangeShown(
        label,
        removed=_chips(name, [before], found) if before not in (None, "") else (),
        added=_chips(name, [after], found) if after not in (None, "") else (),
    )


def _apart(old: list[Any], new: list[Any]) -> tuple[list[Any], list[Any]]:
    return [one for one in old if one not in new], [one for one in new if one not in old]


def _field(name: str, value: Any, kind: str, found: Past) -> FieldShown:
    label = _label(name, kind)
    if name == "text":
        return FieldShown(label, html=mark_safe(html.markdown_to_html(value)))  # noqa: S308 (made by the sanitizer)
    if isinstance(value, list):
        return FieldShown(label, chips=_chips(name, value, found))
    return FieldShown(label, value=_words(name, value))


def _chips(name: str, members: list[Any], found: Past) -> tuple[presenting.NamedLink, ...]:
    return tuple(_chip(name, member, found.entity_names) for member in members)


def _chip(name: str, member: Any, entity_names: Mapping[str, str]) -> presenting.NamedLink:
    if name in ENTITIES:
        said = entity_names.get(str(member), str(member))
        return presenting.NamedLink(said, presenting.entity_url(str(member)))
    if name == "reports":
        called = acts.record_in_words(past.REPORT, str(member))
        return presenting.NamedLink(called, presenting.report_url(int(member)))
    if name in INCIDENTS or name == "machine_similar":
        number = int(member[0] if isinstance(member, list) else member)
        called = acts.record_in_words(past.INCIDENT, str(number))
        return presenting.NamedLink(called, presenting.incident_url(number))
    if name == "editors":
        return presenting.NamedLink(str(member) or _("an account without a public name"), "")
    return presenting.NamedLink(_words(name, member), "")


def _words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name == "language":
        return languages.name_of(str(value))
    if name.endswith("_at") and isinstance(value, str):
        return value[:10]
    return str(value)


def _label(name: str, kind: str) -> str:
    form = (
        forms.incident_fields() if kind == past.INCIDENT else forms.report_fields(is_variant=False)
    )
    others = {
        "incident_id": _("Incident number"),
        "report_number": _("Report number"),
        "reports": _("Reports"),
        "source_domain": _("Source"),
        "visibility": _("Visibility"),
        "embargoed_until": _("Hidden until"),
        "created_at": _("Recorded"),
        "submitted_at": _("Submitted"),
        "is_flagged": _("Flagged"),
        "inputs_outputs": _("What went in and what came out"),
        "machine_similar": _("Alike by their text"),
        "flagged_dissimilar": _("Said by readers not to be similar"),
    }
    return others.get(name) or forms.label_of(name, form)

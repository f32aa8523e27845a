"""Risk checklists: those of one's own and those published, one to read, and its owner's editor.

A checklist that a viewer may not see is not there, whatever they ask of it. A post says by `do`
what is to be done; `desk.js` saves while one types, without it every button works by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from incidentbase.kit import clock, paging
from incidentbase.serve.http import params, sealing
from incidentbase.serve.http.answers import open_json
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import assessing, chrome, errors
from incidentbase.serve.web.forms import checklists as forms
from incidentbase.serve.web.pages import checklist_data
from incidentbase.store.accounts.rules import NotPermitted, Viewer
from incidentbase.store.assessing import actions
from incidentbase.store.checklists import precedents, queries, rules
from incidentbase.store.checklists.models import Checklist
from incidentbase.store.history.mirrors import State
from incidentbase.store.records.actions import EditConflict, NoSuchRecord, Unfit, version_of
from incidentbase.store.subscriptions import actions as ends
from incidentbase.store.subscriptions import queries as subscriptions

View = Callable[..., HttpResponse]

PAGE_SIZE = 25
RISKS_ON_CARD = 8
LONGEST_QUERY = 100


def guarded(view: View) -> View:
    """Answer what the store refuses as if the checklist were not there, and keep no copies."""

    @never_cache
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (NotPermitted, NoSuchRecord):
            return errors.not_found(request)
        except Unfit:
            return errors.conflict(request)

    return shown


def suggest(request: HttpRequest) -> HttpResponse:
    """Return tags that a few letters may mean, for programs and forms."""
    words = request.GET.get("q", "").replace("\0", "")[:LONGEST_QUERY]
    purpose = request.GET.get("for", "")
    if purpose not in (*rules.TAG_LISTS, "risks") or not words.strip():
        return open_json({"names": []})
    return open_json({"names": precedents.suggestions(words, purpose, viewer=viewer_of(request))})


@guarded
def listing(request: HttpRequest) -> HttpResponse:
    """Show the viewer's checklists and those that are published, and make new ones."""
    viewer = viewer_of(request)
    if request.method == "POST":
        return _made(request, viewer)
    if (checklist_id := request.GET.get("id", "").replace("\0", "")) and "/" not in checklist_id:
        if queries.get(checklist_id, viewer=viewer) is None:
            return errors.not_found(request)
        return HttpResponseRedirect(reverse("checklist", args=[checklist_id]))
    order = request.GET.get("sort", "")
    order = order if order in queries.ORDERS else queries.ORDERS[0]
    own = list(queries.own(viewer, order=order))
    published = queries.published(viewer, order=order)
    place = paging.paginate(
        total=published.count(), page=params.page_number(request), size=PAGE_SIZE
    )
    rows = list(published[place.start : place.stop])
    names = queries.owner_names(row.owner_id for row in rows)
    context = {
        "own": [_card(row, viewer) for row in own],
        "published": [{**_card(row, viewer), "owner": names.get(row.owner_id)} for row in rows],
        "total": place.total,
        "is_signed_in": bool(viewer.account_id),
        "login_url": f"{reverse('account_login')}?{urlencode({'next': request.path})}",
        "orders": _orders(order),
        "place": place,
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
        "formats": chrome.feeds("/apps/checklists/"),
        "meta": chrome.describe(
            request,
            title=_("Risk checklists"),
            description=_("Lists of risks for AI systems, fed by what happened to others."),
        ),
    }
    return render(request, "pages/checklists/list.html", context)


def _made(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    if not viewer.account_id:
        return HttpResponseRedirect(
            f"{reverse('account_login')}?{urlencode({'next': request.path})}"
        )
    if request.POST.get("do") != "clone":
        made = actions.create_checklist(_("Unspecified system"), actor=viewer)
        return HttpResponseRedirect(reverse("checklist-edit", args=[made]))
    link_id = sealing.id_of(sealing.SHARED, request.POST.get("code", "")) or ""
    wanted = request.POST.get("checklist", "").replace("\0", "")
    source = queries.get(wanted, viewer=viewer) or queries.by_link(link_id)
    if source is None:
        return errors.not_found(request)
    name = pgettext("name of a copy", "%(name)s (clone)") % {"name": source["name"]}
    made = actions.clone_checklist(source["checklist_id"], name, actor=viewer, link_id=link_id)
    messages.success(request, _("This is your own copy. It is private."))
    return HttpResponseRedirect(reverse("checklist-edit", args=[made]))


def _orders(chosen: str) -> list[dict[str, Any]]:
    named = {
        "updated": _("Last changed"),
        "newest": _("Newest first"),
        "oldest": _("Oldest first"),
        "name": _("By name"),
    }
    return [
        {"label": label, "url": f"?{urlencode({'sort': name})}", "current": name == chosen}
        for name, label in named.items()
    ]


def _card(row: Checklist, viewer: Viewer) -> dict[str, Any]:
    risks = [risk.payload for risk in row.risks.all()]
    listed = [
        {
            "title": rules.said(risk, "title"),
            "status": forms.status_in_words(rules.said(risk, "risk_status")),
        }
        for risk in risks
        if rules.said(risk, "risk_status") != rules.NOT_APPLICABLE
    ]
    is_own = rules.may_change(viewer, row.owner_id)
    return {
        "id": row.checklist_id,
        "name": row.name or _("Without a name"),
        "url": reverse("checklist", args=[row.checklist_id]),
        "edit_url": reverse("checklist-edit", args=[row.checklist_id]) if is_own else "",
        "delete_url": reverse("checklist-delete", args=[row.checklist_id]) if is_own else "",
        "created": row.created_at,
        "updated": row.updated_at,
        "sharing": assessing.sharing_in_words(row.sharing),
        "risks": listed[:RISKS_ON_CARD],
        "more": max(len(listed) - RISKS_ON_CARD, 0),
        "formats": checklist_data.formats_of(f"/apps/checklists/{row.checklist_id}"),
    }


@guarded
def page(request: HttpRequest, checklist_id: str) -> HttpResponse:
    """Show a checklist to a reader."""
    viewer = viewer_of(request)
    state = queries.get(checklist_id, viewer=viewer)
    if state is None:
        return errors.not_found(request)
    if request.method == "POST":
        return _followed(request, checklist_id, viewer)
    return _page(request, state, viewer, url=f"/apps/checklists/{checklist_id}")


def _followed(request: HttpRequest, checklist_id: str, viewer: Viewer) -> HttpResponse:
    wanted = request.POST.get("do", "")
    if wanted == "follow":
        actions.follow(checklist_id, language=get_language() or "", actor=viewer)
        messages.success(request, _("You get a mail when an incident becomes a precedent."))
    elif wanted == "unfollow":
        actions.unfollow(checklist_id, actor=viewer)
        messages.success(request, _("You will hear of this checklist no more."))
    else:
        return errors.not_found(request)
    return HttpResponseRedirect(request.path)


@csrf_exempt
@never_cache
def unfollow(request: HttpRequest, code: str) -> HttpResponse:
    """End what a mail of ours came from: its link asks, a post does it, without signing in.

    Programs for mail post there without a page of ours, so no token can be asked for; the code is
    known to the reader of the mail alone.
    """
    subscription_id = sealing.id_of(sealing.UNFOLLOW, code)
    name = subscriptions.followed_checklist(subscription_id) if subscription_id else None
    if subscription_id is None or name is None:
        return errors.not_found(request)
    is_done = request.method == "POST" and ends.end(subscription_id)
    title = _("Mails about a checklist")
    context = {
        "heading": title,
        "name": name,
        "is_done": is_done,
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/checklists/unfollow.html", context)


@guarded
def shared(request: HttpRequest, code: str) -> HttpResponse:
    """Show a checklist to whoever has its link."""
    state = queries.by_link(sealing.id_of(sealing.SHARED, code) or "")
    if state is None:
        return errors.not_found(request)
    return _page(
        request, state, viewer_of(request), url=f"/apps/checklists/shared/{code}", code=code
    )


def _page(
    request: HttpRequest, state: State, viewer: Viewer, *, url: str, code: str = ""
) -> HttpResponse:
    found = precedents.assess(state, viewer=viewer)
    wishes = assessing.Wishes.of(request, is_folded=True)
    is_own = rules.may_change(viewer, state["owner_id"]) and not code
    names = queries.owner_names([state["owner_id"]] if state["owner_id"] else [])
    formats = checklist_data.formats_of(url)
    context = {
        **_common(request, state, found, wishes),
        "name": state["name"] or _("Without a name"),
        "about": state["about"],
        "owner": names.get(state["owner_id"], ""),
        "tag_lists": assessing.tag_lists(state),
        "who_sees": assessing.who_sees(state["sharing"]) if is_own else "",
        "edit_url": reverse("checklist-edit", args=[state["checklist_id"]]) if is_own else "",
        "may_clone": bool(viewer.account_id),
        "following": _following(state, viewer) if not code else "",
        "id": state["checklist_id"],
        "code": code,
        "formats": formats,
        "meta": chrome.describe(
            request,
            title=state["name"] or _("Risk checklist"),
            robots="" if state["sharing"] == rules.PUBLISHED else "noindex",
        ),
    }
    return render(request, "pages/checklists/checklist.html", context)


def _following(state: State, viewer: Viewer) -> str:
    if not viewer.account_id:
        return ""
    follows = subscriptions.follows_checklist(viewer.account_id, state["object_id"])
    return "yes" if follows else "no"


def _common(
    request: HttpRequest, state: State, found: precedents.Assessment, wishes: assessing.Wishes
) -> dict[str, Any]:
    risks = assessing.risks_shown(found, wishes)
    return {
        "created": clock.from_iso(state["created_at"]),
        "updated": clock.from_iso(state["updated_at"]),
        "risks": risks,
        "suggested": assessing.suggestions_shown(found, wishes),
        "progress": assessing.progress(risks),
        "matrix": assessing.matrix(found),
        "sorts": assessing.sorts(request, wishes),
        "fold": assessing.fold(request, wishes),
        "is_folded": wishes.is_folded,
        "filters": assessing.filters(request, rules.tags_of(state), wishes),
        "sources": list(rules.sources_of(state)),
    }


def _owned(checklist_id: str, viewer: Viewer) -> State:
    """Return the state of a checklist that the viewer may change. Raises NoSuchRecord."""
    state = queries.get(checklist_id, viewer=viewer)
    if state is None or not rules.may_change(viewer, state["owner_id"]):
        raise NoSuchRecord(checklist_id)
    return state


@guarded
def edit(request: HttpRequest, checklist_id: str) -> HttpResponse:
    """Show the editor of a checklist, save what was typed, and do what was asked."""
    viewer = viewer_of(request)
    state = _owned(checklist_id, viewer)
    if request.method != "POST":
        return _editor(request, state, viewer)
    wanted = request.POST.get("do", "save")
    if wanted in rules.SHARINGS:
        actions.share_checklist(state["object_id"], wanted, actor=viewer)
        messages.success(request, assessing.who_sees(wanted))
        return HttpResponseRedirect(request.path)
    seen = request.POST.get("seen", "")
    draft, unknown = forms.draft_from(request.POST, state, viewer=viewer)
    is_quiet = wanted == "autosave"
    try:
        if unknown and not is_quiet:
            # The rest is kept; only what nobody is classified with waits in the form.
            problems = {name: forms.unknown_in_words(lines) for name, lines in unknown.items()}
        else:
            problems = {}
        done = actions.edit_checklist(state["object_id"], draft, seen=seen, actor=viewer)
        if is_quiet:
            return JsonResponse(_saved(done))
        if problems:
            typed = forms.values_of(done.state, draft, request.POST)
            return _editor(request, done.state, viewer, typed=typed, problems=problems)
        return _done(request, done.state, wanted, viewer)
    except actions.Refused as refused:
        problems = {name: forms.in_words(one) for name, one in refused.problems.items()}
        if is_quiet:
            return JsonResponse({"problems": problems}, status=422)
        typed = forms.values_of(state, draft, request.POST)
        return _editor(request, state, viewer, typed=typed, problems=problems, seen=seen)
    except EditConflict as conflict:
        labels = forms.labels(state)
        if is_quiet:
            clashes = sorted(labels.get(name, name) for name in conflict.clashes)
            return JsonResponse({"clashes": clashes}, status=409)
        typed = forms.values_of(state, draft, request.POST)
        return _editor(request, state, viewer, typed=typed, conflict=conflict)


def _saved(done: actions.Edited) -> dict[str, Any]:
    """Return what `desk.js` takes over: the version to build on, and what changed elsewhere."""
    values = rules.flat(done.state)
    taken = {name: forms.as_text(values[name]) for name in done.taken if name != "risk_fields"}
    return {"version": version_of(done.state), "taken": taken}


def _done(request: HttpRequest, state: State, wanted: str, viewer: Viewer) -> HttpResponse:
    key, anchor = state["object_id"], ""
    if wanted == "add":
        anchor = actions.add_risk(key, _("A new risk"), actor=viewer)
    elif wanted.startswith(forms.ANNOTATE):
        tag = rules.tag_of(wanted.removeprefix(forms.ANNOTATE).replace("\0", ""))
        if tag is None or not precedents.resolved([str(tag)], "risks", viewer=viewer)[0]:
            return errors.not_found(request)
        anchor = actions.annotate(key, tag, actor=viewer)
    elif wanted.startswith(forms.REMOVE):
        actions.remove_risk(key, wanted.removeprefix(forms.REMOVE), actor=viewer)
    else:
        messages.success(request, _("Your changes are saved."))
    target = request.get_full_path()
    return HttpResponseRedirect(f"{target}#risk-{anchor}" if anchor else target)


def _editor(
    request: HttpRequest,
    state: State,
    viewer: Viewer,
    *,
    typed: Mapping[str, Any] | None = None,
    problems: Mapping[str, str] | None = None,
    conflict: EditConflict | None = None,
    seen: str = "",
) -> HttpResponse:
    found = precedents.assess(state, viewer=viewer)
    wishes = assessing.Wishes.of(request, is_folded=False)
    present = rules.flat(state)
    taken = conflict.taken if conflict else frozenset()
    values = {**present, **{name: one for name, one in (typed or {}).items() if name not in taken}}
    wrong = dict(problems or {})
    labels = forms.labels(state)
    theirs = (
        {labels[name]: forms.as_text(one.theirs) for name, one in conflict.clashes.items()}
        if (conflict)
        else {}
    )
    common = _common(request, state, found, wishes)
    title = _("Edit checklist: %(name)s") % {"name": state["name"]}
    context = {
        **common,
        "heading": title,
        "id": state["checklist_id"],
        "url": reverse("checklist", args=[state["checklist_id"]]),
        "delete_url": reverse("checklist-delete", args=[state["checklist_id"]]),
        "seen": (conflict.version if conflict else seen) or version_of(state),
        "name": values["name"],
        "about": values["about"],
        "tag_fields": [_tag_field(f"tags.{name}", name, values, wrong) for name in rules.TAG_LISTS],
        "source_options": forms.source_options(values["risk_fields"] or rules.USUAL_SOURCES),
        "risks": [
            {**risk, "fields": _risk_fields(risk["id"], values, wrong)} for risk in common["risks"]
        ],
        "wrong": wrong,
        "has_problems": bool(wrong),
        "theirs": theirs,
        **_sharing(request, state),
        "formats": checklist_data.formats_of(f"/apps/checklists/{state['checklist_id']}"),
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    status = 409 if conflict else 422 if wrong else 200
    return render(request, "pages/checklists/edit.html", context, status=status)


def _tag_field(
    name: str, purpose: str, values: Mapping[str, Any], wrong: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "name": name,
        "label": forms.list_in_words(purpose) if purpose in rules.TAG_LISTS else _("Tags"),
        "value": forms.as_text(values[name]),
        "suggest": f"{reverse('checklist-tags')}?{urlencode({'for': purpose})}",
        "error": wrong.get(name, ""),
    }


def _risk_fields(
    risk_id: str, values: Mapping[str, Any], wrong: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    fields: dict[str, dict[str, Any]] = {}
    for field in rules.RISK_FIELDS:
        name = f"risk.{risk_id}.{field}"
        if field == "tags":
            fields[field] = _tag_field(name, "risks", values, wrong)
            continue
        fields[field] = {"name": name, "value": values[name], "error": wrong.get(name, "")}
        if field in (*rules.SCALES, "risk_status"):
            fields[field]["options"] = forms.options(field, values[name])
    return fields


def _sharing(request: HttpRequest, state: State) -> dict[str, Any]:
    link = ""
    if state["sharing"] == rules.LINK:
        code = sealing.code_for(sealing.SHARED, state["link_id"])
        link = chrome.site_url(request) + reverse("checklist-shared", args=[code])
    return {
        "sharing": state["sharing"],
        "who_sees": assessing.who_sees(state["sharing"]),
        "link": link,
    }


@guarded
def delete(request: HttpRequest, checklist_id: str) -> HttpResponse:
    """Ask whether a checklist is to go, and take it away."""
    viewer = viewer_of(request)
    state = _owned(checklist_id, viewer)
    if request.method == "POST":
        actions.delete_checklist(state["object_id"], actor=viewer)
        messages.success(request, _("The checklist is deleted."))
        return HttpResponseRedirect(reverse("checklists"))
    title = _("Delete checklist: %(name)s") % {"name": state["name"]}
    context = {
        "heading": title,
        "url": reverse("checklist", args=[checklist_id]),
        "meta": chrome.describe(request, title=title, robots="noindex"),
    }
    return render(request, "pages/checklists/delete.html", context)

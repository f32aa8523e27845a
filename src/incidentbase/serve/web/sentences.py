"""Sentences put together from linked names, in the grammar of each language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from incidentbase.serve.web.presenting import NamedLink


@dataclass(frozen=True, slots=True)
class Roles:
    """Who is said to have done what: the lists behind the entities sentence.

    Two patterns (spec aiid-site §3.7): when every developer is also a deployer and the
    other way round, both are named once; implicated systems never count as actors.
    """

    developers: list[NamedLink]
    deployers: list[NamedLink]
    harmed: list[NamedLink]
    implicated: list[NamedLink]

    @property
    def are_same_actors(self) -> bool:
        """Whether exactly the same entities developed and deployed."""
        developers = {link.url for link in self.developers}
        return bool(developers) and developers == {link.url for link in self.deployers}


def names(links: Sequence[NamedLink]) -> SafeString:
    """Return linked names as a list in words: `A`, `A and B`, `A, B and C`."""
    parts = [
        format_html('<a class="entity-link" href="{}"><bdi>{}</bdi></a>', link.url, link.name)
        for link in links
    ]
    if len(parts) < 2:
        return mark_safe("".join(parts))  # noqa: S308 (each part was escaped above)
    comma = pgettext("between the names of a list", ", ")
    joined = mark_safe(comma.join(parts[:-1]))  # noqa: S308 (each part was escaped above)
    pattern = pgettext("the end of a list of names", "%(names)s and %(last)s")
    return _filled(pattern, names=joined, last=parts[-1])


def entities_sentence(roles: Roles) -> SafeString:
    """Return who is said to have developed, deployed and been harmed; empty if nobody is named.

    Entities in both roles of every system are named once (spec aiid-site §3.7).
    """
    harmed = names(roles.harmed)
    if roles.are_same_actors:
        return _same_actors(names(roles.developers), harmed)
    return _apart(names(roles.developers), names(roles.deployers), harmed)


def _same_actors(actors: SafeString, harmed: SafeString) -> SafeString:
    if harmed:
        pattern = _("Alleged: an AI system developed and deployed by %(actors)s harmed %(harmed)s.")
        return _filled(pattern, actors=actors, harmed=harmed)
    return _filled(
        _("Alleged: an AI system was developed and deployed by %(actors)s."), actors=actors
    )


def _apart(developers: SafeString, deployers: SafeString, harmed: SafeString) -> SafeString:
    patterns = {
        (True, True, True): _(
            "Alleged: an AI system developed by %(developers)s and deployed by %(deployers)s "
            "harmed %(harmed)s."
        ),
        (True, True, False): _(
            "Alleged: an AI system was developed by %(developers)s and deployed by %(deployers)s."
        ),
        (True, False, True): _(
            "Alleged: an AI system developed by %(developers)s harmed %(harmed)s."
        ),
        (True, False, False): _("Alleged: an AI system was developed by %(developers)s."),
        (False, True, True): _(
            "Alleged: an AI system deployed by %(deployers)s harmed %(harmed)s."
        ),
        (False, True, False): _("Alleged: an AI system was deployed by %(deployers)s."),
        (False, False, True): _("Alleged: an AI system harmed %(harmed)s."),
        (False, False, False): "",
    }
    pattern = patterns[bool(developers), bool(deployers), bool(harmed)]
    return _filled(pattern, developers=developers, deployers=deployers, harmed=harmed)


def implicated_sentence(roles: Roles) -> SafeString:
    """Return which systems are said to have been involved; empty if none is named."""
    if not roles.implicated:
        return SafeString()
    pattern = ngettext(
        "Implicated system: %(systems)s.",
        "Implicated systems: %(systems)s.",
        len(roles.implicated),
    )
    return _filled(pattern, systems=names(roles.implicated))


def _filled(pattern: str, **values: SafeString) -> SafeString:
    """Return a translated pattern, escaped, with HTML put into its places."""
    return mark_safe(escape(pattern) % values)  # noqa: S308 (pattern escaped, values are safe)

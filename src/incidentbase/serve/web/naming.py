"""What the values of facets are called in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from babel import Locale
from django.utils.translation import get_language, pgettext, to_locale
from django.utils.translation import gettext as _

from incidentbase.index import facets as facet_list
from incidentbase.serve.web import languages
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.incidents import queries as incidents


@dataclass(frozen=True, slots=True)
class Names:
    """The names of facet values; entities are known by the ids that were asked for."""

    entities: Mapping[str, str] = field(default_factory=dict)

    def of(self, name: str, value: str) -> str:
        """Return what a value of a facet is called."""
        if name in facet_list.ENTITIES:
            return self.entities.get(value, value)
        if name == "language":
            return languages.name_of(value)
        if name == "country":
            return country(value)
        if name == "flag":
            return _("Flagged") if value == "true" else _("Not flagged")
        if facet_list.BY_NAME[name].kind == "tree":
            return value.split(facet_list.LEVELS, 2)[-1]
        return value

    def in_full(self, name: str, value: str) -> str:
        """Return what a value is called where its branches are not to be seen."""
        if facet_list.BY_NAME[name].kind == "tree":
            return " : ".join(value.split(facet_list.LEVELS, 2))
        return self.of(name, value)


def names_for(values: Mapping[str, Iterable[str]], viewer: Viewer) -> Names:
    """Return the names for values by facet; an address may ask for hidden entities too."""
    ids = {value for name in facet_list.ENTITIES for value in values.get(name, ())}
    return Names(incidents.entity_names(ids, viewer=viewer) if ids else {})


def editor(public_id: str, name: str) -> str:
    """Return what editors call one of them; who gave no name is told apart by the id."""
    return name or f"{_('Editor without a name')} ({public_id[-4:]})"


def record(kind: str, number: int) -> str:
    """Return what an incident or report is called."""
    if kind == "incident":
        return _("Incident %(number)s") % {"number": number}
    return _("Report %(number)s") % {"number": number}


def kind_of_entity(kind: str) -> str:
    """Return what a kind of entities is called."""
    return {
        "": pgettext("kind of entity", "Not said"),
        "organization": pgettext("kind of entity", "Organization"),
        "person": pgettext("kind of entity", "Person"),
        "group": pgettext("kind of entity", "Group"),
        "system": pgettext("kind of entity", "System"),
        "model": pgettext("kind of entity", "Model"),
    }[kind]


def country(code: str) -> str:
    """Return the name of a country by its two letters, or the code when it is none."""
    return _territories(to_locale(get_language() or "en")).get(code, code)


@lru_cache(maxsize=50)
def _territories(locale: str) -> Mapping[str, str]:
    return Locale.parse(locale).territories

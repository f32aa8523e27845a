"""Writes the generated reference; `make reference` runs it, a guard test keeps it fresh."""

from __future__ import annotations

import os

from tests.guards import tree

PAGE = tree.DOCS / "reference" / "facets.md"

HEAD = """# Facets

Generated from `index/facets.py` by `make reference`. How to search: [guide](../guide/search.md).

In an address a facet has its parameter (`source_domain=a.com||b.com`: any of the values); with
`not_` before it, results have none of them. In the search box it has its word (`source:bbc`).

| facet | parameter | in the search box | |
|---|---|---|---|
"""


def facets_page() -> str:
    """Return the page about facets, in English whatever language is on."""
    from django.utils import translation

    from incidentbase.index import facets

    with translation.override("en"):
        rows = [
            f"| {facet.label} | `{facet.parameter}` | {_words(facet.prefixes)} | {facet.help} |\n"
            for facet in facets.FACETS
        ]
    return HEAD + "".join(rows)


def _words(prefixes: tuple[str, ...]) -> str:
    return ", ".join(f"`{prefix}:`" for prefix in prefixes)


def main() -> None:
    """Write the page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "incidentbase.config.settings")
    import django

    django.setup()
    PAGE.write_text(facets_page(), encoding="utf-8")


if __name__ == "__main__":
    main()

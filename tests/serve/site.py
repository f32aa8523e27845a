"""What tests of answers need: a search index of their own, and pages as trees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from incidentbase.index import location

# The prefix of each interface language.
PREFIXES = {"en": "", "ja": "/ja", "es": "/es", "fr": "/fr", "pt-br": "/pt-br", "ar": "/ar"}

_VOID = {"meta", "link", "input", "br", "hr", "img", "use", "line", "rect", "path", "circle"}


@contextmanager
def index_in(folder: Path, settings: Any) -> Iterator[Path]:
    """Let the search index lie in a folder, and close what was opened there."""
    settings.INDEX_FOLDER = folder
    yield folder
    for engine in location._opened.values():
        engine.close()
    location._opened.clear()


@dataclass
class Element:
    """One element of a page."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    @property
    def text(self) -> str:
        """All its words, spaces made single."""
        return " ".join("".join(self._pieces()).split())

    @property
    def raw(self) -> str:
        """All its characters as they are."""
        return "".join(self._pieces())

    def _pieces(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in {"script", "style"} or self.tag == "head":
                yield from child._pieces()

    def walk(self) -> Iterator[Element]:
        """Yield the element and everything in it."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag: str = "", **wanted: str) -> list[Element]:
        """Return the elements in it with the tag and attributes; `class_` is one of its classes."""
        return [one for one in self.walk() if (not tag or one.tag == tag) and one._has(wanted)]

    def one(self, tag: str = "", **wanted: str) -> Element:
        """Return the only such element."""
        (found,) = self.all(tag, **wanted)
        return found

    def _has(self, wanted: dict[str, str]) -> bool:
        for name, value in wanted.items():
            given = self.attributes.get(name.rstrip("_"))
            if given is None or value not in (given.split() if name == "class_" else (given,)):
                return False
        return True

    def links(self) -> list[str]:
        """Return where its links lead."""
        return [each["href"] for each in self.all("a") if "href" in each.attributes]

    def section(self, heading_id: str) -> Element:
        """Return the section that the heading with this id names."""
        return self.one("section", **{"aria-labelledby": heading_id})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def tree(response: Any) -> Element:
    """Return a page as a tree; every element must be closed where it should be."""
    reader = _Reader()
    reader.feed(response.content.decode())
    reader.close()
    assert len(reader._open) == 1, f"<{reader._open[-1].tag}> is never closed"
    return reader.root


def body_of(response: Any) -> bytes:
    """Return the whole body, streamed or not."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def typed_in(form: Element) -> dict[str, list[str]]:
    """Return what stands in a form, as a browser would send it, without the forgery token."""
    found: dict[str, list[str]] = {}
    for one in form.all("input"):
        kind = one.attributes.get("type", "text")
        if kind in ("checkbox", "radio") and "checked" not in one.attributes:
            continue
        if "name" in one.attributes and one["name"] != "csrfmiddlewaretoken":
            found.setdefault(one["name"], []).append(one.attributes.get("value", ""))
    for one in form.all("textarea"):
        found.setdefault(one["name"], []).append(one.raw.removeprefix("\n"))
    for select in form.all("select"):
        chosen = select.all("option", selected="") or select.all("option")[:1]
        found[select["name"]] = [one["value"] for one in chosen]
    return found

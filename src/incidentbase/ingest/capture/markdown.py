"""The tree of an extracted article as Markdown that means what the page said and nothing else.

Whatever the page wrote is escaped, so that its words can never become a link, a picture or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from incidentbase.kit import text as texts
from incidentbase.kit import urls

Element = Any  # lxml's, which has no types of its own

_BLOCKS = {"p", "head", "list", "item", "quote", "table", "row", "cell", "body", "div", "pre"}
_DROPPED = {"graphic", "figure", "script", "style"}
_MARKS = {"#b": "**", "#i": "*"}
_LONGEST_CELL = 200

_SPECIAL = re.compile(r"[\\`*~]|<(?=[a-zA-Z/!?])|&(?=#|[a-zA-Z])|(?<![^\W_])_|_(?![^\W_])")
_CLOSING = re.compile(r"\](?=[(\[:]|$)")
_BRACKET = re.compile(r"(?<!\\)([\[\]])")
_LINE_START = re.compile(r"^(?:([#>+=|-])|(\d{1,9})([.)])(?=\s|$))")
_UNSAFE_IN_LINK = {"(": "%28", ")": "%29", "<": "%3C", ">": "%3E", "*": "%2A", "`": "%60"}


def from_tree(body: Element) -> list[str]:
    """Return the blocks of an article, in order, each Markdown on its own."""
    return list(_blocks(body))


def from_plain(text: str) -> list[str]:
    """Return paragraphs that are apart by empty lines as Markdown blocks; lines stay lines."""
    paragraphs = re.split(r"\n[ \t]*\n", texts.without_hidden(text))
    written = ("\n".join(_lines(paragraph)) for paragraph in paragraphs)
    return [block for block in written if block]


def _lines(paragraph: str) -> Iterator[str]:
    for line in paragraph.splitlines():
        if words := _escaped(" ".join(line.split())):
            yield _at_line_start(words)


def _blocks(node: Element) -> Iterator[str]:
    """Yield a node's blocks; loose words between them become paragraphs."""
    run = [_escaped(node.text)]
    for child in node:
        if child.tag in _BLOCKS or _is_listing(child):
            yield from _paragraph(run)
            run = []
            yield from _block(child)
        else:
            run.append(_inline(child, run))
        run.append(_escaped(child.tail))
    yield from _paragraph(run)


def _paragraph(run: Iterable[str]) -> Iterator[str]:
    lines = (line.strip() for line in re.sub(r" {2,}", " ", "".join(run)).split("\n"))
    kept = [_at_line_start(line) for line in lines if line]
    if kept:
        yield "  \n".join(kept)


def _block(node: Element) -> Iterator[str]:
    if node.tag == "head":
        words = " ".join(" ".join(_blocks(node)).split())
        level = re.fullmatch(r"h([1-6])", node.get("rend", ""))
        if words:
            yield f"{'#' * (int(level[1]) if level else 2)} {words}"
    elif node.tag == "quote":
        inner = "\n\n".join(_blocks(node))
        if inner:
            yield "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))
    elif node.tag == "list":
        yield from _list(node)
    elif node.tag == "table":
        yield from _table(node)
    elif _is_listing(node):
        yield from _listing(node)
    else:
        yield from _blocks(node)


def _list(node: Element) -> Iterator[str]:
    is_ordered = node.get("rend", "").startswith("ol")
    items: list[str] = []
    for child in node:
        blocks = list(_blocks(child))
        if blocks:
            mark = f"{len(items) + 1}. " if is_ordered else "- "
            inner = blocks[0] + "".join(_joint(block) + block for block in blocks[1:])
            items.append(mark + inner.replace("\n", "\n" + " " * len(mark)))
    if items:
        yield "\n".join(re.sub(r"[ \t]+\n", _kept_break, item) for item in items)


def _joint(block: str) -> str:
    return "\n" if block.startswith(("- ", "1. ")) else "\n\n"


def _kept_break(found: re.Match[str]) -> str:
    return "  \n" if found[0].startswith("  \n") else "\n"


def _table(node: Element) -> Iterator[str]:
    """Yield a table; one that only lays out the page becomes its paragraphs."""
    rows = [[list(_blocks(cell)) for cell in row if cell.tag == "cell"] for row in node]
    width = max(map(len, rows), default=0)
    cells = [cell for row in rows for cell in row]
    is_layout = width < 2 or any(
        len(cell) > 1 or any("\n" in block or len(block) > _LONGEST_CELL for block in cell)
        for cell in cells
    )
    if is_layout:
        for cell in cells:
            yield from cell
        return
    lines = [
        "| "
        + " | ".join((*("".join(cell).replace("|", r"\|") for cell in row), *[""] * missing))
        + " |"
        for row in rows
        if (missing := width - len(row)) < width
    ]
    if lines:
        yield "\n".join((lines[0], "|" + " --- |" * width, *lines[1:]))


def _is_listing(node: Element) -> bool:
    return node.tag == "code" and (len(node) > 0 or "\n" in (node.text or ""))


def _listing(node: Element) -> Iterator[str]:
    written = texts.without_hidden("".join(node.itertext())).strip("\n")
    longest = max(map(len, re.findall(r"`+", written)), default=0)
    fence = "`" * max(3, longest + 1)
    if written.strip():
        yield f"{fence}\n{written}\n{fence}"


def _inline(node: Element, before: list[str]) -> str:
    if node.tag in _DROPPED or not isinstance(node.tag, str):
        return ""
    if node.tag == "lb":
        return "\n"
    words = _inside(node)
    if not words.strip():
        return " " if words else ""
    if node.tag == "ref":
        return _link(words, node.get("target", ""))
    mark = _MARKS.get(node.get("rend", "")) if node.tag == "hi" else None
    return _marked(words, mark, before) if mark else words


def _inside(node: Element) -> str:
    parts = [_escaped(node.text)]
    for child in node:
        # Blocks inside of words, such as a paragraph in a link, are read as words.
        parts.append(_inline(child, parts))
        parts.append(_escaped(child.tail))
    return "".join(parts)


def _link(words: str, target: str) -> str:
    target = target.strip()
    inner = " ".join(words.split())
    # A link inside of a link: the inner one was written already.
    if not urls.is_web_url(target) or "](" in inner:
        return words
    address = "".join(_UNSAFE_IN_LINK.get(character, character) for character in target)
    address = texts.without_hidden(address)
    before, after = _margins(words)
    inner = _BRACKET.sub(r"\\\1", inner)
    return f"{before}[{inner}]({address}){after}"


def _marked(words: str, mark: str, before: list[str]) -> str:
    """Return emphasized words; where the marks would show as stars, the words alone."""
    inner = words.strip()
    last = next((part for part in reversed(before) if part), "")
    is_clear = inner[0].isalnum() and inner[-1].isalnum() and not last.endswith("*")
    if not is_clear or "\n" in inner or "*" in inner:
        return words
    start, end = _margins(words)
    return f"{start}{mark}{inner}{mark}{end}"


def _margins(words: str) -> tuple[str, str]:
    return " " if words[:1].isspace() else "", " " if words[-1:].isspace() else ""


def _escaped(written: str | None) -> str:
    if not written:
        return ""
    words = re.sub(r"\s+", " ", texts.without_hidden(written))
    return _CLOSING.sub(r"\\]", _SPECIAL.sub(r"\\\g<0>", words))


def _at_line_start(line: str) -> str:
    return _LINE_START.sub(_unmarked, line)


def _unmarked(found: re.Match[str]) -> str:
    return f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}"

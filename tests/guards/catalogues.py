"""Reads message catalogues (.po) without gettext, so that the checks run on any machine."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

_PLURAL = re.compile(r"msgstr\[(\d+)\]")


@dataclass(slots=True)
class Message:
    """One entry of a catalogue."""

    context: str | None = None
    msgid: str = ""
    plural: str | None = None
    forms: dict[int, str] = field(default_factory=dict)
    is_fuzzy: bool = False

    @property
    def sources(self) -> list[str]:
        return [self.msgid] if self.plural is None else [self.msgid, self.plural]

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.msgid

    def compiled(self) -> dict[object, str]:
        """Return the entry as `gettext` holds it after reading the .mo file."""
        key = self.msgid if self.context is None else f"{self.context}\x04{self.msgid}"
        if self.plural is None:
            return {key: self.forms[0]}
        return {(key, number): text for number, text in self.forms.items()}


def read(path: Path) -> list[Message]:
    """Return the entries in use, header first; obsolete ones are left out."""
    messages = []
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8").strip()):
        message = _message(block)
        if message is not None:
            messages.append(message)
    return messages


def _message(block: str) -> Message | None:
    message = Message()
    texts: dict[str, str] = {}
    keyword = ""
    for line in block.splitlines():
        if line.startswith("#,"):
            message.is_fuzzy |= "fuzzy" in line
        elif not line.startswith("#") and line.strip():
            text = line
            if not line.startswith('"'):
                keyword, text = line.split(maxsplit=1)
            texts[keyword] = texts.get(keyword, "") + ast.literal_eval(text)
    if "msgid" not in texts:
        return None
    message.context = texts.get("msgctxt")
    message.msgid = texts["msgid"]
    message.plural = texts.get("msgid_plural")
    for name, text in texts.items():
        if name == "msgstr":
            message.forms[0] = text
        elif number := _PLURAL.fullmatch(name):
            message.forms[int(number[1])] = text
    return message

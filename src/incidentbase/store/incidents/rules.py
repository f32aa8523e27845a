"""Pure decisions about incidents: which themes call for a content notice."""

from __future__ import annotations

import re

SEXUAL_VIOLENCE = "sexual_violence"
CHILDREN = "children"
SELF_HARM = "self_harm"

# English words, because incidents are written in English (spec §1.17). A notice too many
# costs a click; one too few costs more, so the patterns are generous.
_THEMES = {
    SEXUAL_VIOLENCE: re.compile(
        r"non-?consensual|sexual(?:ly|ized)? (?:abus|assault|exploit|violen|explicit|image)|"
        r"\bporn|\bnudes?\b|\bnudif|\bundress|\brape|\bsextortion|revenge porn|sexual deepfake",
        re.IGNORECASE,
    ),
    CHILDREN: re.compile(
        r"\bCSAM\b|child (?:sexual|abuse|porn)|(?:under-?age|minors?|children|teen\w*|girls?)\b"
        r"[^.]{0,60}\b(?:sexual|nude|porn|explicit|abus|exploit)|"
        r"\b(?:sexual|nude|porn|explicit|abus|exploit)\w*\b[^.]{0,60}"
        r"\b(?:under-?age|minors?|children|teen\w*|girls?)\b",
        re.IGNORECASE,
    ),
    SELF_HARM: re.compile(
        r"\bsuicid|self-?harm|\bself-?injur|eating disorder|anorexi", re.IGNORECASE
    ),
}


def sensitive_themes(text: str) -> tuple[str, ...]:
    """Return the themes of the text that readers should meet only on purpose."""
    return tuple(theme for theme, pattern in _THEMES.items() if pattern.search(text))

"""Which language a text is in."""

from __future__ import annotations

SHORTEST = 20
_READ = 5000


def detect(plain: str, declared: str) -> tuple[str, bool]:
    """Return the language of a text, and whether it differs from what the page declares.

    A short text tells little: there the page is believed.
    """
    if len(plain.strip()) < SHORTEST:
        return declared, False
    import py3langid

    found = str(py3langid.classify(plain[:_READ])[0])
    return found, bool(declared) and _family(found) != _family(declared)


def _family(language: str) -> str:
    # The model and pages name the written forms of Norwegian each in their way.
    return {"nb": "no", "nn": "no", "iw": "he", "in": "id"}.get(language, language)

"""Interface strings: each language complete, nothing fuzzy, placeholders kept, files fresh.

`make messages` mends what these report, all but the translating.
"""

from __future__ import annotations

import gettext
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import to_locale

from tests.guards import catalogues, tree

LOCALE = tree.SOURCE / "locale"
LOCALES = [to_locale(code) for code, _ in settings.LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*\d*[diouxXeEfFgGcrsa]|{\w*}")


def _source(locale: str) -> Path:
    return LOCALE / locale / "LC_MESSAGES" / "django.po"


def _messages(locale: str) -> list[catalogues.Message]:
    return [message for message in catalogues.read(_source(locale)) if message.msgid]


def _plural_count(locale: str) -> int:
    header = next(message for message in catalogues.read(_source(locale)) if not message.msgid)
    found = re.search(r"nplurals\s*=\s*(\d+)", header.forms[0])
    assert found, "the header names the plural forms"
    return int(found[1])


def _slots(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text.replace("%%", "")))


def test_there_is_a_catalogue_for_each_language():
    assert sorted(path.parent.parent.name for path in LOCALE.rglob("django.po")) == sorted(LOCALES)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_catalogue_is_complete_and_settled(locale):
    plural_count = _plural_count(locale)
    messages = _messages(locale)
    assert messages
    assert [message.msgid for message in messages if message.is_fuzzy] == []
    assert [message.msgid for message in messages if not all(message.forms.values())] == []
    wrong = [m.msgid for m in messages if m.plural and sorted(m.forms) != list(range(plural_count))]
    assert wrong == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_keeps_the_placeholders(locale):
    wrong = []
    for message in _messages(locale):
        wanted = set().union(*map(_slots, message.sources))
        given = [_slots(text) for text in message.forms.values()]
        # A plural form for one or two may leave the number out; no form may invent a name.
        complete = max(given, key=len) == wanted and all(slots <= wanted for slots in given)
        if not complete:
            wrong.append((message.msgid, given))
    assert wrong == []


@pytest.mark.parametrize("locale", LOCALES)
def test_the_compiled_catalogue_is_fresh(locale):
    with _source(locale).with_suffix(".mo").open("rb") as compiled:
        held = dict(gettext.GNUTranslations(compiled)._catalog)
    held.pop("", None)
    expected: dict[object, str] = {}
    for message in _messages(locale):
        expected |= message.compiled()
    assert held == expected, "run `make messages`"


def test_catalogues_hold_exactly_the_strings_of_the_source(tmp_path):
    if shutil.which("xgettext") is None:
        pytest.skip("gettext is not installed; on Debian and Ubuntu: apt-get install gettext")
    copy = tmp_path / "incidentbase"
    shutil.copytree(tree.SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--all", "--no-obsolete"],
        cwd=copy,
        check=True,
        capture_output=True,
    )
    for locale in LOCALES:
        gathered = catalogues.read(copy / "locale" / locale / "LC_MESSAGES" / "django.po")
        expected = {message.key for message in gathered if message.msgid}
        assert {message.key for message in _messages(locale)} == expected, "run `make messages`"

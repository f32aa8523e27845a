"""Which countries a text names: by letters, by name, or as the country of a place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from babel import Locale
from babel.core import get_global
from text_unidecode import unidecode

# What English texts call countries besides the names that Babel knows.
_OTHER_NAMES = """AE: UAE
BO: Plurinational State of Bolivia
CD: Democratic Republic of the Congo, DR Congo, DRC
CG: Republic of the Congo
CI: Ivory Coast
CN: People's Republic of China, PRC, Mainland China
CV: Cabo Verde
CZ: Czech Republic
FM: Federated States of Micronesia
GB: UK, Great Britain, Britain, England, Scotland, Wales, Northern Ireland
HK: Hong Kong
IE: Republic of Ireland
IR: Islamic Republic of Iran
KP: DPRK
KR: Korea, Republic of Korea
LA: Lao PDR
MD: Republic of Moldova
MK: Macedonia
MM: Myanmar, Burma
MO: Macau, Macao
NL: Holland, The Netherlands
PS: Palestine, State of Palestine, Gaza, West Bank
RU: Russian Federation
SY: Syrian Arab Republic
SZ: Swaziland
TL: East Timor
TR: Turkey
TZ: United Republic of Tanzania
US: USA, U.S., U.S.A., United States of America, America
VA: Holy See, Vatican
VN: Viet Nam"""
_STATES = """AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,
DE Delaware,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,IN Indiana,IA Iowa,KS Kansas,
KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,MI Michigan,MN Minnesota,
MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,
NM New Mexico,NY New York,NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,
PA Pennsylvania,RI Rhode Island,SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,
VT Vermont,VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming,
DC District of Columbia"""

_PARENTHESES = re.compile(r"\([^()]*\)")
_SEVERAL = re.compile(r"[/;]")
_AND = re.compile(r"\band\b|&", re.IGNORECASE)


def read(text: str) -> tuple[str, ...]:
    """Return the countries that a text names as two capital letters each, in its order.

    Names are English; a place counts for its country (`Lagos, Nigeria`). After a comma two letters
    are a state of the US before they are a country (`Palo Alto, CA`). Nothing when one part of
    the text cannot be told.
    """
    return _of_parts(_SEVERAL.split(text)) or _of_parts(_AND.split(text))


def _of_parts(parts: Iterable[str]) -> tuple[str, ...]:
    found = [_of_place(_PARENTHESES.sub(" ", part)) for part in parts]
    return tuple(dict.fromkeys(found)) if all(found) else ()


def _of_place(text: str) -> str:
    whole = _names().get(_folded(text)) or _by_letters(text.strip().upper())
    if whole:
        return whole
    first, *rest = text.split(",")
    for part in reversed(rest):
        letters = part.strip().replace(".", "")
        name = _folded(part)
        if letters in _states() or name in _states():
            # Of Georgia alone nobody can say which one it is.
            return "" if name in _names() else "US"
        found = _names().get(name) or _by_letters(letters)
        if found:
            return found
    name = _folded(first)
    return _names().get(name, "US" if len(name) > len("US") and name in _states() else "")


def _by_letters(letters: str) -> str:
    if letters in _territories():
        return letters
    # What a code was replaced by: also how those of three letters are written with two.
    replaced = get_global("territory_aliases").get(letters, ())
    return replaced[0] if len(replaced) == 1 and replaced[0] in _territories() else ""


def _folded(name: str) -> str:
    plain = _AND.sub(" ", unidecode(name).casefold().replace(".", ""))
    return " ".join(re.sub(r"[^a-z]+", " ", plain).split()).removeprefix("the ")


@cache
def _territories() -> Mapping[str, str]:
    # Letters beside those of countries: outlying areas, unions, made up ones for tests.
    others = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
    names = Locale.parse("en").territories
    return {code: name for code, name in names.items() if code.isalpha() and code not in others}


@cache
def _names() -> Mapping[str, str]:
    found = {_folded(name): code for code, name in _territories().items()}
    for line in _OTHER_NAMES.splitlines():
        code, names = line.split(": ")
        found |= {_folded(name): code for name in names.split(",")}
    return found


@cache
def _states() -> frozenset[str]:
    pairs = (each.split(maxsplit=1) for each in _STATES.split(","))
    return frozenset(word for code, name in pairs for word in (code, _folded(name)))

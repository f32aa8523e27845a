"""Countries as people write them."""

from __future__ import annotations

import pytest

from incidentbase.kit import countries


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("US", ("US",)),
        ("gb", ("GB",)),
        ("UK", ("GB",)),
        ("FRA", ("FR",)),
        (" France ", ("FR",)),
        ("the Netherlands", ("NL",)),
        ("Türkiye", ("TR",)),
        ("Turkey", ("TR",)),
        ("Côte d’Ivoire", ("CI",)),
        ("Viet Nam", ("VN",)),
        ("United States of America", ("US",)),
        ("U.S.A.", ("US",)),
        ("Scotland", ("GB",)),
        ("California", ("US",)),
        ("Georgia", ("GE",)),
        ("Lagos, Nigeria", ("NG",)),
        ("Inverness, Scotland, UK", ("GB",)),
        ("Palo Alto, CA", ("US",)),
        ("Washington, D.C.", ("US",)),
        ("Tempe, Arizona, United States of America", ("US",)),
        ("United States (Detroit, Michigan)", ("US",)),
        ("Sarajevo, Bosnia and Herzegovina", ("BA",)),
        ("UK/USA", ("GB", "US")),
        ("France and Germany", ("FR", "DE")),
        ("London, UK; Paris, France", ("GB", "FR")),
    ],
)
def test_a_country_is_known_by_letters_by_name_and_by_a_place_in_it(
    text: str, codes: tuple[str, ...]
) -> None:
    assert countries.read(text) == codes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "--",
        "Global",
        "Java Sea",
        "Soviet Union",
        "SU",
        "EU",
        "150",
        "Atlanta, Georgia",
        "Tbilisi, Georgia",
        "France/Atlantis",
        "Stanford Medical Center",
        "IN the lab",
    ],
)
def test_what_is_no_country_or_could_be_two_is_not_guessed(text: str) -> None:
    assert countries.read(text) == ()

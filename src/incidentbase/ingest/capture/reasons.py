"""Why a source could not be read, and what is doubtful about one that was: codes and sentences.

The sentences are marked for translation and given in English; `message` takes the translator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from incidentbase.kit import fetch


def gettext_noop(text: str) -> str:
    """Mark a text for the catalogues, as Django's own does; that one needs the settings."""
    return text


class Reason(StrEnum):
    """Why nothing, or too little, was read."""

    REFUSED_ADDRESS = "refused-address"
    UNKNOWN_HOST = "unknown-host"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    ROBOTS = "robots"
    ROBOTS_UNREACHABLE = "robots-unreachable"
    REFUSED = "refused"
    NOT_FOUND = "not-found"
    PUBLISHER_TROUBLE = "publisher-trouble"
    REDIRECTS = "redirects"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    DAMAGED = "damaged"
    WRONG_TYPE = "wrong-type"
    UNREADABLE = "unreadable"
    PAYWALL = "paywall"
    NOT_AN_ARTICLE = "not-an-article"
    OUR_TROUBLE = "our-trouble"
    NO_IMAGE = "no-image"
    NOT_AN_IMAGE = "not-an-image"
    IMAGE_TOO_LARGE = "image-too-large"
    IMAGE_REFUSED = "image-refused"


class Note(StrEnum):
    """What a person should look at before they trust what was read."""

    PAYWALL = "paywall"
    TEXT_CUT = "text-cut"
    NO_TITLE = "no-title"
    TITLE_GUESSED = "title-guessed"
    NO_AUTHORS = "no-authors"
    NO_DATE = "no-date"
    DATE_GUESSED = "date-guessed"
    DATE_IN_FUTURE = "date-in-future"
    LANGUAGE_UNKNOWN = "language-unknown"
    LANGUAGE_DIFFERS = "language-differs"
    CANONICAL_ELSEWHERE = "canonical-elsewhere"
    CHARACTERS_GUESSED = "characters-guessed"


_MESSAGES: dict[Reason | Note, str] = {
    Reason.REFUSED_ADDRESS: gettext_noop(
        "This address is not fetched: only pages of the public web are read."
    ),
    Reason.UNKNOWN_HOST: gettext_noop("There is no site named %(host)s."),
    Reason.UNREACHABLE: gettext_noop("%(host)s could not be reached."),
    Reason.CERTIFICATE: gettext_noop(
        "%(host)s did not prove who it is: its certificate is not valid."
    ),
    Reason.ROBOTS: gettext_noop(
        "%(host)s asks programs not to read this page (robots.txt); please fill in the form "
        "by hand."
    ),
    Reason.ROBOTS_UNREACHABLE: gettext_noop(
        "%(host)s does not say whether programs may read it (robots.txt cannot be read); please "
        "try again later or fill in the form by hand."
    ),
    Reason.REFUSED: gettext_noop(
        "%(host)s refuses to give this page to programs (status %(status)s); please fill in the "
        "form by hand."
    ),
    Reason.NOT_FOUND: gettext_noop("%(host)s has no page at this address."),
    Reason.PUBLISHER_TROUBLE: gettext_noop(
        "%(host)s could not give the page (status %(status)s); please try again later."
    ),
    Reason.REDIRECTS: gettext_noop("%(host)s sends us in circles instead of giving the page."),
    Reason.TOO_LARGE: gettext_noop("The page is larger than %(megabytes)s MB."),
    Reason.TOO_SLOW: gettext_noop("%(host)s took too long to answer."),
    Reason.DAMAGED: gettext_noop("%(host)s sent damaged data."),
    Reason.WRONG_TYPE: gettext_noop(
        "This address is not a page, a text or a PDF but something else, such as an image, a video "
        "or an archive."
    ),
    Reason.UNREADABLE: gettext_noop(
        "The document cannot be read: it is damaged, locked, or too complicated."
    ),
    Reason.PAYWALL: gettext_noop(
        "%(host)s shows this article to subscribers only; please paste its text."
    ),
    Reason.NOT_AN_ARTICLE: gettext_noop(
        "No article was found on this page; please paste its text."
    ),
    Reason.OUR_TROUBLE: gettext_noop("The page could not be stored for reading."),
    Reason.NO_IMAGE: gettext_noop("%(host)s has nothing at this address."),
    Reason.NOT_AN_IMAGE: gettext_noop("This is not a PNG, JPEG, WebP or GIF image."),
    Reason.IMAGE_TOO_LARGE: gettext_noop("The image is larger than %(megabytes)s MB."),
    Reason.IMAGE_REFUSED: gettext_noop("%(host)s does not give this image to programs."),
    Note.PAYWALL: gettext_noop("The article may be cut: the publisher has a paywall."),
    Note.TEXT_CUT: gettext_noop("The text was longer than may be kept and was cut at the end."),
    Note.NO_TITLE: gettext_noop("No title was found."),
    Note.TITLE_GUESSED: gettext_noop("The page names no title; this one is a guess."),
    Note.NO_AUTHORS: gettext_noop("No authors were found."),
    Note.NO_DATE: gettext_noop("No date of publication was found."),
    Note.DATE_GUESSED: gettext_noop("The page names no date of publication; this one is a guess."),
    Note.DATE_IN_FUTURE: gettext_noop("The page gives a date in the future; it was left out."),
    Note.LANGUAGE_UNKNOWN: gettext_noop("The language could not be told."),
    Note.LANGUAGE_DIFFERS: gettext_noop(
        "The text seems to be in another language than the page says."
    ),
    Note.CANONICAL_ELSEWHERE: gettext_noop(
        "The page names an address on another site as its original; it was not followed."
    ),
    Note.CHARACTERS_GUESSED: gettext_noop(
        "The page does not say how its characters are written; please check the text."
    ),
}


def message(
    code: Reason | Note,
    values: Mapping[str, object] | None = None,
    *,
    translate: Callable[[str], str] = str,
) -> str:
    """Return the sentence of a code, in the language of the translator."""
    return translate(_MESSAGES[code]) % (values or {})


_REFUSING = {401, 402, 403, 407, 429, 451}
_MISSING = {404, 410}
_TROUBLES = {
    fetch.Trouble.UNKNOWN_HOST: Reason.UNKNOWN_HOST,
    fetch.Trouble.UNREACHABLE: Reason.UNREACHABLE,
    fetch.Trouble.CERTIFICATE: Reason.CERTIFICATE,
    fetch.Trouble.TYPE: Reason.WRONG_TYPE,
    fetch.Trouble.LARGE: Reason.TOO_LARGE,
    fetch.Trouble.SLOW: Reason.TOO_SLOW,
    fetch.Trouble.DAMAGED: Reason.DAMAGED,
    fetch.Trouble.REDIRECTS: Reason.REDIRECTS,
    fetch.Trouble.DISK: Reason.OUR_TROUBLE,
}


def reason_of(failure: fetch.FetchFailed) -> Reason:
    """Return why the publisher's page did not arrive."""
    if failure.trouble != fetch.Trouble.STATUS:
        return _TROUBLES[failure.trouble]
    if failure.status in _REFUSING:
        return Reason.REFUSED
    return Reason.NOT_FOUND if failure.status in _MISSING else Reason.PUBLISHER_TROUBLE

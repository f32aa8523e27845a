"""Pages written by hand, and what should be read of each; the benchmark scores the same."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path

from incidentbase.ingest.capture import Article, Note
from tests.ingest.capture.publisher import Publisher

PDF_LINES = [
    "A camera system has fined",
    "the same driver two hundred times, although his car stood in a garage.",
    "It read mud.",
]
FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Page:
    """A page and what it says; `{site}` stands for the publisher's own address."""

    name: str
    title: str
    authors: tuple[str, ...]
    published: dt.date | None
    language: str
    image: str
    canonical: str
    starts: str
    ends: str
    without: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    content_type: str = "text/html"
    encoding: str = "utf-8"

    def publish(self, publisher: Publisher) -> str:
        """Put the page on a publisher and return its path."""
        suffix = "pdf" if self.content_type == "application/pdf" else "html"
        path = f"/{self.name}.{suffix}"
        publisher.give(path, self._body(publisher), self.content_type)
        return path

    def _body(self, publisher: Publisher) -> bytes:
        if self.content_type == "application/pdf":
            return pdf(
                PDF_LINES,
                title=self.title,
                author=self.authors[0],
            )
        written = (FOLDER / f"{self.name}.html").read_text(encoding="utf-8")
        return written.replace("{site}", publisher.url).encode(self.encoding)

    def right(self, article: Article, site: str) -> dict[str, bool]:
        """Return for each field whether it was read right."""
        plain = " ".join(article.plain_text.split())
        canonical = self.canonical or f"{site}/{self.name}.html"
        return {
            "title": article.title == self.title,
            "authors": article.authors == self.authors,
            "date": article.published == self.published,
            "language": article.language == self.language,
            "image": article.image_url == self.image.replace("{site}", site),
            "canonical": article.canonical_url == canonical.replace("{site}", site),
            "text": plain.startswith(self.starts)
            and plain.endswith(self.ends)
            and all(words in article.text for words in self.has)
            and not any(words in article.text for words in self.without),
            "notes": set(article.notes) == set(self.notes),
        }


def pdf(lines: list[str], *, title: str = "", author: str = "", pages: int = 1) -> bytes:
    """Return a small PDF with these lines on every page."""
    from pypdf import PdfWriter
    from pypdf.generic import (
        DecodedStreamObject,
        DictionaryObject,
        NameObject,
        TextStringObject,
    )

    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    shown = " T* ".join(f"({line}) Tj" for line in lines)
    for _number in range(pages):
        page = writer.add_blank_page(595, 842)
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 14 TL 72 770 Td {shown} ET".encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(stream)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
    said = {"/Title": title, "/Author": author, "/CreationDate": "D:20240211100000Z"}
    writer.add_metadata({NameObject(key): TextStringObject(value) for key, value in said.items()})
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


PAGES = (
    Page(
        "clean",
        title="Delivery robot blocks ambulance for eight minutes",
        authors=("Nadia Example",),
        published=dt.date(2025, 11, 3),
        language="en",
        image="{site}/pictures/robot.jpg",
        canonical="{site}/2025/11/robot-ambulance",
        starts="A delivery robot stood still",
        ends="the hospital said on Tuesday.",
        has=(
            "**eight minutes**",
            "[planning software](https://maker.example/notes?a=1&b=2)",
            "## Not the first time",
            "- an operator is called after ten seconds",
            "> Nobody should have to push",
        ),
        without=("Sport", "Ferry", "Copyright", "javascript"),
    ),
    Page(
        "soup",
        title="Tenants locked out after scoring error",
        authors=("Lena Muster", "Omar Sample"),
        published=dt.date(2024, 6, 9),
        language="en",
        image="https://img.tally.example/doors.png",
        canonical="",
        starts="More than two hundred tenants",
        ends="next meeting in July.",
        without=("Menu", "Privacy"),
    ),
    Page(
        "layout",
        title="Chat program quotes rulings that do not exist",
        authors=(),
        published=dt.date(2023, 5, 12),
        language="en",
        image="",
        canonical="",
        starts="Posted on 12 May 2023 A lawyer in the county",
        ends="read the sources of a filing.",
        without=("Archive", "County Gazette"),
        notes=(Note.TITLE_GUESSED, Note.DATE_GUESSED, Note.NO_AUTHORS),
    ),
    Page(
        "japanese",
        title="顔認証の誤りで別人を拘束",
        authors=("例田花子", "試山太郎"),
        published=dt.date(2025, 2, 14),
        language="ja",
        image="https://minato.example/img/kao.jpg",
        canonical="",
        starts="港市の警察は13日、顔認証",
        ends="検証を始める。",
        has=("**警告表示**", "## 専門家の見方"),
        without=("トップ", "無断転載"),
    ),
    Page(
        "arabic",
        title="خطأ في نظام آلي يوقف معاشات آلاف المتقاعدين",
        authors=("ليلى مثال",),
        published=dt.date(2024, 12, 1),
        language="ar",
        image="",
        canonical="",
        starts="أعلنت وزارة الشؤون الاجتماعية",
        ends="وبأن يُنشر تقرير عن أسباب الخطأ.",
    ),
    Page(
        "cookies",
        title="Grading program marks blank answers as correct",
        authors=("Ada Placeholder",),
        published=dt.date(2025, 1, 20),
        language="en",
        image="",
        canonical="",
        starts="An examination board has withdrawn",
        ends="before the end of the month.",
        without=("842 partners", "first_reader", "empty sheet"),
    ),
    Page(
        "amp",
        title="Navigation app sends trucks through village",
        authors=("Ivo Beispiel", "Mia Modelo"),
        published=dt.date(2023, 9, 30),
        language="en",
        image="{site}/trucks.jpg",
        canonical="{site}/story/trucks?id=7",
        starts="For the fourth weekend in a row",
        ends="for five hours.",
    ),
    Page(
        "paywalled",
        title="Insurer’s model denied claims in bulk",
        authors=("Kim Ejemplo",),
        published=dt.date(2025, 5, 5),
        language="en",
        image="",
        canonical="",
        starts="An insurer let a model",
        ends="rest of this story.",
        notes=(Note.PAYWALL,),
    ),
    Page(
        "latin",
        title="Übersetzungsprogramm verwechselt Arzneien",
        authors=("Jörg Müller-Muster",),
        published=dt.date(2022, 8, 17),
        language="de",
        image="",
        canonical="",
        starts="Ein Krankenhaus in Köln",
        ends="Einführung nicht.",
        has=("„verbessert“",),
        notes=(Note.TITLE_GUESSED,),
        encoding="cp1252",
    ),
    Page(
        "shift_jis",
        title="自動運転バスが停留所を通過",
        authors=(),
        published=None,
        language="ja",
        image="",
        canonical="",
        starts="県内を走る自動運転バスが",
        ends="運行の停止を命じた。",
        has=("ずれていた①。",),
        notes=(Note.TITLE_GUESSED, Note.NO_AUTHORS, Note.NO_DATE),
        encoding="cp932",
    ),
    Page(
        "lying",
        title="Pump controller drains the wrong reservoir",
        authors=(),
        published=None,
        language="en",
        image="",
        canonical="",
        starts="An automatic controller",
        ends="when it started.",
        notes=(
            Note.TITLE_GUESSED,
            Note.NO_AUTHORS,
            Note.DATE_IN_FUTURE,
            Note.LANGUAGE_DIFFERS,
            Note.CANONICAL_ELSEWHERE,
        ),
    ),
    Page(
        "fines",
        title="Fined for mud",
        authors=("Pia Probe",),
        published=dt.date(2024, 2, 11),
        language="en",
        image="",
        canonical="{site}/fines.pdf",
        starts="A camera system has fined the same driver two",
        ends="It read mud.",
        notes=(Note.DATE_GUESSED,),
        content_type="application/pdf",
    ),
)

"""Some hundred documents in nine languages, the same at every run."""

from __future__ import annotations

import datetime as dt
import random

from incidentbase.index.documents import Document, LocalText
from incidentbase.index.facets import branches

NOW = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
INCIDENTS, REPORTS = 160, 260

_SENTENCES = {
    "en": (
        "robot robots robotic worker injured factory vehicle vehicles crashed driving assistant "
        "chatbot chatbots advised recognized recognition faces police arrested wrongly company "
        "companies denied naïve self-driving GPT-4 2023 10,000 it's scoring loans"
    ),
    "es": "el vehículo vehículos robots canción canciones justicia policía detenido año",
    "fr": "la voiture voitures été reconnaissance faciale élève élèves erreur système",
    "pt": "o veículo veículos decisão decisões ação ações hospital prefeitura não",
    "de": "das Fahrzeug Fahrzeuge Gesichtserkennung größer Straße überwacht",
}
WORDS = {language: words.split() for language, words in _SENTENCES.items()}
PIECES = {
    "ja": [
        "顔認識システムが誤って逮捕につながった",
        "チャットボットの回答",
        "自動運転ｶﾞｲﾄﾞ",
        "東京で銃",
    ],
    "zh": ["人脸识别系统出错", "自动驾驶汽车撞人", "东京的聊天机器人"],
    "ko": ["인공지능 챗봇이 잘못된", "자율주행 자동차 사고", "얼굴인식"],
    "ar": ["نظام التعرّف على الوجوه", "السيارة ذاتية القيادة", "أخطأ روبوت المحادثة", "كتاب تلك"],
}
LANGUAGES = (*WORDS, *PIECES)
SOURCES = ("example.com", "news.example", "例え.jp", "quo\"ted'.example", "a||b.example")
ENTITIES = ("tesla", "openai", "uber", "drivers", "facebook", "city-of-detroit")
NAMES = {name: name.replace("-", " ").title() for name in ENTITIES}
ANSWERS = {"Harm": ("none", "near miss", "a:b (c) [d].*"), "Place (two)": ("US", "JP")}
DOMAINS = ("1. Discrimination & Toxicity", "7. AI system safety, failures, & limitations")


def documents() -> list[Document]:
    """Return all of them; every visibility class and both kinds of report occur."""
    rng = random.Random(20)
    parents = {
        number: tuple(sorted(rng.sample(range(1, INCIDENTS + 1), rng.choice((0, 1, 1, 1, 2)))))
        for number in range(1, REPORTS + 1)
    }
    made = [_incident(rng, number) for number in range(1, INCIDENTS + 1)]
    made += [_report(rng, number, above) for number, above in parents.items()]
    return made


def text_in(rng: random.Random, language: str, length: int) -> str:
    """Return a text of so many words or pieces."""
    if language in WORDS:
        return " ".join(rng.choice(WORDS[language]) for _ in range(length)) + "."
    mark = " " if language in {"ko", "ar"} else "。"
    return mark.join(rng.choice(PIECES[language]) for _ in range(1 + length // 8))


def _incident(rng: random.Random, number: int) -> Document:
    language = rng.choice(LANGUAGES)
    day = dt.date(2015 + rng.randrange(9), 1 + rng.randrange(12), 1 + rng.randrange(28))
    told = [day + dt.timedelta(days=rng.randrange(900)) for _ in range(number % 4)]
    return Document(
        key=f"incident:{number}",
        kind="incident",
        number=number,
        title=text_in(rng, "en", 4),
        description=text_in(rng, "en", 10),
        texts=tuple(
            LocalText(each, text_in(rng, each, 12)) for each in ("en", language, "es")[: number % 4]
        ),
        facets=_facets(rng, day) | {"incident_id": (str(number),), "published_year": _years(told)},
        date=day,
        **_dates([day], told),
        **_visibility(rng),
        incidents=(number,),
    )


def _report(rng: random.Random, number: int, above: tuple[int, ...]) -> Document:
    language = rng.choice(LANGUAGES)
    day = dt.date(2015 + rng.randrange(9), 1 + rng.randrange(12), 1 + rng.randrange(28))
    return Document(
        key=f"report:{number}",
        kind="report",
        number=number,
        title=text_in(rng, language, 4),
        description="",
        texts=(LocalText(language, text_in(rng, language, 30)),),
        facets=_facets(rng, day) | {"incident_id": tuple(map(str, above)), "language": (language,)},
        date=day if above else None,
        **_dates([day] if above else [], [day + dt.timedelta(days=3)]),
        **_visibility(rng),
        incidents=above,
        language=language,
    )


def _facets(rng: random.Random, day: dt.date) -> dict[str, tuple[str, ...]]:
    entities = tuple(rng.sample(ENTITIES, rng.randrange(4)))
    return {
        "entity": entities,
        "deployer": entities[:1],
        "developer": entities[1:],
        "source": tuple(rng.sample(SOURCES, 1 + rng.randrange(2))),
        "mit_domain": tuple(rng.sample(DOMAINS, rng.randrange(2))),
        "year": (str(day.year),),
        "published_year": (str((day + dt.timedelta(days=3)).year),),
        "tags": (),
        "classifications": _answers(rng),
    }


def _answers(rng: random.Random) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for namespace in rng.sample(("MIT", "C.1"), rng.randrange(3)):
        for field, values in ANSWERS.items():
            for value in rng.sample(values, rng.randrange(3)):
                found |= dict.fromkeys(branches(namespace, field, value))
    return tuple(found)


def _years(days: list[dt.date]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(day.year) for day in days))


def _dates(own: list[dt.date], told: list[dt.date]) -> dict[str, object]:
    return {
        "published": max(told, default=None),
        "submitted": max(told, default=None),
        "days": {"incident": tuple(own), "published": tuple(told), "submitted": tuple(told)},
    }


def _visibility(rng: random.Random) -> dict[str, object]:
    name = rng.choice(("public",) * 6 + ("restricted", "embargoed", "internal"))
    if name != "embargoed":
        return {"visibility": name, "embargoed_until": None}
    days = rng.choice((-400, -1, 1, 400))
    return {"visibility": name, "embargoed_until": NOW + dt.timedelta(days=days)}

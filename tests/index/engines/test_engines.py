"""What every engine must do, compared with an oracle that reads all documents."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import re
import time
from dataclasses import replace

import pytest

from incidentbase.index import analysis, facets
from incidentbase.index.engines import SearchRequest, UnknownFacet
from incidentbase.index.engines.tantivy import TantivyEngine
from incidentbase.index.query import parse
from tests.index.engines import corpus, oracle

DOCUMENTS = corpus.documents()
EVERYTHING = ("public", "restricted", "embargoed", "internal")
ALL_KINDS = ("incident", "report")
DATES = ("incident", "published", "submitted")


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = TantivyEngine(tmp_path_factory.mktemp("index"))
    half = len(DOCUMENTS) // 2
    made.write(DOCUMENTS[:half], ())
    made.write(DOCUMENTS[half:], ())
    yield made
    made.close()


def request_for(text="", **changes):
    wanted = {"now": corpus.NOW, "visible": ("public",), "kinds": ALL_KINDS, "limit": 1000}
    return SearchRequest(query=parse(text), **(wanted | changes))


def keys(documents):
    return {document.key for document in documents}


def assert_agrees(engine, request):
    found = engine.search(request)
    expected = keys(oracle.matching(DOCUMENTS, request))
    # Where little is found as typed, like spellings or most of the words are taken as well.
    hits = {hit.key for hit in found.hits}
    assert found.total == len(hits)
    if found.exactness == "typed":
        assert hits == expected
    else:
        assert found.exact_total < 10
        assert expected < hits
        assert {hit.key for hit in found.hits[: len(expected)]} == expected
    return found


QUERIES = [
    "robot", "robots ", "rob", "ROBOTIC", "worker injured", "chatbot police company ",
    "vehículo", "vehiculos ", "canciones ", "cancion ", "veículos ", "decisões ", "élève ",
    "reconnaissance faciale ", "Straße", "strasse", "STRASSE ", "GRÖSSER ", "naive ", "2023",
    "10,000", "self-driving", "self-driv", "GPT-4 ", "gpt", "it's ",
    '"self driving"', '"worker injured"', '"injured worker"', "“chatbots advised”", '"robot"',
    "«voitures été»", "-robot", "vehicle -crashed", 'police -"police arrested"', "-a -robot",
    "顔認識", "誤って逮捕", "の", "銃", "東京", "ガイド", "ガイド robot", "人脸识别", "机器人",
    "인공지능", "공지", "지능챗", "얼굴인식", "자동차 사고", '"자율주행 자동차"',
    "السيارة", "سيار", "التعرف", "اخطا", "القيادة", "بت", '"السيارة ذاتية"', "الوجوه -نظام",
    "ｒｏｂｏｔ ", "自動運転 -東京", "「顔認識」", "robot*", "rob* police ",
    "robot OR police ", "worker OR 顔認識 ", "(worker injured) OR (faces arrested) ",
    "robot (police OR vehicle) -crashed ", "-(robot OR police) ", "police NOT -arrested ",
    "the robot of the worker ", "deployer:tesla ", 'entity:"city of detroit" robot ',
    "-deployer:openai ", "deployer:tesla OR developer:uber ", "source:news.example ",
    "source:example -source:com ", "lang:ja ", "lang:JA OR lang:en ", "id:5 ", "id:#5 ",
    "year:2018 ", "after:2018 ", "before:2018-06 ", "after:2017-02 before:2019-01-15 robot ",
    "-after:2018 ", "risk:toxicity ", "entity:a||b ", "deployer:nobodyatall ",
]  # fmt: skip


@pytest.mark.parametrize("text", QUERIES)
def test_search_finds_what_reading_everything_finds(engine, text):
    assert_agrees(engine, request_for(text))
    assert_agrees(engine, request_for(f"{text} ", visible=EVERYTHING, kinds=("incident",)))


@pytest.mark.parametrize("language", ["ja", "zh", "ko", "ar"])
def test_any_part_of_a_text_without_spaces_is_found(engine, language):
    rng = random.Random(7)
    for _ in range(60):
        word = rng.choice(rng.choice(corpus.PIECES[language]).split())
        start = rng.randrange(len(word))
        part = analysis.fold(word[start : start + 1 + rng.randrange(6)])
        if not analysis.terms(part):
            continue
        expected = {
            document.key
            for document in DOCUMENTS
            for text in (document.title, document.description, *(t.text for t in document.texts))
            # East Asian texts are searched without their spaces and stops, Arabic with them.
            if part in (analysis.fold(text) if language == "ar" else _squeezed(text))
        }
        found = engine.search(request_for(f"{part} ", visible=EVERYTHING))
        assert {hit.key for hit in found.hits} == expected, part


def _squeezed(text):
    return re.sub(r"[\s。.]", "", analysis.fold(text))


def test_filters_exclusions_and_facet_counts_agree_with_reading_everything(engine):
    rng = random.Random(11)
    values = {
        "entity": corpus.ENTITIES,
        "deployer": corpus.ENTITIES,
        "source": corpus.SOURCES,
        "language": corpus.LANGUAGES,
        "mit_domain": corpus.DOMAINS,
        "year": tuple(map(str, range(2015, 2024))),
        "published_year": tuple(map(str, range(2015, 2026))),
        "classifications": tuple(
            value
            for namespace in ("MIT", "C.1")
            for field, answers in corpus.ANSWERS.items()
            for answer in answers
            for value in facets.branches(namespace, field, answer)
        ),
    }
    branches = ("", "MIT", "C.1", "C.1:Harm", "MIT:Place (two)", "no:such:branch")
    for _ in range(120):
        request = request_for(
            rng.choice(("", "", "robot ", "police ", '"worker injured"', "顔認識", "-robot")),
            kinds=rng.choice((("incident",), ("report",), ALL_KINDS, ("issue_report",))),
            visible=rng.choice((("public",), EVERYTHING, ("public", "restricted"))),
            filters={
                name: tuple(rng.sample(values[name], rng.randrange(1, 3)))
                for name in rng.sample(sorted(values), rng.randrange(3))
            },
            exclude={
                name: tuple(rng.sample(values[name], 1))
                for name in rng.sample(sorted(values), rng.randrange(2))
            },
            dates={
                name: (dt.date(rng.randrange(2015, 2019), 3, 4), dt.date(2021, 5, 6))
                for name in rng.sample(DATES, rng.randrange(2))
            },
            facets=tuple(values),
            facet_size=200,
            below=(below := rng.choice(branches)),
        )
        found = assert_agrees(engine, request)
        for name in values:
            shown = {each.value: each.count for each in found.facets[name]}
            offered = set if name != "classifications" else lambda v: {*under(below, v)}
            expected = oracle.counts(DOCUMENTS, request, name)
            assert {value: n for value, n in shown.items() if n} == {
                value: expected[value] for value in offered(expected)
            }
            chosen = {each.value for each in found.facets[name] if each.selected}
            assert chosen == offered(request.filters.get(name, ()))


def under(branch, values):
    """Return the values right at the top, or all those below a branch."""
    if not branch:
        return [value for value in values if ":" not in value]
    return [value for value in values if value.startswith(f"{branch}:")]


def test_a_count_is_what_choosing_the_value_gives(engine):
    request = request_for("robot ", filters={"year": ("2018",)}, facets=("source", "year"))
    for name, shown in engine.search(request).facets.items():
        for each in shown:
            chosen = replace(request, filters={**request.filters, name: (each.value,)})
            assert engine.search(chosen).total == each.count


def test_facets_show_chosen_values_first_then_by_count_and_name(engine):
    request = request_for(facets=("entity",), facet_size=3, filters={"entity": ("drivers",)})
    shown = engine.search(request).facets["entity"]
    assert shown[0].value == "drivers"
    expected = oracle.counts(DOCUMENTS, request, "entity")
    others = sorted(set(expected) - {"drivers"}, key=lambda value: (-expected[value], value))
    assert [each.value for each in shown][1:] == others[:2]


def test_a_chosen_value_that_finds_nothing_is_still_shown(engine):
    request = request_for(facets=("entity",), filters={"entity": ("nobody",)})
    shown = engine.search(request).facets["entity"]
    assert (shown[0].value, shown[0].count, shown[0].selected) == ("nobody", 0, True)


def test_years_come_in_order(engine):
    shown = engine.search(request_for(facets=("year",), facet_size=50)).facets["year"]
    assert [each.value for each in shown] == sorted((e.value for e in shown), reverse=True)


def test_every_facet_of_the_list_can_be_counted(engine):
    names = tuple(facet.name for facet in facets.FACETS)
    assert tuple(engine.search(request_for(facets=names)).facets) == names


def test_an_unknown_facet_is_refused(engine):
    with pytest.raises(UnknownFacet):
        engine.search(request_for(facets=("shoe_size",)))
    with pytest.raises(UnknownFacet):
        engine.search(request_for(filters={"shoe_size": ("44",)}))


def test_dates_narrow_the_result(engine):
    for name, bounds in itertools.product(
        DATES,
        ((dt.date(2018, 3, 1), dt.date(2019, 3, 1)), (None, dt.date(2017, 1, 1)), (None, None)),
    ):
        assert_agrees(engine, request_for(dates={name: bounds}))


def test_an_embargo_ends_by_the_clock(engine):
    now = corpus.NOW
    before = assert_agrees(engine, request_for(now=now))
    after = assert_agrees(engine, request_for(now=now + dt.timedelta(days=2)))
    assert after.total > before.total


@pytest.mark.parametrize("text", ["", "robot", "rob", "vehicle police "])
@pytest.mark.parametrize(
    "sort",
    [
        "relevance",
        *(f"{name}-date-{way}" for name in DATES for way in ("desc", "asc")),
        "number-desc",
    ],
)
def test_paging_reaches_the_last_result_without_repeats(engine, text, sort):
    request = request_for(text, sort=sort, limit=7)
    pages = []
    while page := engine.search(replace(request, offset=len(pages))).hits:
        pages += [hit.key for hit in page]
    assert len(pages) == len(set(pages)) == engine.search(request).total
    assert set(pages) == keys(oracle.matching(DOCUMENTS, request))


@pytest.mark.parametrize("name", DATES)
def test_dates_sort_both_ways_with_the_undated_last(engine, name):
    field = {"incident": "date", "published": "published", "submitted": "submitted"}[name]
    by_key = {document.key: getattr(document, field) for document in DOCUMENTS}
    for way, is_reversed in (("desc", True), ("asc", False)):
        found = engine.search(request_for(sort=f"{name}-date-{way}", visible=EVERYTHING)).hits
        days = [by_key[hit.key] for hit in found]
        dated = [day for day in days if day]
        assert dated == sorted(dated, reverse=is_reversed)
        assert days[: len(dated)] == dated


def test_equal_scores_come_in_order_of_number(engine):
    hits = engine.search(request_for("ro", kinds=("incident",))).hits
    for one, other in itertools.pairwise(hits):
        assert one.score > other.score or one.number > other.number


def test_the_title_counts_more_than_the_reports(engine):
    top = engine.search(request_for("chatbot ", kinds=("incident",))).hits[0]
    document = next(each for each in DOCUMENTS if each.key == top.key)
    assert "chatbot" in document.title


def test_a_misspelled_word_finds_its_likes_and_says_so(engine):
    found = engine.search(request_for("polcie "))
    assert found.exactness == "spelling"
    assert {hit.key for hit in found.hits} == keys(
        oracle.matching(DOCUMENTS, request_for("police "))
    )


def test_a_filter_does_not_change_what_a_word_means(engine):
    request = request_for("police ", filters={"entity": ("nobody",)})
    assert (engine.search(request).total, engine.search(request).exactness) == (0, "typed")


def test_where_no_record_has_all_words_those_with_most_of_them_are_found(engine):
    def found_keys(text, **changes):
        return {hit.key for hit in engine.search(request_for(text, **changes)).hits}

    def said(text):
        return keys(oracle.matching(DOCUMENTS, request_for(text)))

    assert engine.search(request_for("worker zzyzxian ")).exactness == "most"
    assert found_keys("worker zzyzxian ") == said("worker ")
    # What is no word must hold all the same, and what stands between quotes.
    assert found_keys("worker zzyzxian year:2018 -police ") == said("worker year:2018 -police ")
    assert found_keys('worker zzyzxian "police arrested" ') == said('worker "police arrested" ')
    # Of more words most must be there, or the rarest.
    pairs = said("worker injured ") | said("worker chatbot ") | said("injured chatbot ")
    alone = [said(word) for word in ("worker ", "injured ", "chatbot ")]
    assert found_keys("worker injured chatbot zzyzxian ") in [pairs | one for one in alone]
    # In an order by date nothing loose comes between what matches.
    assert found_keys("worker injured chatbot ", sort="incident-date-desc") == said(
        "worker injured chatbot "
    )


def test_counts_over_everything_are_kept_and_renewed_with_the_index(tmp_path):
    engine = TantivyEngine(tmp_path)
    engine.write(DOCUMENTS[:40], ())
    names = tuple(facet.name for facet in facets.FACETS)

    def counted(now=corpus.NOW):
        return engine.search(request_for(facets=names, facet_size=99, now=now)).facets

    assert counted() is counted()
    for size in range(1, 200):
        engine.search(request_for(facets=("year",), facet_size=size))
    assert len(engine._kept) <= 64
    before = {each.value: each.count for each in counted()["year"]}
    engine.write(DOCUMENTS[40:80], [DOCUMENTS[0].key])
    shown = {each.value: each.count for each in counted()["year"]}
    assert shown == dict(oracle.counts(DOCUMENTS[1:80], request_for(), "year"))
    assert shown != before
    # An embargo that ends changes the counts without a change of the index.
    later = corpus.NOW + dt.timedelta(days=2)
    afterwards = {each.value: each.count for each in counted(later)["year"]}
    expected = oracle.counts(DOCUMENTS[1:80], request_for(now=later), "year")
    assert (afterwards, afterwards == shown) == (dict(expected), False)
    engine.close()


def test_the_greatest_counts_are_exact_over_many_values_and_segments(tmp_path):
    rng = random.Random(9)
    plain = replace(DOCUMENTS[0], visibility="public", embargoed_until=None)
    # Many authors wrote about as much as one another, so that what segments give is doubtful.
    documents = [
        replace(
            plain,
            key=f"incident:{number}",
            number=number,
            facets={
                "authors": tuple({f"a{rng.randrange(900) // rng.choice((1, 1, 30))}" for _ in "ab"})
            },
        )
        for number in range(1, 3001)
    ]
    engine = TantivyEngine(tmp_path)
    for start in range(0, 3000, 600):
        engine.write(documents[start : start + 600], ())
    for size in (1, 5, 40, 400):
        request = request_for(facets=("authors",), facet_size=size)
        shown = [(each.value, each.count) for each in engine.search(request).facets["authors"]]
        expected = oracle.counts(documents, request, "authors")
        assert [count for _value, count in shown] == sorted(expected.values(), reverse=True)[:size]
        assert {value: expected[value] for value, _count in shown} == dict(shown)
    engine.close()


@pytest.mark.parametrize(
    "below", ["(", "[^", "a" * 10_000, "\ud800", "\x00", "MIT:(?i).*", "\n", "\\"]
)
def test_any_text_is_a_branch(engine, below):
    assert engine.search(request_for(facets=("classifications",), below=below)).total


def test_every_hit_comes_once_and_in_the_order_of_the_pages(engine):
    for text, sort in itertools.product(("", "rob", "police "), ("relevance", "incident-date-asc")):
        request = request_for(text, sort=sort)
        assert list(engine.every_hit(request)) == list(engine.search(request).hits)


def test_of_records_that_match_alike_the_newer_comes_first(tmp_path):
    engine = TantivyEngine(tmp_path)
    told = replace(DOCUMENTS[0], visibility="public", embargoed_until=None, title="zeppelin fire")
    days = [dt.date(year, 1, 5) for year in (2009, 2026, 2019, 2024)]
    engine.write(
        [replace(told, key=f"incident:{n}", number=n, date=day) for n, day in enumerate(days, 1)],
        (),
    )
    found = engine.search(request_for("zeppelin"))
    assert [hit.number for hit in found.hits] == [2, 4, 3, 1]
    engine.close()


def test_passages_name_the_reports_that_match_best(engine):
    query = parse("police arrested")
    found = engine.passages(range(1, 161), request_for("police arrested", limit=2))
    reports = {each.number: each for each in DOCUMENTS if each.kind == "report"}
    wanted = oracle.matching(DOCUMENTS, request_for("", kinds=("report",)))
    speaking = {
        incident
        for each in wanted
        if any(oracle.says(each, node) for node in query.wanted)
        for incident in each.incidents
    }
    assert set(found) == speaking
    for incident, best in found.items():
        numbers = best.numbers
        assert 1 <= len(numbers) <= min(2, best.total)
        assert all(incident in reports[number].incidents for number in numbers)
        assert all(reports[number].number in {each.number for each in wanted} for number in numbers)


def test_passages_of_a_query_without_words_are_none(engine):
    assert engine.passages([1, 2], request_for("-robot")) == {}


def test_similar_incidents_share_words_and_leave_out_the_incident_itself(engine):
    own = next(each for each in DOCUMENTS if each.kind == "incident")
    text = f"{own.title} {own.description}"
    found = engine.similar(text, visible=EVERYTHING, now=corpus.NOW, limit=5)
    assert own.number in {each.number for each in found}
    others = engine.similar(text, visible=EVERYTHING, now=corpus.NOW, without=[own.number], limit=5)
    assert len(others) == 5
    assert own.number not in {each.number for each in others}
    assert [each.score for each in others] == sorted((e.score for e in others), reverse=True)


def test_similar_of_nothing_is_nothing(engine):
    assert engine.similar("", visible=EVERYTHING, now=corpus.NOW) == ()
    assert engine.similar("顔認識", visible=("public",), now=corpus.NOW, language="ja") is not None


def test_keys_and_fingerprints_are_those_of_the_documents(engine):
    assert dict(engine.keys()) == {each.key: each.fingerprint for each in DOCUMENTS}
    assert engine.count() == len(DOCUMENTS)


HOSTILE = [
    '"', '""', '"""', "“", "-", "--", "---a", '-"', '-""', "((", "a AND", "title:x", "*", "?",
    "a*b", "~", "[a TO b]", "^2", "\\", "\x00", "\x00a\x00", "\ud800", "a\udfffb", "\ue000",
    "\u202eabc",
    "🤖", "-🤖", "🤖 robot", "a" * 10_000, "a " * 5_000, "の" * 10_000, "س" * 10_000, '"a" ' * 500,
    "-a " * 500, "́" * 500, "(a|aa)+$", "%s%n", "' OR 1=1 --", "{}", "\n\r\t", "ﷺ" * 300, "9" * 400,
    "#" * 50, "é" * 300, "á" * 300, "\U000e0001" * 90, "ab" * 199, "a-" * 200, "x\u200dy",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_neither_raises_nor_takes_long(engine, text):
    started = time.perf_counter()
    found = engine.search(request_for(text, facets=("entity", "year"), limit=20))
    engine.passages([hit.number for hit in found.hits], request_for(text))
    engine.similar(text[:5000], visible=("public",), now=corpus.NOW)
    assert time.perf_counter() - started < 1


def test_random_characters_neither_raise_nor_take_long(engine):
    rng = random.Random(3)
    alphabet = [*'"“”-#*~:()[]\\/ \t', *map(chr, (0, 8, 0x301, 0x640, 0xD800, 0xE000, 0x1F916))]
    alphabet += [*"robtの顔سيا인é1"]
    started = time.perf_counter()
    for _ in range(300):
        text = "".join(rng.choice(alphabet) for _ in range(rng.randrange(60)))
        engine.search(request_for(text, facets=("entity",), filters={"entity": (text,)}))
    assert time.perf_counter() - started < 30


def test_text_without_a_letter_finds_nothing_and_empty_text_everything(engine):
    assert engine.search(request_for("🤖")).total == 0
    assert engine.search(request_for("-🤖")).total == 0
    assert engine.search(request_for("  ")).total == len(oracle.matching(DOCUMENTS, request_for()))

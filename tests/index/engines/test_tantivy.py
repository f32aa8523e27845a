"""Writing, crashing and opening: what concerns the files of the tantivy engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from incidentbase.index.documents import LocalText
from incidentbase.index.engines import IndexBusy, IndexUnusable, SearchRequest
from incidentbase.index.engines import tantivy as tantivy_engine
from incidentbase.index.engines.tantivy import TantivyEngine
from incidentbase.index.query import parse
from tests.index.engines import corpus

DOCUMENTS = corpus.documents()[:40]
EVERYTHING = ("public", "restricted", "embargoed", "internal")

WRITER_THAT_HANGS = """
import sys, time
from pathlib import Path
from incidentbase.index.engines.tantivy import TantivyEngine
from tests.index.engines import corpus

def endless():
    for document in corpus.documents()[40:200]:
        yield document
    print("in the middle", flush=True)
    time.sleep(60)

engine = TantivyEngine(Path(sys.argv[1]))
engine.write(corpus.documents()[:40], ())
engine.write(endless(), [document.key for document in corpus.documents()[:40]])
"""


def total(engine, text=""):
    return engine.search(
        SearchRequest(
            now=corpus.NOW, visible=EVERYTHING, kinds=("incident", "report"), query=parse(text)
        )
    ).total


def test_write_replaces_documents_of_the_same_key(tmp_path):
    engine = TantivyEngine(tmp_path / "index")
    assert engine.write(DOCUMENTS, ()) == 40
    changed = replace(DOCUMENTS[0], title="zeppelin")
    assert engine.write([changed], ()) == 1
    assert (engine.count(), total(engine, "zeppelin")) == (40, 1)
    assert dict(engine.keys())[changed.key] == changed.fingerprint


def test_the_last_of_two_documents_with_one_key_stays(tmp_path):
    engine = TantivyEngine(tmp_path)
    engine.write([DOCUMENTS[0], replace(DOCUMENTS[0], title="zeppelin")], ())
    assert (engine.count(), total(engine, "zeppelin")) == (1, 1)


def test_write_deletes_keys(tmp_path):
    engine = TantivyEngine(tmp_path)
    engine.write(DOCUMENTS, ())
    assert engine.write((), [DOCUMENTS[0].key, "incident:999999"]) == 0
    assert engine.count() == 39
    assert engine.write([DOCUMENTS[0]], [DOCUMENTS[0].key]) == 1
    assert engine.count() == 40


def test_a_large_write_comes_in_parts_that_never_lack_a_document(tmp_path, monkeypatch):
    monkeypatch.setattr(tantivy_engine, "_CHARACTERS_AT_ONCE", 2_000)
    engine = TantivyEngine(tmp_path)
    engine.write(DOCUMENTS, ())
    counts = []

    def watched():
        for document in DOCUMENTS[:-1]:
            counts.append(engine.count())
            yield replace(document, title="zeppelin")

    assert engine.write(watched(), [document.key for document in DOCUMENTS]) == 39
    assert set(counts) == {40}
    assert (engine.count(), total(engine, "zeppelin")) == (39, 39)


def test_a_failed_write_changes_nothing_and_gives_the_lock_back(tmp_path):
    engine = TantivyEngine(tmp_path)
    engine.write(DOCUMENTS[:10], ())

    def failing():
        yield DOCUMENTS[20]
        raise RuntimeError("the store went away")

    with pytest.raises(RuntimeError, match="went away"):
        engine.write(failing(), [DOCUMENTS[0].key])
    assert engine.count() == 10
    assert engine.write(DOCUMENTS[10:], ()) == 30


def test_a_second_writer_is_told_that_the_index_is_busy(tmp_path):
    first, second = TantivyEngine(tmp_path), TantivyEngine(tmp_path)

    def meanwhile():
        yield DOCUMENTS[0]
        with pytest.raises(IndexBusy):
            second.write(DOCUMENTS, ())

    first.write(meanwhile(), ())
    assert second.write(DOCUMENTS, ()) == 40
    assert first.count() == 40


def test_readers_see_a_commit_at_once(tmp_path):
    writer, reader = TantivyEngine(tmp_path), TantivyEngine(tmp_path)
    assert reader.count() == 0
    writer.write(DOCUMENTS, ())
    assert reader.count() == 40


def test_killing_a_writer_leaves_the_last_commit(tmp_path):
    root = Path(__file__).parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER_THAT_HANGS, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{root}:{root / 'src'}"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"in the middle\n"
    engine = TantivyEngine(tmp_path)
    with pytest.raises(IndexBusy):
        engine.write(DOCUMENTS, ())
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert dict(engine.keys()) == {each.key: each.fingerprint for each in DOCUMENTS}
    assert engine.write(corpus.documents(), ()) == 420
    assert TantivyEngine(tmp_path).count() == 420


def test_an_index_of_other_fields_or_a_damaged_one_is_refused(tmp_path):
    TantivyEngine(tmp_path / "damaged").close()
    (tmp_path / "damaged" / "meta.json").write_text("{")
    with pytest.raises(IndexUnusable):
        TantivyEngine(tmp_path / "damaged")
    TantivyEngine(tmp_path / "older").close()
    meta = tmp_path / "older" / "meta.json"
    meta.write_text(meta.read_text().replace("facet_source", "facet_spring"))
    with pytest.raises(IndexUnusable):
        TantivyEngine(tmp_path / "older")


def test_odd_texts_can_be_written(tmp_path):
    odd = replace(
        DOCUMENTS[0],
        title="\ud800 lone \x00 zeppelin",
        description="a" * 100_000,
        texts=(LocalText("xx", "\ue000 🤖" * 50), LocalText("", "")),
        facets={"source": ("\ud800x", "")},
    )
    engine = TantivyEngine(tmp_path)
    engine.write([odd], ())
    assert total(engine, "zeppelin") == 1


def test_the_fingerprint_follows_the_content_and_not_its_order():
    document = DOCUMENTS[0]
    assert replace(document, title="other").fingerprint != document.fingerprint
    turned = {name: values[::-1] for name, values in reversed(document.facets.items())}
    assert replace(document, facets=turned).fingerprint == document.fingerprint

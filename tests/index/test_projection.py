import math
import subprocess
import sys

import numpy as np
import pytest

from incidentbase.index import projection

SUBJECTS = {
    "cars": "self driving car crash road pedestrian brake highway vehicle",
    "faces": "face recognition police arrest camera match suspect photograph",
    "loans": "credit loan score bank denied applicant mortgage lender",
    "chat": "chatbot answer false legal citation court lawyer invented",
}
EACH = 15


def texts():
    made = []
    for place in range(EACH):
        for words in SUBJECTS.values():
            own = words.split()
            turn = place % len(own)
            made.append(" ".join([*own[turn:], *own[:turn], f"case{place}", own[place % 3]]))
    return made


def subject_of(place):
    return place % len(SUBJECTS)


@pytest.fixture(scope="module")
def laid_out():
    return projection.project(texts(), [None] * EACH * len(SUBJECTS))


def test_alike_texts_lie_side_by_side(laid_out):
    points = np.array(laid_out)
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argsort(axis=1)[:, :5]
    same = np.mean([[subject_of(i) == subject_of(j) for j in row] for i, row in enumerate(nearest)])
    assert same > 0.95


def test_the_same_texts_give_the_same_points(laid_out):
    assert projection.project(texts(), [None] * EACH * len(SUBJECTS)) == laid_out


def test_points_lie_in_the_square_and_reach_its_border(laid_out):
    assert max(abs(value) for point in laid_out for value in point) == 1


def test_a_new_layout_looks_like_the_one_before(laid_out):
    more = [*texts(), "self driving vehicle crash on a highway"]

    points = projection.project(more, [*laid_out, None])

    moved = [math.dist(*pair) for pair in zip(laid_out, points, strict=False)]
    assert np.median(moved) < 0.25


def test_a_sample_is_laid_out_where_there_are_too_many(monkeypatch):
    monkeypatch.setattr(projection, "MOST_LAID_OUT", 40)

    points = np.array(projection.project(texts(), [None] * EACH * len(SUBJECTS)))

    middles = [
        points[[subject_of(i) == one for i in range(len(points))]].mean(0) for one in range(4)
    ]
    right = [
        np.argmin([math.dist(point, middle) for middle in middles]) == subject_of(place)
        for place, point in enumerate(points)
    ]
    assert np.mean(right) > 0.9


def test_texts_without_common_words_and_few_texts_get_points_too():
    for found in (["one"], ["one", "two"], [""] * 6, list("abcdefgh"), ["漢字"] * 7):
        points = projection.project(found, [None] * len(found))

        assert len(points) == len(found)
        assert all(-1 <= value <= 1 for point in points for value in point)


def test_no_texts_give_no_points():
    assert projection.project([], []) == []


def test_japanese_texts_are_told_apart():
    subjects = ["自動運転車の事故で歩行者が負傷", "顔認証の誤りで警察が誤認逮捕"]
    found = [f"{subjects[place % 2]} 第{place}件" for place in range(20)]

    points = np.array(projection.project(found, [None] * 20))

    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert np.mean(distances.argmin(axis=1) % 2 == np.arange(20) % 2) > 0.9


def test_what_takes_seconds_to_load_is_loaded_only_for_a_layout():
    program = (
        "import os, sys\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'incidentbase.config.settings'\n"
        "import django\n"
        "django.setup()\n"
        "import incidentbase.config.urls\n"
        "print(sorted({'numpy', 'scipy', 'sklearn'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"

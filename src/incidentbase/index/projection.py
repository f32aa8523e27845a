"""Texts as points on a plane: what is alike lies side by side.

TF-IDF of words and pairs of words, reduced by a truncated singular value decomposition, laid out
by t-SNE (van der Maaten and Hinton 2008, Visualizing Data using t-SNE), whose seed is fixed. The
libraries take seconds to load, so this module is imported where it is needed, not at the start.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.manifold import TSNE
from sklearn.preprocessing import normalize

from incidentbase.index import analysis

Point = tuple[float, float]

SEED = 20_260_101
MOST_TERMS = 30_000
DIMENSIONS = 256
# t-SNE takes time: from here on it lays out a sample, and the rest joins its neighbors.
MOST_LAID_OUT = 5_000
NEIGHBORS = 5
PERPLEXITY = 30.0
# A layout starts from the one before if that has this share of the points.
SHARE_TO_START_FROM = 0.5
# How far from the middle t-SNE itself puts the outermost of some thousand points.
SPREAD = 60.0
_FEWEST = 5
_AT_ONCE = 1_000


def project(texts: Sequence[str], former: Sequence[Point | None]) -> list[Point]:
    """Return a point for each text, both coordinates from -1 to 1.

    A text with a former point starts there, so that a new layout looks like the one before.
    """
    vectors = vectors_of(texts) if len(texts) >= _FEWEST else None
    if vectors is None:
        return _circle(len(texts))
    if len(texts) <= MOST_LAID_OUT:
        return _scaled(_laid_out(vectors, former))
    return _scaled(_laid_out_by_sample(vectors, former))


def vectors_of(texts: Sequence[str]) -> np.ndarray[Any, Any] | None:
    """Return one vector of length 1 for each text; None when nothing joins or parts them."""
    counting = TfidfVectorizer(
        preprocessor=analysis.spaced,
        tokenizer=str.split,
        token_pattern=None,
        stop_words="english",
        ngram_range=(1, 2),
        min_df=2,
        max_features=MOST_TERMS,
        sublinear_tf=True,
    )
    try:
        counts = counting.fit_transform(texts)
    except ValueError:
        return None
    dimensions = min(DIMENSIONS, len(texts) - 1, counts.shape[1] - 1)
    if dimensions < 2:
        return None
    # Texts that are all the same have no variance to be explained, which is no fault.
    with np.errstate(invalid="ignore"):
        found = normalize(TruncatedSVD(dimensions, random_state=SEED).fit_transform(counts))
    return None if np.allclose(found, found[0]) else found


def _laid_out(
    vectors: np.ndarray[Any, Any], former: Sequence[Point | None]
) -> np.ndarray[Any, Any]:
    start = _former_start(vectors, former)
    is_new = start is None
    return TSNE(
        init="pca" if is_new else start,
        # Exaggeration forms clusters; where there are some, it would only tear them apart.
        early_exaggeration=12.0 if is_new else 1.0,
        perplexity=min(PERPLEXITY, (len(vectors) - 1) / 3),
        random_state=SEED,
    ).fit_transform(vectors)


def _former_start(
    vectors: np.ndarray[Any, Any], former: Sequence[Point | None]
) -> np.ndarray[Any, Any] | None:
    """Return where the points were, or None if most are new.

    What is new starts beside the text that is most like it.
    """
    known = np.array([place for place, point in enumerate(former) if point is not None])
    if len(known) < len(former) * SHARE_TO_START_FROM:
        return None
    start = np.array([point or (0.0, 0.0) for point in former], dtype="float32")
    for place, point in enumerate(former):
        if point is None:
            start[place] = start[known[np.argmax(vectors[known] @ vectors[place])]]
    return start * SPREAD


def _laid_out_by_sample(
    vectors: np.ndarray[Any, Any], former: Sequence[Point | None]
) -> np.ndarray[Any, Any]:
    """Return points of which a sample is laid out and the rest lies amid its nearest of those."""
    chosen = np.sort(np.random.default_rng(SEED).permutation(len(vectors))[:MOST_LAID_OUT])
    sample = vectors[chosen]
    points = _laid_out(sample, [former[place] for place in chosen])
    found = np.empty((len(vectors), 2), dtype="float32")
    for first in range(0, len(vectors), _AT_ONCE):
        likeness = vectors[first : first + _AT_ONCE] @ sample.T
        nearest = np.argpartition(-likeness, NEIGHBORS, axis=1)[:, :NEIGHBORS]
        weights = np.take_along_axis(likeness, nearest, axis=1).clip(min=1e-3)
        weights /= weights.sum(axis=1, keepdims=True)
        found[first : first + _AT_ONCE] = (points[nearest] * weights[:, :, None]).sum(axis=1)
    found[chosen] = points
    return found


def _scaled(points: np.ndarray[Any, Any]) -> list[Point]:
    """Return the points moved into the square from -1 to 1, with four digits."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2
    half = float((high - low).max()) / 2 or 1.0
    scaled = ((points - middle) / half).clip(-1, 1)
    return [(round(float(x), 4), round(float(y), 4)) for x, y in scaled]


def _circle(number: int) -> list[Point]:
    """Return points for texts of which nothing is known but that there are so many."""
    turns = [2 * math.pi * place / max(number, 1) for place in range(number)]
    return [(round(math.cos(turn) / 2, 4), round(math.sin(turn) / 2, 4)) for turn in turns]

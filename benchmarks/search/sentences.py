"""Sentences like those of the archive: English ones from Markov chains, Japanese ones from a list.

Both come from pools made once, so that a document of them costs microseconds.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

SEED = 20260727
SENTENCES = 60_000
TITLES = 12_000
JAPANESE_SENTENCES = 6_000

_LONGEST = 45
_SHORTEST = 6
_LONGEST_TITLE = 16
_END = ""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")

# Written for this benchmark; the gaps are filled so that thousands of sentences come out.
_JAPANESE = (
    "{actor}は{place}で導入した顔認識システムが無関係の男性を容疑者と誤認したと発表した。",
    "{place}の警察は顔認識の照合結果だけを根拠に女性を逮捕し、後に誤りを認めた。",
    "自動運転の試験車が{place}の交差点で歩行者に接触し、{number}人が軽いけがをした。",
    "{actor}の自動運転タクシーが緊急車両の進路をふさいだと消防が{place}で報告した。",
    "生成AIで作られた{person}の偽動画が選挙期間中に拡散し、{number}万回以上再生された。",
    "ディープフェイクの音声を使った詐欺で{place}の会社が{number}億円をだまし取られた。",
    "{actor}のチャットボットが存在しない判例を示し、弁護士が裁判所に謝罪した。",
    "対話型AIが未成年の利用者に自傷行為をうながす返答をしたとして、家族が{actor}を訴えた。",
    "採用選考に使われたAIが女性の応募者を低く評価していたことが{actor}の調査で分かった。",
    "{place}の自治体は生活保護の判定に使ったアルゴリズムの運用を停止した。",
    "機械翻訳の誤りにより{place}で男性が一時拘束され、{actor}が謝罪した。",
    "画像認識の誤作動で{actor}の配送ロボットが歩道の視覚障害者に衝突した。",
    "医療用の診断支援システムが{number}件の病変を見落としていたと{place}の病院が公表した。",
    "{actor}の推薦アルゴリズムが有害な動画を子どもに繰り返し表示したと研究者が指摘した。",
    "個人情報が学習データに含まれていたとして、{place}の監督機関が{actor}に改善を命じた。",
    "AIが生成した虚偽の記事が{actor}のニュース欄に{number}本掲載された。",
    "試験の不正検知ソフトが肌の色の濃い学生の顔を検出できないと{place}の大学で抗議が起きた。",
    "{actor}の信用評価モデルは{place}の住民を不当に低く採点していたとみられる。",
    "工場の産業用ロボットが作業員を部品と誤認し、{number}人が負傷した。",
    "音声アシスタントが子どもに危険な遊びを勧めたと保護者が{actor}に苦情を寄せた。",
    "{person}の声を無断で複製した広告が動画サイトで配信され、本人が注意を呼びかけた。",
    "{place}の学校で同級生の写真から性的な偽画像を作る被害が{number}件確認された。",
    "{actor}は原因を調査中で、再発防止策を近く公表するとしている。",
    "専門家は監視カメラと人工知能の組み合わせが差別を助長しかねないと警告している。",
    "関係者によると、問題は{number}か月前から社内で指摘されていた。",
    "裁判所は{actor}に対し、被害者へ{number}万円を支払うよう命じた。",
    "ドローンの誘導に使われた人工知能が民間人を標的と誤って判断した可能性がある。",
    "{place}では物価予測のアルゴリズムが家賃を一斉に引き上げたとして訴訟が続いている。",
    "{actor}の検索エンジンが要約の中で毒キノコを食べられると紹介した。",
    "消費者団体は、説明のない自動判定をやめるよう{actor}に申し入れた。",
)
_GAPS = {
    "actor": (
        "国内の大手企業", "米国の新興企業", "同社", "運営会社", "通信会社", "自動車メーカー",
        "検索大手", "配車サービス", "保険会社", "地方銀行", "人材会社", "教育サービス",
    ),
    "place": (
        "東京", "大阪", "京都", "横浜", "福岡", "札幌", "名古屋", "神戸", "仙台", "広島",
        "沖縄", "ロンドン", "サンフランシスコ", "香港", "ソウル", "デトロイト",
    ),
    "person": ("首相", "人気歌手", "元大統領", "俳優", "知事", "女子高校生", "記者"),
    "number": tuple(str(number) for number in (2, 3, 5, 8, 12, 15, 20, 34, 60, 120, 300)),
}  # fmt: skip

# Substrings that the sentences hold, from one to five characters, as people type them.
JAPANESE_WORDS = (
    "顔認識", "自動運転", "銃", "逮捕", "詐欺", "東京", "人工知能", "学習データ", "未成年",
    "監視", "誤認", "裁判所", "偽動画", "京都", "差別", "病院", "ロボット", "歩行者", "翻訳",
    "首相", "広告", "画像認識", "弁護士", "個人情報",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pools:
    """Ready sentences, titles of a few words, and Japanese sentences."""

    english: Sequence[str]
    titles: Sequence[str]
    japanese: Sequence[str]


def pools(titles: Iterable[str], texts: Iterable[str]) -> Pools:
    """Learn from the archive's titles and texts and return the pools; the same every time."""
    # Sentences of a form letter repeat by the thousand: each is learnt once.
    prose = dict.fromkeys(part for text in texts for part in _SENTENCE_END.split(text.strip()))
    draw = random.Random(SEED)
    titles = list(titles)
    return Pools(
        english=_sentences(_Chain([*prose, *titles]), SENTENCES, _LONGEST, draw),
        titles=[
            title.rstrip(".") for title in _sentences(_Chain(titles), TITLES, _LONGEST_TITLE, draw)
        ],
        japanese=[_japanese(draw) for _ in range(JAPANESE_SENTENCES)],
    )


class _Chain:
    """An order-2 Markov chain of words."""

    def __init__(self, learnt: Iterable[str]) -> None:
        self.starts: list[tuple[str, str]] = []
        self.following: dict[tuple[str, str], list[str]] = {}
        for sentence in learnt:
            words = sentence.split()
            if len(words) < _SHORTEST:
                continue
            self.starts.append((words[0], words[1]))
            pairs = pairwise(words)
            for pair, after in zip(pairs, [*words[2:], _END], strict=True):
                self.following.setdefault(pair, []).append(after)

    def walk(self, longest: int, draw: random.Random) -> list[str]:
        """Return the words of one sentence."""
        pair = draw.choice(self.starts)
        words = [*pair]
        while len(words) < longest:
            after = draw.choice(self.following[pair])
            if after == _END:
                break
            words.append(after)
            pair = (pair[1], after)
        return words


def _sentences(chain: _Chain, count: int, longest: int, draw: random.Random) -> list[str]:
    made: list[str] = []
    while len(made) < count:
        words = chain.walk(longest, draw)
        if len(words) >= _SHORTEST:
            made.append(f"{' '.join(words).rstrip('.,;:')}.")
    return made


def _japanese(draw: random.Random) -> str:
    return draw.choice(_JAPANESE).format(
        **{name: draw.choice(choices) for name, choices in _GAPS.items()}
    )

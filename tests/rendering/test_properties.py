"""What holds for every text: nothing is lost, limits hold, markup is well formed."""

import re
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.markdown import Block, BlockKind, Run, read, text_of
from bot.rendering.splitting import Piece, split
from bot.rendering.writing import WRITERS, markdown, plain
from domain.messages import Channel

LIMIT = 1100
"""Smaller than any channel's, so that much is cut; larger than one letter with the longest address."""

alphabet = st.sampled_from([*"aāč .!?\n*_[](){}<>&\"'`#-+1.:/~|\\", "👩‍🌾", "e\u0301", "🙂", "Ž"])
texts = st.lists(alphabet, min_size=1, max_size=700).map("".join)
links = st.sampled_from(
    ["", "", "https://www.jnku.lv/a?b=1&c=2", "javascript:alert(1)", "tel:8848", "mailto:a@b.lv"]
)
runs = st.builds(Run, texts, strong=st.booleans(), emphasis=st.booleans(), href=links)
kinds = st.sampled_from(list(BlockKind))


def _block(kind: BlockKind, inside: list[Run], number: int) -> Block:
    return Block(kind, tuple(inside), number if kind is BlockKind.NUMBERED else 0)


blocks = st.lists(
    st.builds(_block, kinds, st.lists(runs, min_size=1, max_size=3), st.integers(1, 30)),
    min_size=1,
    max_size=5,
)
channels = st.sampled_from(list(Channel))

_VOID = {"br"}
_ALLOWED = {
    Channel.TELEGRAM: {"b", "i", "a"},
    Channel.WEB: {"p", "br", "strong", "em", "a", "ul", "ol", "li"},
}


class _Checked(HTMLParser):
    """Reads HTML strictly: allowed tags only, each closed in its turn."""

    def __init__(self, allowed: set[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.allowed = allowed
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.allowed
        for name, value in attrs:
            assert name in {"href", "target", "rel", "start"}
            if name == "href":
                assert re.match(r"https?://|tel:|mailto:", value or "")
        if tag not in _VOID:
            self.open.append(tag)
        else:
            self.text += "\n"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _letters(text: str) -> str:
    return re.sub(r"\s", "", text)


def _parts(content: list[Block], channel: Channel) -> list[list[Block]]:
    writer = WRITERS[channel]
    cut = split(
        [Piece("key", block) for block in content],
        limit=LIMIT,
        measure=lambda some: max(_units(writer(some)), _units(plain(some))),
    )
    return [[piece.block for piece in part] for part in cut]


@settings(max_examples=150, deadline=None)
@given(blocks, channels)
def test_parts_keep_every_letter_within_the_limit(content: list[Block], channel: Channel) -> None:
    parts = _parts(content, channel)

    assert "".join(_letters(text_of(part)) for part in parts) == _letters(text_of(content))
    for part in parts:
        assert _units(WRITERS[channel](part)) <= LIMIT
        assert _units(plain(part)) <= LIMIT
        assert text_of(part).strip()


@settings(max_examples=150, deadline=None)
@given(blocks, st.sampled_from([Channel.TELEGRAM, Channel.WEB]))
def test_every_part_is_well_formed_and_says_the_text(
    content: list[Block], channel: Channel
) -> None:
    for part in _parts(content, channel):
        parser = _Checked(_ALLOWED[channel])
        parser.feed(WRITERS[channel](part))
        parser.close()
        assert parser.open == []
        bare = [Block(b.kind, tuple(Run(run.text) for run in b.runs), b.number) for b in part]
        if all(not run.href.startswith(("tel", "mailto")) for b in part for run in b.runs):
            said = re.sub(r"^(• |\d+\. )", "", parser.text, flags=re.MULTILINE)
            meant = re.sub(r"^(• |\d+\. )", "", plain(bare), flags=re.MULTILINE)
            assert _letters(said) == _letters(_without_numbers(meant))


def _without_numbers(text: str) -> str:
    return re.sub(r"^(• |\d+\. )", "", text, flags=re.MULTILINE)


@settings(max_examples=150, deadline=None)
@given(blocks)
def test_parts_never_cut_a_picture_letter_in_two(content: list[Block]) -> None:
    joined = text_of(content)
    for part in _parts(content, Channel.WHATSAPP):
        text = text_of(part)
        assert not text.startswith(("\u200d", "\u0301"))
        assert joined.count("👩‍🌾") >= text.count("👩")


@settings(max_examples=200, deadline=None)
@given(texts)
def test_the_stored_source_reads_back_as_the_same_text(text: str) -> None:
    block = Block(BlockKind.PARAGRAPH, (Run(text),))

    document, _ = read(markdown([block]))

    assert _letters(text_of(document)) == _letters(text)

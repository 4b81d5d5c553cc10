"""Long messages cut into parts that a channel takes: between paragraphs, else sentences, else words."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.content.markdown import Block, BlockKind, Run

Measure = Callable[[Sequence[Block]], int]
"""How long blocks are once written."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A block and the key of the answer that it comes from."""

    key: str
    block: Block


def split(pieces: Sequence[Piece], *, limit: int, measure: Measure) -> list[list[Piece]]:
    """The pieces in as few parts as fit; nothing but white space is lost."""
    pieces = [piece for piece in pieces if _says_something(piece.block)]
    if measure(_blocks(pieces)) <= limit:
        return [pieces] if pieces else []
    parts: list[list[Piece]] = []
    part: list[Piece] = []
    for piece in pieces:
        if measure(_blocks([*part, piece])) <= limit:
            part.append(piece)
            continue
        if part:
            parts.append(part)
        *whole, part = _cut(piece, limit=limit, measure=measure)
        parts.extend(whole)
    return [*parts, part] if part else parts


def _blocks(pieces: Sequence[Piece]) -> list[Block]:
    return [piece.block for piece in pieces]


def _cut(piece: Piece, *, limit: int, measure: Measure) -> list[list[Piece]]:
    """One piece as parts that each fit."""
    parts: list[list[Piece]] = []
    block = piece.block
    while measure([block]) > limit:
        at = _best_cut(block, limit=limit, measure=measure)
        head = _head(block, at)
        if _says_something(head):
            parts.append([Piece(piece.key, head)])
        block = _tail(block, at)
    if _says_something(block):
        parts.append([Piece(piece.key, block)])
    return parts


def _says_something(block: Block) -> bool:
    """Whether there is more than white space: channels refuse an empty message."""
    return any(run.text.strip() for run in block.runs)


_ENDS = (re.compile(r"[.!?…][”\")]*\s+|\n"), re.compile(r"\s+"), re.compile(r"(?<=.)", re.DOTALL))
"""Where to cut, the best first: after a sentence, after a word, between characters."""


def _best_cut(block: Block, *, limit: int, measure: Measure) -> int:
    text = "".join(run.text for run in block.runs)
    for end in _ENDS:
        places = [found.end() for found in end.finditer(text) if _is_whole(text, found.end())]
        fitting = bisect_right(places, limit, key=lambda at: measure([_head(block, at)]))
        if fitting:
            return places[fitting - 1]
    return 1


def _is_whole(text: str, at: int) -> bool:
    """Whether a cut leaves something on both sides and does not part a letter from its accent."""
    return 0 < at < len(text) and not _JOINED.match(text, at) and text[at - 1] != _ZERO_WIDTH_JOINER


_ZERO_WIDTH_JOINER = "\u200d"
_JOINED = re.compile("[\u0300-\u036f\u200d\ufe0f\U0001f3fb-\U0001f3ff]")


def _head(block: Block, at: int) -> Block:
    runs: list[Run] = []
    for run in block.runs:
        if at <= 0:
            break
        runs.append(replace(run, text=run.text[:at]))
        at -= len(run.text)
    return replace(block, runs=_without_space_at_end(runs))


def _without_space_at_end(runs: list[Run]) -> tuple[Run, ...]:
    while runs and not (text := runs[-1].text.rstrip()):
        runs.pop()
    return (*runs[:-1], replace(runs[-1], text=text)) if runs else ()


def _tail(block: Block, at: int) -> Block:
    """The rest, as a paragraph: a list item is announced only once."""
    runs: list[Run] = []
    for run in block.runs:
        rest = run.text[max(at, 0) :]
        at -= len(run.text)
        if rest:
            runs.append(replace(run, text=rest))
    return Block(BlockKind.PARAGRAPH, tuple(runs))

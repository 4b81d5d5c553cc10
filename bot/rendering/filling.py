"""Placeholders of a parsed text filled with values. A value is never read as Markdown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, time

from bot.content.markdown import Block, BlockKind, Document, Run, joined_runs, split_placeholders
from bot.rendering.dates import in_words
from domain.answers import Value

Words = Callable[[str, str], str]
"""What a word of a family is called: `("channel_name", "web")` gives „tīmekļa saruna”."""


def fill(document: Document, values: Mapping[str, Value], words: Words) -> list[Block]:
    """The blocks with their values; lines whose value is empty are left out, a tuple becomes a list.

    Raises `KeyError` when a value is missing.
    """
    filled: list[Block] = []
    for block in document:
        filled.extend(_fill_block(block, values, words))
    return filled


def _fill_block(block: Block, values: Mapping[str, Value], words: Words) -> Iterable[Block]:
    if not any("{" in run.text or "{" in run.href for run in block.runs):
        yield block
        return
    entries = _listed(block, values)
    if entries is not None:
        start = block.number or 1
        kind = BlockKind.BULLET if block.kind is BlockKind.PARAGRAPH else block.kind
        for number, entry in enumerate(entries, start=start):
            if entry:
                shown = number if kind is BlockKind.NUMBERED else 0
                yield Block(kind, (Run(entry),), shown)
        return
    lines = [_fill_line(line, values, words) for line in _lines(block.runs)]
    kept = [line for line in lines if line is not None]
    runs = joined_runs(run for line in _with_breaks(kept) for run in line)
    if runs:
        yield replace(block, runs=runs)


def _listed(block: Block, values: Mapping[str, Value]) -> tuple[str, ...] | None:
    """The entries when the block is nothing but a placeholder whose value is a tuple."""
    pieces = [piece for run in block.runs for piece in split_placeholders(run.text)]
    if len(pieces) != 1 or isinstance(pieces[0], str):
        return None
    value = values[pieces[0][0]]
    return value if isinstance(value, tuple) else None


def _lines(runs: tuple[Run, ...]) -> list[list[Run]]:
    """Runs cut at their line breaks."""
    lines: list[list[Run]] = [[]]
    for run in runs:
        first, *others = run.text.split("\n")
        lines[-1].append(replace(run, text=first))
        lines.extend([replace(run, text=text)] for text in others)
    return lines


def _with_breaks(lines: list[list[Run]]) -> list[list[Run]]:
    return [[*line, Run("\n")] for line in lines[:-1]] + lines[-1:]


def _fill_line(line: list[Run], values: Mapping[str, Value], words: Words) -> list[Run] | None:
    """The line with its values, None when one of them is empty."""
    filled: list[Run] = []
    for run in line:
        pieces = split_placeholders(run.text)
        href = "".join(_piece(piece, values, words) for piece in split_placeholders(run.href))
        if run.href and not href:
            return None
        for piece in pieces:
            text = _piece(piece, values, words)
            if not text:
                return None
            phone = isinstance(piece, tuple) and piece[1] == "phone"
            filled.append(replace(run, text=text, href=_call(text) if phone else href))
    return filled


def _piece(piece: str | tuple[str, str], values: Mapping[str, Value], words: Words) -> str:
    return piece if isinstance(piece, str) else to_words(values[piece[0]], piece[1], words)


def to_words(value: Value, form: str, words: Words) -> str:
    """A value in the form that its placeholder asks for."""
    if isinstance(value, date | time):
        return in_words(value, form)
    if isinstance(value, tuple):
        return ", ".join(value)
    if form in ("", "phone"):
        return str(value)
    return words(form, str(value))


def _call(phone: str) -> str:
    """The link that dials a Latvian number; short numbers are dialled as they are."""
    return f"tel:+371{phone}" if len(phone) == _SUBSCRIBER_NUMBER else f"tel:{phone}"


_SUBSCRIBER_NUMBER = 8

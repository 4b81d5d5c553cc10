"""Blocks written out for each channel: Telegram HTML, WhatsApp markup, web HTML, plain text, Markdown."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from itertools import groupby
from urllib.parse import urlsplit

from bot.content.markdown import LINK_SCHEMES, Block, BlockKind, Run
from domain.messages import Channel

Write = Callable[[Sequence[Block]], str]

_LONGEST_HREF = 1000
"""A longer address is not linked: one letter and its link must always fit into a message."""


def telegram(blocks: Sequence[Block]) -> str:
    """HTML with the tags that Telegram knows."""
    return _join(blocks, _telegram_run)


def whatsapp(blocks: Sequence[Block]) -> str:
    """WhatsApp's `*bold*` and `_italic_`; links are written out."""
    return _join(blocks, _whatsapp_run)


def plain(blocks: Sequence[Block]) -> str:
    """Text without any markup."""
    return _join(blocks, _plain_run)


def web(blocks: Sequence[Block]) -> str:
    """HTML for our own pages: every text escaped, only safe links."""
    return "".join(
        _web_list(kind, list(group)) if kind is not BlockKind.PARAGRAPH else _web_paragraphs(group)
        for kind, group in groupby(blocks, key=lambda block: block.kind)
    )


def markdown(blocks: Sequence[Block]) -> str:
    """Markdown that reads back as the same blocks."""
    trimmed = [replace(block, runs=_trimmed(block.runs)) for block in blocks]
    return _join(trimmed, _markdown_run, bullet="- ", apart="\n\n")


WRITERS: Mapping[Channel, Write] = {
    Channel.TELEGRAM: telegram,
    Channel.WHATSAPP: whatsapp,
    Channel.WEB: web,
}


# ---------------------------------------------------------------------------------------------- joining


def _join(
    blocks: Sequence[Block], write: Callable[[Run], str], *, bullet: str = "• ", apart: str = "\n"
) -> str:
    """Paragraphs are set apart by an empty line; a list follows the paragraph that announces it."""
    parts: list[str] = []
    before: Block | None = None
    for block in blocks:
        if before is not None:
            together = before.kind is block.kind and block.kind is not BlockKind.PARAGRAPH
            announced = before.kind is BlockKind.PARAGRAPH and block.kind is not BlockKind.PARAGRAPH
            parts.append("\n" if together else apart if announced else "\n\n")
        parts.append(_mark(block, bullet) + "".join(map(write, block.runs)))
        before = block
    return "".join(parts)


def _mark(block: Block, bullet: str) -> str:
    if block.kind is BlockKind.NUMBERED:
        return f"{block.number}. "
    return bullet if block.kind is BlockKind.BULLET else ""


# ---------------------------------------------------------------------------------------------- runs


def _telegram_run(run: Run) -> str:
    text = escape(run.text, quote=False)
    if run.strong:
        text = f"<b>{text}</b>"
    if run.emphasis:
        text = f"<i>{text}</i>"
    target = _target(run)
    if target.startswith("http"):
        return f'<a href="{escape(target)}">{text}</a>'
    return text + escape(_spelled(run, target), quote=False)


def _whatsapp_run(run: Run) -> str:
    target = _target(run)
    if target.startswith("http") and _says_itself(run.text, target):
        return target
    marks = ("*" if run.strong else "") + ("_" if run.emphasis else "")
    return _marked(run.text, marks) + _spelled(run, target)


def _plain_run(run: Run) -> str:
    target = _target(run)
    if target.startswith("http") and _says_itself(run.text, target):
        return target
    return run.text + _spelled(run, target)


def _web_run(run: Run) -> str:
    target = _target(run)
    text = _with_breaks(escape(run.text)) if target else _linked(run.text)
    if run.strong:
        text = f"<strong>{text}</strong>"
    if run.emphasis:
        text = f"<em>{text}</em>"
    return _web_link(target, text) if target else text


def _web_link(target: str, text: str) -> str:
    outside = ' target="_blank" rel="noopener noreferrer"' if target.startswith("http") else ""
    return f'<a href="{escape(target)}"{outside}>{text}</a>'


_BARE_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)”“']")


def _linked(text: str) -> str:
    """Escaped text in which bare addresses can be clicked."""
    pieces: list[str] = []
    end = 0
    for found in _BARE_LINK.finditer(text):
        if len(escape(found[0])) > _LONGEST_HREF:
            continue
        pieces += [escape(text[end : found.start()]), _web_link(found[0], escape(found[0]))]
        end = found.end()
    return _with_breaks("".join([*pieces, escape(text[end:])]))


def _with_breaks(text: str) -> str:
    return text.replace("\n", "<br>")


def _web_paragraphs(blocks: Iterable[Block]) -> str:
    return "".join(f"<p>{''.join(map(_web_run, block.runs))}</p>" for block in blocks)


def _web_list(kind: BlockKind, items: Sequence[Block]) -> str:
    inside = "".join(f"<li>{''.join(map(_web_run, item.runs))}</li>" for item in items)
    if kind is BlockKind.BULLET:
        return f"<ul>{inside}</ul>"
    start = f' start="{items[0].number}"' if items[0].number != 1 else ""
    return f"<ol{start}>{inside}</ol>"


# ---------------------------------------------------------------------------------------------- links


def _target(run: Run) -> str:
    """Where a run leads, empty when nowhere safe."""
    usable = run.href.startswith(LINK_SCHEMES) and len(escape(run.href)) <= _LONGEST_HREF
    return run.href if usable and not re.search(r"\s", run.href) else ""


def _says_itself(text: str, target: str) -> bool:
    """Whether the words of a link are its address already, or the name of its site."""
    if not target:
        return False
    bare = target.partition(":")[2].removeprefix("//").rstrip("/")
    host = (urlsplit(target).hostname or "").removeprefix("www.")
    shown = text.strip().removeprefix("https://").removeprefix("http://").rstrip("/")
    return (
        shown == bare
        or shown.removeprefix("www.") == host
        or (shown.isdigit() and bare.endswith(shown))
    )


def _spelled(run: Run, target: str) -> str:
    """The address behind a link's words, for channels that show no links."""
    if not target or _says_itself(run.text, target):
        return ""
    return ": " + target.removeprefix("mailto:").removeprefix("tel:")


# ---------------------------------------------------------------------------------------------- marks


def _marked(text: str, marks: str) -> str:
    """Text between marks, line by line: spaces stay outside, or the marks would be shown."""
    if not marks:
        return text
    return "\n".join(_marked_line(line, marks) for line in text.split("\n"))


def _marked_line(line: str, marks: str) -> str:
    words = line.strip()
    if not words:
        return line
    start = line.index(words)
    return line[:start] + marks + words + marks[::-1] + line[start + len(words) :]


_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#~|&])")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))", re.MULTILINE)


def _markdown_run(run: Run) -> str:
    text = _SPECIAL.sub(r"\\\1", run.text)
    text = _LINE_START.sub(_escaped_start, text).replace("\n", "\\\n")
    marks = ("**" if run.strong else "") + ("*" if run.emphasis else "")
    text = _marked(text, marks)
    return f"[{text}]({run.href})" if run.href else text


def _trimmed(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Runs without white space around them all: at the edges of a block it would mean something in Markdown."""
    kept = list(runs)
    while kept and not kept[0].text.strip():
        kept.pop(0)
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        kept[0] = replace(kept[0], text=kept[0].text.lstrip())
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
    return tuple(kept)


def _escaped_start(found: re.Match[str]) -> str:
    if found[2].isdigit():
        return f"{found[1]}{found[2]}\\"
    return f"{found[1]}\\{found[2]}"

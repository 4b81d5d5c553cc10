"""The Markdown subset of content files: paragraphs, bold, italic, two kinds of lists, links. Nothing else."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

LINK_SCHEMES = ("https://", "http://", "tel:", "mailto:")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style; a newline in it is a line break."""

    text: str
    strong: bool = False
    emphasis: bool = False
    href: str = ""


class BlockKind(StrEnum):
    """What a block is; neighbouring items form a list."""

    PARAGRAPH = "paragraph"
    BULLET = "bullet"
    NUMBERED = "numbered"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or one list item; `number` is the item's number in a numbered list."""

    kind: BlockKind
    runs: tuple[Run, ...]
    number: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """Something outside the subset; `line` starts at 1 within the text, the message is in plain Latvian."""

    line: int
    message: str


Document = tuple[Block, ...]


def read(source: str) -> tuple[Document, tuple[Fault, ...]]:
    """The blocks of a text and whatever in it is outside the subset."""
    reader = _Reader()
    reader.read_blocks(_parser().parse(source))
    faults = [*reader.faults, *_brace_faults(source)]
    return tuple(reader.blocks), tuple(sorted(faults, key=lambda fault: fault.line))


def text_of(blocks: Iterable[Block]) -> str:
    """What the blocks say, without any markup."""
    return "\n".join("".join(run.text for run in block.runs) for block in blocks)


_PLACEHOLDER = re.compile(r"\{(?P<name>[a-z][a-z_]*)(?::(?P<form>[a-z][a-z_]*))?\}")


def placeholders(source: str) -> list[tuple[str, str]]:
    """Names and forms of the placeholders in a text, `{answer_by:until}` as `("answer_by", "until")`."""
    return [(found["name"], found["form"] or "") for found in _PLACEHOLDER.finditer(source)]


def split_placeholders(text: str) -> list[str | tuple[str, str]]:
    """A text cut at its placeholders: strings as they are, placeholders as (name, form)."""
    pieces: list[str | tuple[str, str]] = []
    end = 0
    for found in _PLACEHOLDER.finditer(text):
        if found.start() > end:
            pieces.append(text[end : found.start()])
        pieces.append((found["name"], found["form"] or ""))
        end = found.end()
    if end < len(text):
        pieces.append(text[end:])
    return pieces


def _brace_faults(source: str) -> list[Fault]:
    """Braces that belong to no placeholder."""
    message = "figūriekava { vai } ir lieka vai nav pārī; mainīgo raksta šādi: {phone}"
    return [
        Fault(number, message)
        for number, line in enumerate(source.splitlines(), start=1)
        if re.search(r"[{}]", _PLACEHOLDER.sub("", line))
    ]


@cache
def _parser() -> MarkdownIt:
    """Everything that Markdown knows is switched on, so that what is not allowed is seen and named.

    Made once: that takes as long as reading half a topic, and content has five hundred texts.
    """
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.normalizeLink = _as_written  # type: ignore[method-assign] # {url} must stay a placeholder
    parser.validateLink = _is_any_link  # type: ignore[method-assign] # refused below, with a message
    parser.parse("It sorts its rules at the first text, and two threads may not do that at once.")
    return parser


def _as_written(url: str) -> str:
    return url


def _is_any_link(url: str) -> bool:
    return True


_PASSED = frozenset(
    {"paragraph_open", "paragraph_close", "bullet_list_open", "bullet_list_close"}
    | {"ordered_list_open", "ordered_list_close", "list_item_open", "list_item_close", "inline"}
)
_OUTSIDE = {
    "heading_open": "virsraksti nav atļauti; sāciet ar parastu teikumu vai lietojiet **treknrakstu**",
    "fence": "koda bloki (```) nav atļauti",
    "code_block": "rinda sākas ar četrām vai vairāk atstarpēm; izdzēsiet tās",
    "code_inline": "zīmi ` šeit nelieto; lietojiet pēdiņas „…”",
    "html_block": "HTML nav atļauts; lietojiet tikai tekstu, **treknrakstu**, sarakstus un saites",
    "html_inline": "HTML nav atļauts; zīmju < un > vietā lietojiet vārdus",
    "image": "attēli nav atļauti; attēla vietā dodiet saiti: [teksts](https://…)",
    "table_open": "tabulas nav atļautas; lietojiet sarakstu ar - rindas sākumā",
    "blockquote_open": "zīmi > rindas sākumā nelieto",
    "hr": "atdalītājsvītra (---) nav atļauta; atstājiet tukšu rindu",
    "s_open": "pārsvītrojums (~~) nav atļauts",
}


class _Reader:
    """Walks markdown-it's tokens and gathers blocks and faults."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.faults: list[Fault] = []
        self._lists: list[tuple[BlockKind, int]] = []
        self._item_is_new = False
        self._skipping = ""

    def read_blocks(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if self._skipping:
                self._skipping = "" if token.type == self._skipping else self._skipping
            else:
                self._read_block(token)

    def _read_block(self, token: Token) -> None:
        line = token.map[0] + 1 if token.map else 1
        if token.type not in _PASSED:
            self._refuse(token, line)
        elif token.type == "inline":
            self._add(self._read_inline(token.children or (), line))
        elif token.type == "list_item_open":
            kind, number = self._lists[-1]
            self._lists[-1] = (kind, number + 1)
            self._item_is_new = True
        elif token.type.endswith("list_open"):
            self._open_list(token, line)
        elif token.type.endswith("list_close"):
            self._lists.pop()

    def _open_list(self, token: Token, line: int) -> None:
        if self._lists:
            message = "saraksts sarakstā nav atļauts; sāciet rindu bez atstarpēm"
            self.faults.append(Fault(line, message))
        if token.type == "bullet_list_open":
            self._lists.append((BlockKind.BULLET, 0))
        else:
            self._lists.append((BlockKind.NUMBERED, int(token.attrs.get("start", 1)) - 1))

    def _refuse(self, token: Token, line: int) -> None:
        message = _OUTSIDE.get(token.type, "šāds noformējums nav atļauts")
        self.faults.append(Fault(line, message))
        if token.type.endswith("_open"):
            self._skipping = token.type.removesuffix("_open") + "_close"

    def _add(self, runs: Iterable[Run]) -> None:
        joined = joined_runs(runs)
        if not joined:
            return
        if not self._lists or not self._item_is_new:
            self.blocks.append(Block(BlockKind.PARAGRAPH, joined))
            return
        kind, number = self._lists[-1]
        self._item_is_new = False
        number = number if kind is BlockKind.NUMBERED else 0
        self.blocks.append(Block(kind, joined, number))

    def _read_inline(self, tokens: Sequence[Token], line: int) -> Iterable[Run]:
        style = Run("")
        for token in tokens:
            if token.type in _TEXTS:
                yield replace(style, text=_TEXTS[token.type] or token.content)
                line += token.type != "text"
            elif token.type in _STYLES:
                strong, emphasis = _STYLES[token.type]
                style = replace(
                    style,
                    strong=style.strong if strong is None else strong,
                    emphasis=style.emphasis if emphasis is None else emphasis,
                )
            elif token.type == "link_open":
                style = replace(style, href=self._href(str(token.attrs["href"]), line))
            elif token.type == "link_close":
                style = replace(style, href="")
            elif token.type != "s_close":
                self._refuse_inline(token, line)

    def _refuse_inline(self, token: Token, line: int) -> None:
        self.faults.append(Fault(line, _OUTSIDE.get(token.type, "šāds noformējums nav atļauts")))

    def _href(self, href: str, line: int) -> str:
        if not href.startswith((*LINK_SCHEMES, "{")):
            message = f"saitei „{href}” jāsākas ar https://"
            self.faults.append(Fault(line, message))
        return href


_TEXTS = {"text": "", "softbreak": " ", "hardbreak": "\n"}
_STYLES: dict[str, tuple[bool | None, bool | None]] = {
    "strong_open": (True, None),
    "strong_close": (False, None),
    "em_open": (None, True),
    "em_close": (None, False),
}


def joined_runs(runs: Iterable[Run]) -> tuple[Run, ...]:
    """The same text with neighbours of one style joined and empty runs left out."""
    joined: list[Run] = []
    for run in runs:
        if not run.text:
            continue
        if joined and replace(joined[-1], text="") == replace(run, text=""):
            joined[-1] = replace(run, text=joined[-1].text + run.text)
        else:
            joined.append(run)
    return tuple(joined)

"""Example questions put to the running model again, as written and without garumzīmes."""

import asyncio
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.content.reading import read_files
from bot.training import merged_topics
from domain.errors import ContentProblem
from domain.ports import Nlu
from domain.understanding import Understanding, topic_intent

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """One example question with the place where it stands and the intent that would be right."""

    text: str
    file: str
    line: int
    right: str


@dataclass(frozen=True, slots=True)
class AskReport:
    """Questions that the model takes for something else."""

    asked: int
    wrong: tuple[ContentProblem, ...]

    def text(self) -> str:
        """One line for the editor."""
        return f"Modelim uzdoti jautājumi: {self.asked}, saprasti citādi: {len(self.wrong)}."


async def ask_again(
    directory: Path, nlu: Nlu, *, title_of: Callable[[str], str], only: str | None = None
) -> AskReport:
    """Ask every example of the content (or of one topic). Raises `NluUnavailable`."""
    questions = [one for one in _questions(directory) if only is None or one.right == only]
    turns = asyncio.Semaphore(_AT_ONCE)

    async def ask(one: Asked) -> ContentProblem | None:
        async with turns:
            return await _ask(one, nlu, title_of)

    found = await asyncio.gather(*map(ask, questions))
    return AskReport(len(questions), tuple(problem for problem in found if problem))


async def _ask(one: Asked, nlu: Nlu, title_of: Callable[[str], str]) -> ContentProblem | None:
    for text, how in ((one.text, ""), (without_marks(one.text), " bez garumzīmēm")):
        understood = await nlu.understand(text)
        if understood.intent != one.right:
            return ContentProblem(one.file, one.line, _words(text, how, understood, title_of))
    return None


def _words(text: str, how: str, understood: Understanding, title_of: Callable[[str], str]) -> str:
    return (
        f"jautājumu „{text}”{how} asistents saprot kā „{title_of(understood.intent)}” "
        f"(pārliecība {understood.confidence:.0%}); pārrakstiet skaidrāk vai palaidiet apmācību"
    )


def _questions(directory: Path) -> Iterator[Asked]:
    merged = merged_topics()
    for topic in read_files(directory).topics:
        right = merged.get(topic.stem) or topic_intent(topic.stem)
        for number, example in enumerate(topic.front.value.examples):
            line = topic.front.text.line_of(("examples", number))
            yield Asked(example, topic.front.file, line, right)


def without_marks(text: str) -> str:
    """The text as people type it who leave out garumzīmes and mīkstinājumi."""
    parts = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in parts if not unicodedata.combining(letter))

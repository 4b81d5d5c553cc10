"""Errors, named for what the caller can do.

ZintisError
├── ChannelUnavailable      the vendor cannot take it now: retry, after `retry_after` seconds when it said so
├── ContactUnreachable      the person blocked us or the chat is gone: stop
├── WindowClosed            WhatsApp's 24 hours are over: park it, send the template
├── FileGone                the vendor has no such file any more, or one too large: tell the agent
├── MessageRefused          the vendor will never take this message: mark it failed, show it at the desk
├── NluUnavailable          the model does not answer: retry, then hand off
├── ConversationChanged     somebody changed the conversation during the turn: take the turn again
├── TicketConflict          somebody else was first, or the state forbids it: tell the agent
└── ContentInvalid          a content file breaks a rule: tell the editor, keep the old content
"""

from dataclasses import dataclass


class ZintisError(Exception):
    """Whatever the service raises on purpose."""


class ChannelUnavailable(ZintisError):
    """The vendor cannot take the message now; `retry_after` is in seconds, None when unsaid."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class ContactUnreachable(ZintisError):
    """The resident blocked the assistant or the chat no longer exists."""


class WindowClosed(ZintisError):
    """Free text is not allowed any more because the resident's last message is over 24 h old."""


class MessageRefused(ZintisError):
    """The vendor refused this very message and will refuse it again."""


class FileGone(ZintisError):
    """The vendor no longer has the file that a resident sent, or does not give it because it is over 20 MB."""


class NluUnavailable(ZintisError):
    """The understanding service did not answer in time or answered nonsense."""


class ConversationChanged(ZintisError):
    """The conversation moved on while the turn was being thought about."""


class TicketConflict(ZintisError):
    """The ticket is not in a state in which this is possible, or another agent holds it."""

    def __init__(self, reason: str, *, holder: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.holder = holder


@dataclass(frozen=True, slots=True)
class ContentProblem:
    """One broken rule in a content file; `line` starts at 1, the message is in plain Latvian."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ContentInvalid(ZintisError):
    """Content files break rules; `problems` names file, line and mend for each."""

    def __init__(self, problems: list[ContentProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

"""What alerts say in a group chat of staff. What residents write is there only when the group is to see words."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.channels.telegram.staff_group import DROP, SEND
from bot.desk import words
from bot.storage.alerts import AlertKind, GroupPost
from domain.messages import Button
from domain.working_hours import RIGA

_LONGEST = 3000
"""Characters of a resident's words in one post; Telegram takes 4 096 in all."""

_FIRST = {
    AlertKind.NEW: "🆕 Jauns",
    AlertKind.RETURNED: "↩️ Atkal brīvs",
    AlertKind.OVERDUE: "⏰ Kavējas",
}


class PostWriter:
    """Writes the posts of one installation."""

    def __init__(
        self, *, queues: Mapping[str, str], public_url: str | None, with_words: bool
    ) -> None:
        self._queues = queues
        self._public_url = public_url
        self._with_words = with_words

    def text(self, post: GroupPost) -> str:
        """The words of a post."""
        number = post.alert.ticket
        if post.alert.kind is AlertKind.DRAFT:
            return f"Sūtīt iedzīvotājam? Pieteikums Nr. {number}."
        if post.alert.kind is AlertKind.SAID:
            return self._said(post)
        return "\n".join([f"{_FIRST[post.alert.kind]} pieteikums Nr. {number}", *self._about(post)])

    def _said(self, post: GroupPost) -> str:
        number = post.alert.ticket
        if self._with_words and post.said:
            return f"Pieteikumā Nr. {number} iedzīvotājs raksta:\n„{post.said[:_LONGEST]}”"
        return f"Iedzīvotājs atbildēja pieteikumā Nr. {number}. Izlasiet darba galdā."

    def _about(self, post: GroupPost) -> list[str]:
        alert = post.alert
        lines = [
            f"Rinda: {self._queues.get(alert.queue, alert.queue)}",
            f"Iemesls: {words.REASONS[post.reason]}",
            f"Termiņš: {_shown(alert.deadline)}",
        ]
        if post.holder:
            lines.append(f"Pie darbinieka: {post.holder}")
        if self._with_words and post.subject:
            lines.append(f"Jautājums: „{post.subject}”")
        if self._public_url:
            lines.append(f"{self._public_url}/desk/tickets/{alert.ticket}")
        return lines

    def buttons(self, post: GroupPost) -> Sequence[Button]:
        """What can be pressed under a post: only whether an answer goes out."""
        if post.alert.kind is not AlertKind.DRAFT:
            return ()
        draft = post.alert.occasion
        return (
            Button(f"{SEND}:{draft}", "Sūtīt iedzīvotājam"),
            Button(f"{DROP}:{draft}", "Nesūtīt"),
        )


def _shown(moment: datetime) -> str:
    at = moment.astimezone(RIGA)
    return f"{at:%d.%m.%Y.} plkst. {at:%H.%M}"

"""Forms of the editors' pages as wishes, and back."""

from dataclasses import replace
from datetime import date, timedelta

from bot.content import Topic
from bot.desk.door import Form
from bot.workshop.drafts import Draft
from bot.workshop.editing import TopicForm

_A_YEAR = timedelta(days=365)


def read_topic_form(form: Form) -> TopicForm:
    """What the editor filled in."""
    return TopicForm(
        title=form.get("title", ""),
        body=form.get("body", ""),
        examples=tuple(line for line in form.get("examples", "").split("\n") if line.strip()),
        phone=form.get("phone", "").replace(" ", ""),
        next_step=form.get("next_step", ""),
        valid_until=form.get("valid_until", ""),
        group=form.get("group", ""),
        queue=form.get("queue", ""),
        source=form.get("source", "").strip(),
        verified=form.get("verified") == "1",
        owner=form.get("owner"),
        choices=tuple(form["choices"].split()) if "choices" in form else None,
    )


def topic_form(topic: Topic) -> TopicForm:
    """A topic as the form shows it."""
    return TopicForm(
        title=topic.title,
        body=topic.body,
        examples=topic.examples,
        phone=topic.phone or "",
        next_step=topic.next_step or "",
        valid_until=topic.valid_until.isoformat(),
        group=topic.group,
        queue=topic.queue,
        source=topic.source or "",
        owner=topic.owner or "",
        choices=topic.choices,
    )


def empty_form(examples: tuple[str, ...], today: date, *, body: str = "") -> TopicForm:
    """A new topic that begins with residents' questions, and perhaps with what staff answered."""
    return TopicForm(
        title="",
        body=body,
        examples=examples,
        phone="",
        next_step="",
        valid_until=(today + _A_YEAR).isoformat(),
        owner="",
        choices=(),
    )


def draft_form(draft: Draft, today: date) -> TopicForm:
    """A new topic that begins with its draft."""
    begun = empty_form(draft.examples, today, body=draft.body)
    return replace(begun, title=draft.title, group=draft.group, queue=draft.queue)

"""What people read in place of the ids of content."""

from bot.content import Content


def topic_title(content: Content, topic: str) -> str:
    """The title of a topic, be it gone by now; an empty id is none."""
    if not topic:
        return "(bez temata)"
    known = content.topics.get(topic)
    return known.title if known else f"{topic} (vairs nav saturā)"


def queue_title(content: Content, queue: str) -> str:
    """The title of a queue; the id of one that is gone."""
    return content.queues.get(queue, queue)

"""Content: every sentence and fact the assistant says, read from the files that editors change.

`load` gives `Content` or refuses with every problem of every file; `check` tells editors problems and warnings.
"""

from bot.content.catalogue import Content, Group, KnownPlace, Topic
from bot.content.checking import Report, check, report_text
from bot.content.loading import load
from bot.content.routing import queue_for

__all__ = [
    "Content",
    "Group",
    "KnownPlace",
    "Report",
    "Topic",
    "check",
    "load",
    "queue_for",
    "report_text",
]

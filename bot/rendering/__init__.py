"""Rendering: from decided answers to the messages of each channel.

`Speaker(content).say(channel, answers)` is the way in. Values are filled in, never read as Markdown; a line whose
value is empty is left out; a tuple becomes a list. Forms after a colon put a value into words: `{answer_by:until}`.
"""

from bot.rendering.speaking import LIMITS, Rendered, Speaker, fits_caption

__all__ = ["LIMITS", "Rendered", "Speaker", "fits_caption"]

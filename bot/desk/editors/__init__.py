"""The desk's pages for editors: topics, questions that were not understood, and changes of content files."""

from bot.desk.editors.workshop import EditorPages

__all__ = ["EditorPages"]

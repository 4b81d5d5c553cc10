"""Reading one YAML text: its values at once, the lines of its parts only when an editor must be shown one."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

_DATE_TAG = "tag:yaml.org,2002:timestamp"


class YamlBroken(Exception):
    """A text is not YAML; `line` starts at 1, the message is in plain Latvian."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class _Loader(yaml.CSafeLoader):
    """Values only; refuses a key that stands twice and keeps an impossible date as its text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key, _ in node.value:
            if key.value in seen:
                message = f"lauks „{key.value}” ierakstīts divreiz; atstājiet vienu"
                raise YamlBroken(key.start_mark.line + 1, message)
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_date(self, node: yaml.ScalarNode) -> object:
        """A date, or its text when there is no such day."""
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            return node.value


_Loader.add_constructor(_DATE_TAG, _Loader.construct_date)


@dataclass(frozen=True)
class YamlText:
    """One YAML text; `first_line` is the line of the file on which it starts."""

    text: str
    first_line: int = 1

    def values(self) -> object:
        """What the text says. Raises `YamlBroken`."""
        try:
            # _Loader is a CSafeLoader: it builds plain values only.
            return yaml.load(self.text, _Loader)  # noqa: S506
        except yaml.YAMLError:
            raise self._explained() from None
        except YamlBroken as broken:
            raise YamlBroken(self._in_file(broken.line), broken.message) from None

    def line_of(self, path: tuple[str | int, ...]) -> int:
        """The line of a part, or of the nearest thing around it that exists."""
        node: yaml.Node | None = self._root
        line = 1
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return self._in_file(line)

    def line_within(self, path: tuple[str | int, ...], line: int) -> int:
        """The file's line of a line of a text that stands under `|`; the text's first line in other styles."""
        node = self._root
        for step in path:
            found = _child(node, step)
            node = found[1] if found else None
        stands_below = isinstance(node, yaml.ScalarNode) and node.style == "|"
        return self.line_of(path) + (line if stands_below else 0)

    @cached_property
    def _root(self) -> yaml.Node | None:
        return yaml.compose(self.text, yaml.CSafeLoader)

    def _in_file(self, line: int) -> int:
        return line + self.first_line - 1

    def _explained(self) -> YamlBroken:
        """The same text read again by the slower parser, whose complaints are exact."""
        try:
            yaml.compose(self.text, yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            return YamlBroken(self._in_file(_line(error)), _explain(error))
        except yaml.YAMLError:
            return YamlBroken(self.first_line, "failā ir zīme, ko nevar izlasīt; pārrakstiet to")
        return YamlBroken(self.first_line, "failu nevar izlasīt; pārbaudiet atkāpes un kolus")


def _child(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        found = node.value[step]
        return found.start_mark.line + 1, found
    return None


_UNFINISHED = {
    "while scanning a simple key",
    "while scanning a quoted scalar",
    "while parsing a flow sequence",
    "while parsing a flow mapping",
}


def _line(error: yaml.MarkedYAMLError) -> int:
    """Where the mistake is: for something unfinished its beginning, else where reading stopped."""
    mark = error.context_mark if error.context in _UNFINISHED else error.problem_mark
    mark = mark or error.problem_mark
    return mark.line + 1 if mark else 1


_EXPLAINED = (
    ("could not find expected ':'", "aiz lauka nosaukuma trūkst kola; rakstiet „lauks: vērtība”"),
    ("found character '\\t'", "rindā ir tabulatora zīme; tās vietā lietojiet atstarpes"),
    (
        "mapping values are not allowed",
        "šajā rindā ir lieks kols vai iepriekšējā rindā kola trūkst; tekstu, kurā ir kols, lieciet pēdiņās",
    ),
    ("found unexpected end of stream", "teksts pēdiņās nav pabeigts; pielieciet otras pēdiņas"),
    ("expected ',' or ']'", "iekava [ nav aizvērta vai starp vārdiem trūkst komata"),
    ("expected ',' or '}'", "iekava { nav aizvērta; tekstu, kas sākas ar {, lieciet pēdiņās"),
    ("cannot start any token", "teksts sākas ar īpašu zīmi; lieciet visu tekstu pēdiņās"),
    ("undefined alias", "teksts sākas ar zīmi *; lieciet visu tekstu pēdiņās"),
    ("expected alphabetic", "teksts sākas ar zīmi * vai &; lieciet visu tekstu pēdiņās"),
    ("<scalar>", "aiz pēdiņām ir vēl teksts; lieciet pēdiņās visu vai neko"),
    ("<block", "atkāpe rindas sākumā neder; salīdziniet ar blakus rindām"),
)


def _explain(error: yaml.MarkedYAMLError) -> str:
    said = str(error.problem)
    for part, message in _EXPLAINED:
        if part in said:
            return message
    return "rindu nevar izlasīt; pārbaudiet kolus, pēdiņas un atkāpes"

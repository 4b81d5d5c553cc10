"""Fields of a topic's file as YAML: one is changed, every other line stays as it was written."""

from collections.abc import Mapping

import yaml


def with_field(front: str, name: str, value: object) -> str:
    """The front matter with another value of one field; every other line stays as it was written."""
    root = yaml.compose(front, yaml.CSafeLoader)
    for key, node in root.value if root else ():
        if key.value == name:
            end = node.end_mark.index
            kept = front[end:]
            if front[:end].endswith("\n") and kept:
                kept = "\n" + kept
            written = dumped(name, value, _as_written(front, node))
            return f"{front[: key.start_mark.index]}{written}{kept}".rstrip("\n")
    return f"{front}\n{dumped(name, value)}"


def _as_written(front: str, node: yaml.Node) -> dict[str, str]:
    """Items of a list as they stand in the file, quotes included."""
    if not isinstance(node, yaml.SequenceNode):
        return {}
    return {
        str(item.value): front[item.start_mark.index : item.end_mark.index].rstrip()
        for item in node.value
    }


def dumped(name: str, value: object, written: Mapping[str, str] | None = None) -> str:
    """One field as YAML: a list with its items below, those known as they were written."""
    if isinstance(value, list):
        if not value:
            return f"{name}: []"
        known = written or {}
        return "\n".join([f"{name}:", *(f"  - {known.get(i) or _scalar(i)}" for i in value)])
    return f"{name}: {_scalar(value)}"


def _scalar(value: object) -> str:
    """One value on one line, in quotes where YAML would read it as something else."""
    if isinstance(value, str) and value.isdigit():
        return f'"{value}"'
    dumped: str = yaml.safe_dump(
        [value], allow_unicode=True, width=10_000, default_flow_style=False
    )
    return dumped.removeprefix("- ").rstrip("\n")

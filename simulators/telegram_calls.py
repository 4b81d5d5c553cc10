"""One call of the Bot API: its parameters, however they came, and the error that refuses it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import BodyPartReader, web

Json: TypeAlias = dict[str, object]


class Refusal(Exception):
    """The API answers `ok: false`; the description is the vendor's wording."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def as_json(self) -> Json:
        """The body of the answer."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(description: str) -> Refusal:
    """The usual refusal."""
    return Refusal(400, f"Bad Request: {description}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file sent along with a call."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Parameters:
    """The named values of a call. Complex ones are JSON within a string, as in a form."""

    values: Mapping[str, str]
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A value as it came, empty when it is missing."""
        return self.values.get(name, "")

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number; what is none counts as missing, as with the real one."""
        try:
            return int(self.values[name])
        except (KeyError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        """Whether something is switched on."""
        return self.text(name).lower() in {"true", "1", "yes"}

    def parsed(self, name: str) -> object:
        """A value that is JSON, None when it is missing."""
        if not self.text(name):
            return None
        try:
            parsed: object = json.loads(self.text(name))
        except ValueError:
            raise bad_request(f"can't parse {name} JSON object") from None
        return parsed

    def list_of_text(self, name: str) -> tuple[str, ...]:
        """A JSON list of strings, empty when it is missing."""
        found = self.parsed(name)
        return tuple(str(item) for item in found) if isinstance(found, list) else ()


async def read_parameters(request: web.Request) -> Parameters:
    """Collect the parameters from the query and from a form, a multipart form or JSON."""
    values = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json":
        values |= _from_json(await request.text())
    elif request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name:
                content = bytes(await part.read(decode=True))
                if part.filename is None:
                    values[part.name] = content.decode()
                else:
                    uploads[part.name] = Upload(part.filename, content)
    else:
        form = await request.post()
        values |= {name: value for name, value in form.items() if isinstance(value, str)}
    return Parameters(values, uploads)


def _from_json(body: str) -> dict[str, str]:
    try:
        found = json.loads(body or "{}")
    except ValueError:
        raise bad_request("can't parse JSON body") from None
    if not isinstance(found, dict):
        raise bad_request("can't parse JSON body")
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in found.items()}

"""The running model server, asked to take another model without a restart.

Rasa loads the new model beside the old one and then exchanges them (PUT /model). A model that it cannot load changes
nothing. Messages that come meanwhile wait or are asked again: a turn is never lost to that.
"""

from pathlib import Path

import aiohttp

from bot.nlu import bearer
from domain.errors import ZintisError

_PATIENCE = aiohttp.ClientTimeout(total=120, connect=3)


class ModelServerOff(ZintisError):
    """No model server answers."""


class ModelNotTaken(ZintisError):
    """The server could not load this model and goes on with the old one."""


async def replace_model(url: str, model: Path, *, token: str = "") -> None:
    """Have the server exchange its model; the path is absolute. Raises `ModelServerOff` or `ModelNotTaken`."""
    body = {"model_file": str(model)}
    try:
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE, headers=bearer(token)) as web,
            web.put(f"{url.rstrip('/')}/model", json=body) as reply,
        ):
            if not reply.ok:
                raise ModelNotTaken(
                    f"Modeļa serveris jauno modeli nepaņēma (atbilde {reply.status})."
                )
    except aiohttp.ClientConnectionError as error:
        raise ModelServerOff(f"Modeļa serveris {url} neatbild.") from error

"""A model server that knows its answers by heart: `python -m bench.stub <port>` answers POST /model/parse at once."""

import sys

from aiohttp import web

from bench.questions import GREETING, first_questions
from bot.content import load
from bot.settings import load_settings
from domain.understanding import topic_intent


class _Stub:
    def __init__(self) -> None:
        content = load(load_settings().content_dir)
        questions = first_questions(content, content.topics)
        self._intents = {q.text: str(topic_intent(q.topic)) for q in questions}
        self._intents[GREETING] = "greet"

    async def parse(self, request: web.Request) -> web.Response:
        text = str((await request.json())["text"])
        intent = {"name": self._intents.get(text, "out_of_scope"), "confidence": 0.99}
        parsed = {"text": text, "intent": intent, "entities": [], "intent_ranking": [intent]}
        return web.json_response(parsed)


async def _alive(request: web.Request) -> web.Response:
    return web.Response(text="stub")


def main(port: int) -> None:
    """Serve until ended."""
    app = web.Application()
    app.router.add_post("/model/parse", _Stub().parse)
    app.router.add_get("/", _alive)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))

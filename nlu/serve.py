"""Rasa's own HTTP server with one model and nothing else: `python serve.py --model <file.tar.gz> --port 5005`.

The same as `rasa run --enable-api`, without the command line interface's imports, chat channels and log lines.
"""

import argparse
import hmac
import os
from functools import partial
from pathlib import Path

from components import quiet


def main() -> None:
    """Serve a model until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, default=5005)
    parser.add_argument(
        "--host", default="127.0.0.1", help="never an address the internet can reach"
    )
    arguments = parser.parse_args()
    if not arguments.model.is_file():
        raise SystemExit(f"no model at {arguments.model}")
    quiet.prepare()
    token = os.environ.get("ZINTIS_NLU_TOKEN", "")
    serve(arguments.model, host=arguments.host, port=arguments.port, token=token)


def serve(model: Path, *, host: str, port: int, token: str) -> None:
    """Load the model, then answer on host and port: to everybody, or to those who send the token."""
    from rasa.core.run import close_resources, configure_app, load_agent_on_start
    from rasa.core.utils import AvailableEndpoints

    app = configure_app(enable_api=True, endpoints=AvailableEndpoints())
    quiet.silence_texts()  # after Sanic has set up its own logging
    app.register_listener(
        partial(load_agent_on_start, str(model), AvailableEndpoints(), None), "before_server_start"
    )
    if token:
        app.register_middleware(partial(refuse_strangers, token), "request")
    app.register_listener(close_resources, "after_server_stop")
    app.run(host=host, port=port, workers=1, access_log=False, debug=False)


def refuse_strangers(token: str, request):  # noqa: ANN001, ANN201 - Sanic's, which is not imported before it is needed
    """Answer 401 to whoever does not send the token; only `/`, which says that the server lives, is open.

    Rasa's own `--auth-token` wants it in the URL, where error logs would keep it.
    """
    from sanic.response import json

    sent = request.headers.get("Authorization", "")
    if request.path == "/" or hmac.compare_digest(sent.encode(), f"Bearer {token}".encode()):
        return None
    return json({"status": "failure", "reason": "NotAuthenticated"}, status=401)


if __name__ == "__main__":
    main()

"""Rasa's own HTTP server with one model and nothing else: `python serve.py --model <file.tar.gz> --port 5005`.

The same as `rasa run --enable-api`, without the command line interface's imports, chat channels and log lines.
"""

import argparse
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
    serve(arguments.model, host=arguments.host, port=arguments.port)


def serve(model: Path, *, host: str, port: int) -> None:
    """Load the model, then answer on host and port."""
    from rasa.core.run import close_resources, configure_app, load_agent_on_start
    from rasa.core.utils import AvailableEndpoints

    app = configure_app(enable_api=True, endpoints=AvailableEndpoints())
    quiet.silence_texts()  # after Sanic has set up its own logging
    app.register_listener(
        partial(load_agent_on_start, str(model), AvailableEndpoints(), None), "before_server_start"
    )
    app.register_listener(close_resources, "after_server_stop")
    app.run(host=host, port=port, workers=1, access_log=False, debug=False)


if __name__ == "__main__":
    main()

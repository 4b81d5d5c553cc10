"""Stock Rasa 3.6 with its own Telegram and Twilio channels, for comparison. Runs in nlu's environment.

    python stock_server.py train <folder with config.yml, domain.yml, nlu.yml, rules.yml> <model.tar.gz>
    python stock_server.py serve <model.tar.gz> <port> <credentials.yml> <telegram url> <twilio url>

Two things differ from `rasa run`, for the bench alone: packages that nlu/ leaves out come from the folder named in
BENCH_STOCK_PACKAGES, and the addresses of the vendors, built into both of Rasa's channels, lead to the simulators.
"""

import os
import sys
from functools import partial
from pathlib import Path

sys.path[:0] = [os.environ["BENCH_STOCK_NLU"]]
sys.path.append(os.environ["BENCH_STOCK_PACKAGES"])

from components import quiet  # noqa: E402 - found only now

quiet.prepare()


def train(folder: Path, model: Path) -> None:
    """Train Rasa Core's RulePolicy beside our own pipeline."""
    from rasa.model_training import train as train_all  # noqa: PLC0415 - after quiet.prepare()

    quiet.silence_texts()
    result = train_all(
        domain=str(folder / "domain.yml"),
        config=str(folder / "config.yml"),
        training_files=[str(folder / "nlu.yml"), str(folder / "rules.yml")],
        output=str(model.parent),
        fixed_model_name=model.name.removesuffix(".tar.gz"),
    )
    if result.code != 0:
        raise SystemExit("stock Rasa could not be trained")


def serve(model: Path, port: int, credentials: Path, *, telegram: str, twilio: str) -> None:
    """Serve as `rasa run` does, in-memory tracker and lock store included."""
    _lead_to_simulators(telegram=telegram, twilio=twilio)
    from rasa.core.run import (  # noqa: PLC0415 - as above
        close_resources,
        configure_app,
        create_http_input_channels,
        load_agent_on_start,
    )
    from rasa.core.utils import AvailableEndpoints  # noqa: PLC0415 - as above

    channels = create_http_input_channels(None, str(credentials))
    app = configure_app(channels, enable_api=True, endpoints=AvailableEndpoints())
    quiet.silence_texts()
    app.register_listener(
        partial(load_agent_on_start, str(model), AvailableEndpoints(), None), "before_server_start"
    )
    app.register_listener(close_resources, "after_server_stop")
    app.run(host="127.0.0.1", port=port, workers=1, access_log=False, debug=False)


def _lead_to_simulators(*, telegram: str, twilio: str) -> None:
    from aiogram.bot import api, base  # noqa: PLC0415 - as above
    from twilio.rest import Client  # noqa: PLC0415 - as above

    server = api.TelegramAPIServer.from_base(telegram)
    make_bot, make_client = base.BaseBot.__init__, Client.__init__

    def bot(self, *arguments, **named):  # noqa: ANN001, ANN002, ANN003, ANN202 - passed through
        make_bot(self, *arguments, **{"server": server, **named})

    def client(self, *arguments, **named):  # noqa: ANN001, ANN002, ANN003, ANN202 - passed through
        make_client(self, *arguments, **named)
        self.api.base_url = twilio

    base.BaseBot.__init__, Client.__init__ = bot, client


if __name__ == "__main__":
    if sys.argv[1] == "train":
        train(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        serve(
            Path(sys.argv[2]),
            int(sys.argv[3]),
            Path(sys.argv[4]),
            telegram=sys.argv[5],
            twilio=sys.argv[6],
        )

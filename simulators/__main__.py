"""`python -m simulators`: both vendors on this machine and a page to write from, to try the service without tokens."""

import argparse
import asyncio
import contextlib
import sys

from simulators.page import serve
from simulators.server import HOST
from simulators.telegram import TOKEN
from simulators.twilio import ACCOUNT_SID, AUTH_TOKEN, SENDER, TEMPLATE_SID


def main() -> None:
    """Read the command line, say which settings the service needs, and serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    parser.add_argument("--service", default=f"http://{HOST}:8080", help="where Zintis listens")
    parser.add_argument(
        "--port", type=int, default=8090, help="the page; the vendors take the next two"
    )
    chosen = parser.parse_args()
    sys.stdout.write(instructions(service=chosen.service, port=chosen.port))
    sys.stdout.flush()
    running = serve(
        service=chosen.service,
        page_port=chosen.port,
        telegram_port=chosen.port + 1,
        twilio_port=chosen.port + 2,
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(running)


def instructions(*, service: str, port: int) -> str:
    """The settings with which the service talks to the simulators instead of the vendors."""
    settings = {
        "ZINTIS_PUBLIC_URL": service,
        "ZINTIS_TELEGRAM_TOKEN": TOKEN,
        "ZINTIS_TELEGRAM_API_URL": f"http://{HOST}:{port + 1}",
        "ZINTIS_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "ZINTIS_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "ZINTIS_TWILIO_API_URL": f"http://{HOST}:{port + 2}",
        "ZINTIS_WHATSAPP_FROM": SENDER,
        "ZINTIS_WHATSAPP_TEMPLATE_SID": TEMPLATE_SID,
    }
    lines = "\n".join(f"{name}={value}" for name, value in settings.items())
    return f"Start the service with these settings:\n\n{lines}\n\nThen open http://{HOST}:{port}/\n"


if __name__ == "__main__":
    main()

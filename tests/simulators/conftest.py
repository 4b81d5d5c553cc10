"""Simulators that listen, and the vendors' own clients talking to them."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from simulators.telegram import Paces, PushPace, TelegramSimulator
from simulators.twilio import TwilioSimulator

QUICK = PushPace(first_retry=0.01, longest_retry=0.05, time_out=5.0)


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSimulator]:
    """A Bot API without limits of pace, because most tests are about something else."""
    async with TelegramSimulator(paces=Paces.unlimited(), push_pace=QUICK) as simulator:
        yield simulator


@pytest.fixture
async def bot(telegram: TelegramSimulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """python-telegram-bot as it comes, with its own HTTP client, connected to the simulator."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    calls, polls = HTTPXRequest(), HTTPXRequest()
    yield Bot(
        telegram.token,
        base_url=f"{telegram.url}/bot",
        base_file_url=f"{telegram.url}/file/bot",
        request=calls,
        get_updates_request=polls,
    )
    await calls.shutdown()
    await polls.shutdown()


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioSimulator]:
    """Twilio without a webhook."""
    async with TwilioSimulator() as simulator:
        yield simulator

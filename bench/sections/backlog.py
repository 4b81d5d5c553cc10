"""A morning after an outage: thousands of messages are accepted while no worker runs, then one starts."""

import time

from bench.figures import Table, per_second
from bench.load import ask_steadily, wait_for_answers
from bench.stack import Model, running

_MESSAGES = 5000
_TELEGRAM, _WHATSAPP = 130, 370
"""500 people, as many on each channel as its limit is worth: 30/s and 80/s."""

_ACCEPT_AT = 400.0
"""Messages a second that the senders try; the web process takes what it can."""


async def measure(*, quick: bool) -> list[Table]:
    """Accept the messages, start the worker, and see them answered in order."""
    messages = _MESSAGES // 10 if quick else _MESSAGES
    async with running(Model.REAL) as stack:
        crowd = await stack.crowd(telegram=_TELEGRAM, whatsapp=_WHATSAPP)
        await stack.keeper.stop("worker")
        begun = time.monotonic()
        await ask_steadily(crowd, per_second=_ACCEPT_AT, count=messages)
        await stack.telegram.wait_until_confirmed(patience=300)
        accepted = time.monotonic()
        await stack.start_worker()
        await wait_for_answers(crowd, seconds=600)
        drained = crowd.ledger.last_answer() - accepted
    verdict = crowd.ledger.verdict()
    row = (
        str(verdict.asked),
        str(len(crowd.residents)),
        per_second(messages / (accepted - begun)),
        f"**{drained:.0f} s** ({per_second(verdict.asked / drained)})",
        str(verdict.lost),
        str(verdict.out_of_order),
        str(verdict.twice),
    )
    head = (
        "messages",
        "people",
        "accepted",
        "drained in",
        "lost",
        "out of order",
        "answered twice",
    )
    floor = messages * max(_TELEGRAM / 500 / 30, _WHATSAPP / 500 / 80)
    note = (
        f"The worker's start is within the time. The vendors' limits alone need {floor:.0f} s "
        "(Telegram 30/s and one a second per chat, WhatsApp 80/s)."
    )
    return [Table("Backlog, real model", head, [row], (note,))]

"""Whether a centre is open at the time that was asked about, once its hours are known."""

from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, cast

import pytest

from actions.asking import Asked
from actions.centres import tell_hours
from bot.content import Content, load
from domain.conversation import ConversationState, Mode
from domain.messages import ConversationId
from domain.places import OpeningHours, Span, Weekday

FRIDAY = datetime(2026, 11, 20, 8, tzinfo=UTC)
HOURS = OpeningHours(
    {Weekday.FRI: Span(time(8, 30), time(16))}, lunch=Span(time(12), time(13))
)


@pytest.fixture(scope="module")
def with_hours() -> Content:
    """The real content, in which every centre is open on Friday until four."""
    content = load(Path("content"))
    centres = {name: replace(c, hours=HOURS) for name, c in content.known_centres.items()}
    return replace(content, known_centres=centres)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Vai pēc pusdienām strādā?", "centre.open_then"),
        ("vai vakarā strādā", "centre.closed_then"),
        ("vai plkst. 12.30 strādā", "centre.closed_then"),
        ("plkst. 16 vēl strādā?", "centre.closed_then"),
        ("15:59 vai vel strada", "centre.open_then"),
        ("vai pusdienlaikā strādā", "centre.closed_then"),
        ("Vai Ziemassvētkos no rīta strādā?", "centre.closed_on"),
    ],
)
async def test_a_time_of_day_is_answered_with_yes_or_no_and_the_hours(
    with_hours: Content, text: str, key: str
) -> None:
    nothing = cast("Any", None)  # no ticket and no data is asked for
    asked = Asked(
        now=FRIDAY,
        conversation=ConversationId(1),
        mode=Mode.BOT,
        state=ConversationState(place="eleja", wanted="centre_hours"),
        directory=with_hours,
        tickets=nothing,
        data=nothing,
        relays=nothing,
        invitations=nothing,
        text=text,
    )
    reply = await tell_hours(asked)
    assert reply.answers[-1].key == key

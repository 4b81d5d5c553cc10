"""Delivery: in order, tried again, parked by the 24 hours, and never silently lost."""

import pytest

from domain.errors import ChannelUnavailable, ContactUnreachable, MessageRefused, WindowClosed
from domain.messages import Channel, DeliveryState
from tests.line.conftest import Line


@pytest.fixture
def whatsapp(line: Line) -> Line:
    line.channel, line.handle = Channel.WHATSAPP, "+37126000001"
    return line


async def test_messages_leave_in_order(line: Line) -> None:
    await line.hears("palīdzība")
    await line.hears("cilvēks")
    await line.deliver()
    assert await line.states() == ["sent"] * len(line.sender.sent)
    assert [m.id for m in line.sender.sent] == sorted(m.id for m in line.sender.sent)


async def test_a_vendor_that_is_busy_gets_it_later_and_nothing_overtakes(line: Line) -> None:
    await line.hears("palīdzība")
    await line.hears("cilvēks")
    line.sender.failures = [ChannelUnavailable("429", retry_after=3)]
    with pytest.raises(ChannelUnavailable) as busy:
        await line.deliver()
    assert busy.value.retry_after == 3
    assert set(await line.states()) == {"queued"}
    await line.deliver()
    assert set(await line.states()) == {"sent"}


async def test_after_a_day_of_trying_it_shows_as_failed(line: Line) -> None:
    await line.hears("palīdzība")
    line.clock.forward(hours=25)
    line.sender.failures = [ChannelUnavailable("500")]
    with pytest.raises(ChannelUnavailable):
        await line.deliver()
    assert await line.states() == ["failed"]


async def test_a_refused_message_fails_alone(line: Line) -> None:
    await line.hears("palīdzība")
    await line.hears("cilvēks")
    line.sender.failures = [MessageRefused("no")]
    await line.deliver()
    assert await line.states() == ["failed", "sent"]


async def test_an_unreachable_contact_fails_everything_that_waits(line: Line) -> None:
    await line.hears("palīdzība")
    await line.hears("cilvēks")
    line.sender.failures = [ContactUnreachable("blocked")]
    await line.deliver()
    assert await line.states() == ["failed", "failed"]


async def test_what_a_killed_worker_was_sending_is_sent_again(line: Line) -> None:
    await line.hears("palīdzība")
    line.sender.failures = [KeyboardInterrupt()]  # type: ignore[list-item]  # a kill, as near as a test gets
    with pytest.raises(KeyboardInterrupt):
        await line.deliver()
    assert await line.states() == ["sending"]
    await line.deliver()
    assert await line.states() == ["sent"]


async def test_outside_the_window_the_reply_is_parked_and_the_template_goes_once(
    whatsapp: Line,
) -> None:
    line = whatsapp
    await line.hears("palīdzība")
    await line.hears("cilvēks")
    line.clock.forward(hours=24)
    await line.deliver()
    await line.deliver()
    assert await line.states() == ["parked", "parked", "sent"]
    assert [m.template for m in line.sender.sent] == [True]


async def test_the_residents_next_message_releases_what_was_parked_first(whatsapp: Line) -> None:
    line = whatsapp
    await line.hears("palīdzība")
    line.clock.forward(hours=24)
    await line.deliver()
    await line.deliver()
    await line.hears("cilvēks")
    await line.deliver()
    assert await line.states() == ["sent", "sent", "sent"]
    assert [m.template for m in line.sender.sent] == [True, False, False]


async def test_a_window_that_closes_on_the_way_parks_too(whatsapp: Line) -> None:
    line = whatsapp
    await line.hears("palīdzība")
    line.sender.failures = [WindowClosed()]
    await line.deliver()
    assert (await line.states())[0] == "parked"


async def test_a_late_report_of_the_closed_window_parks_a_sent_message(whatsapp: Line) -> None:
    line = whatsapp
    await line.hears("palīdzība")
    await line.deliver()
    known = await line.outbox.report(
        channel=Channel.WHATSAPP,
        vendor_id=f"vendor-{line.sender.sent[0].id}",
        state=DeliveryState.FAILED,
        window_closed=True,
    )
    assert known
    assert await line.states() == ["parked", "queued"]


async def test_reports_move_forward_only(line: Line) -> None:
    await line.hears("palīdzība")
    await line.deliver()
    vendor_id = f"vendor-{line.sender.sent[0].id}"
    for state in (DeliveryState.READ, DeliveryState.DELIVERED):
        await line.outbox.report(channel=Channel.TELEGRAM, vendor_id=vendor_id, state=state)
    assert await line.states() == ["read"]


async def test_a_report_about_nothing_known_says_so(line: Line) -> None:
    assert not await line.outbox.report(
        channel=Channel.WHATSAPP, vendor_id="SM0", state=DeliveryState.SENT
    )

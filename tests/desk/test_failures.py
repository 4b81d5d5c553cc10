"""Failed deliveries: which count for a ticket, and how staff say that a message is not needed any more."""

from datetime import timedelta

from sqlalchemy import select, update

from bot.storage.schema import audit_log, outbound_messages, ticket_events
from domain.messages import DeliveryState, OutboundId
from domain.tickets import TicketNumber
from tests.desk.office import Office, leader
from tests.desk.test_lists import counts_on, moved, seen

FAILED_VIEW = "nepiegadatie"


async def failed(office: Office, *, days_ago: int = 0) -> OutboundId:
    """The assistant said something that did not arrive."""
    message = await office.assistant_says("Sveiki")
    await office.becomes(message, DeliveryState.FAILED, error="blocked")
    at = office.clock.now() - timedelta(days=days_ago)
    async with office.database.reading() as connection:
        await connection.execute(
            update(outbound_messages)
            .where(outbound_messages.c.id == message)
            .values(created_at=at, failed_at=at)
        )
    return message


async def dismissed(office: Office) -> list[tuple[TicketNumber, str]]:
    """What the history and the audit log say; they must say the same."""
    async with office.database.reading() as connection:
        e, a = ticket_events.c, audit_log.c
        told = list(
            await connection.execute(
                select(e.ticket_number, e.detail).where(e.kind == "dismissed").order_by(e.id)
            )
        )
        logged = list(
            await connection.execute(
                select(a.ticket_number, a.detail)
                .where(a.event == "ticket.dismissed")
                .order_by(a.id)
            )
        )
    assert told == logged
    return [(TicketNumber(number), detail) for number, detail in told]


async def test_what_failed_before_a_ticket_was_opened_is_no_matter_of_it(office: Office) -> None:
    old = await office.ticket("pirmais")
    await moved(office, old, state="closed")
    await failed(office, days_ago=200)
    number = await office.ticket("otrais")
    async with await office.at_work("Anna") as anna:
        page = await anna.see("/desk/")
        assert counts_on(page)[FAILED_VIEW] == 0
        assert "neizdevās nosūtīt" not in page.words()
        assert await seen(anna, skats=FAILED_VIEW) == []
        await failed(office)
        page = await anna.see("/desk/")
        assert counts_on(page)[FAILED_VIEW] == 1
        assert "neizdevās nosūtīt" in page.words()
        assert await seen(anna, skats=FAILED_VIEW) == [number]


async def test_a_failure_that_is_not_needed_goes_away_and_is_written_down(office: Office) -> None:
    number = await office.ticket()
    message = await failed(office)
    async with await office.at_work("Anna") as anna, await leader(office) as dace:
        page = await anna.does(number, "dismiss", message=str(message))
        assert "Atzīmēts, ka šī ziņa vairs nav vajadzīga." in page.words()
        assert "neizdevās nosūtīt, vairs nav vajadzīgs" in page.words()
        assert "is-failed" not in page.text
        assert page.words().count("Nav vajadzīgs") == 0
        assert "Mēģināt vēlreiz" in page.words()
        assert await seen(anna, skats=FAILED_VIEW) == []
        listed = await anna.see("/desk/")
        assert (counts_on(listed)[FAILED_VIEW], "neizdevās" in listed.words()) == (0, False)
        await anna.does(number, "dismiss", message=str(message))
        log = (await dace.see("/desk/zurnals?veids=pieteikumi")).words()
    assert await dismissed(office) == [(number, str(message))]
    assert "Atzīmēja, ka nepiegādātā ziņa vairs nav vajadzīga" in log


async def test_what_is_tried_again_and_fails_again_counts_anew(office: Office) -> None:
    number = await office.ticket()
    message = await failed(office)
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "dismiss", message=str(message))
        await anna.does(number, "retry", message=str(message))
        office.clock.pass_time(minutes=1)
        await office.becomes(message, DeliveryState.FAILED, error="blocked")
        assert await seen(anna, skats=FAILED_VIEW) == [number]
        page = await anna.does(number, "dismiss", message=str(message))
        assert page.status == 200
    assert await dismissed(office) == [(number, str(message))] * 2


async def test_only_failures_of_the_own_conversation_can_be_dismissed(office: Office) -> None:
    await office.ticket("cits", who="janis", name="Jānis")
    other = await office.assistant_says("Sveiki", who="janis")
    await office.becomes(other, DeliveryState.FAILED)
    number = await office.ticket()
    sent = await office.assistant_says("Sveiki")
    await office.becomes(sent, DeliveryState.SENT)
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "dismiss", message=str(other))
        await anna.does(number, "dismiss", message=str(sent))
        assert (await anna.does(number, "dismiss", message="x")).status == 404
        csrf = (await anna.see("/desk/")).hidden_field("csrf")
        missing = {"csrf": csrf, "message": str(other)}
        assert (await anna.post("/desk/tickets/1/dismiss", missing)).status == 404
    assert await dismissed(office) == []

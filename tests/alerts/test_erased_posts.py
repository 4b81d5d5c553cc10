"""What was posted in the staff's group about a resident goes when their data are erased."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from bot.alerts import AlertRounds, Posting
from bot.alerts.blanking import BLANK, GIVE_UP_AFTER
from bot.alerts.outcomes import LEASE
from bot.channels import telegram
from bot.channels.telegram.staff_posts import Posted
from bot.storage import conversations, personal_data, post_erasures
from bot.storage.database import Database, UnitOfWork
from bot.storage.personal_data import StoredPersonalData
from bot.storage.schema import audit_log, tickets
from bot.storage.schema import post_erasures as rows
from domain.messages import Button, Channel
from simulators.faults import ServerError, TooManyRequests
from simulators.telegram import TOKEN
from tests.alerts.staffroom import ANNA, SEND, Staffroom
from tests.desk.office import Seen, content, email_of, leader

SECRET = "Vilmas kaimiņš Jānis ir slims"


async def erase(work: UnitOfWork, room: Staffroom, *, who: str = "vilma") -> None:
    """What the turn does when somebody confirms „dzēst manus datus”."""
    found = await conversations.find_by_handle(
        work.connection, channel=Channel.TELEGRAM, handle=who
    )
    assert found is not None
    held = await conversations.lock(work.connection, found)
    await StoredPersonalData(
        work, held, calendar=content().calendar, now=room.office.clock.now()
    ).erase()


async def erases(room: Staffroom, *, who: str = "vilma") -> None:
    """A resident has their data erased."""
    async with room.office.database.unit_of_work() as work:
        await erase(work, room, who=who)
        await work.commit()


async def waiting(room: Staffroom) -> Sequence[str]:
    """The states of what is not blank yet."""
    async with room.office.database.reading() as connection:
        return (await connection.scalars(select(rows.c.state).order_by(rows.c.id))).all()


async def look(room: Staffroom) -> Seen:
    """The administrator's page, after a new login when much time has passed."""
    page = await room.dace.see("/desk/pazinojumi")
    if page.path.startswith("/desk/login"):
        await room.dace.log_in(email_of("Dace"))
        page = await room.dace.see("/desk/pazinojumi")
    return page


async def finish(room: Staffroom, do: str) -> None:
    """The administrator presses one of the two buttons beside a failed post."""
    page = await look(room)
    async with room.office.database.reading() as connection:
        erasure = await connection.scalar(select(rows.c.id))
    form = {"csrf": page.hidden_field("csrf"), "do": do}
    await room.dace.post(f"/desk/pazinojumi/dzesana/{erasure}", form)


# ---------------------------------------------------------------------------------------------- blank


async def test_everything_posted_about_a_resident_is_blanked(staffroom: Staffroom) -> None:
    await staffroom.introduce("Anna", ANNA)
    _, post = await staffroom.told(SECRET)
    await staffroom.office.resident_writes(f"Es vēlreiz: {SECRET}")
    await staffroom.rounds.tell()
    question = await staffroom.replies(ANNA, "Anna", "Rīt atbrauks.", to=post)
    assert question.buttons
    other = await staffroom.office.ticket("Kad atvērs bibliotēku?", who="zenta", name="Zenta")
    staffroom.office.clock.pass_time(days=3)
    await staffroom.rounds.tell()
    about_vilma = [one for one in staffroom.posts if SECRET in one.text or one is question]
    assert len(about_vilma) == 4

    await erases(staffroom)
    staffroom.office.clock.pass_time(days=60)
    await staffroom.rounds.tell()
    assert [one.text for one in about_vilma] == [BLANK] * 4
    assert question.buttons == ()
    everything = " ".join(one.text for one in staffroom.posts)
    assert SECRET not in everything
    assert f"Nr. {other}" in everything
    assert await waiting(staffroom) == []
    assert BLANK not in (await look(staffroom)).words()


async def test_retention_blanks_as_the_resident_does(staffroom: Staffroom) -> None:
    _, post = await staffroom.told(SECRET)
    office = staffroom.office
    async with office.database.reading() as connection:
        await connection.execute(
            update(tickets).values(state="closed", closed_at=office.clock.now())
        )
    office.clock.pass_time(days=90)
    now = office.clock.now()
    async with office.database.unit_of_work() as work:
        quiet_since = now - timedelta(days=30)
        assert await personal_data.erase_expired(
            work, calendar=content().calendar, quiet_since=quiet_since, now=now, most=5
        )
        await work.commit()
    await staffroom.rounds.tell()
    assert post.text == BLANK


async def test_erasing_that_is_rolled_back_blanks_nothing(staffroom: Staffroom) -> None:
    _, post = await staffroom.told(SECRET)
    async with staffroom.office.database.unit_of_work() as work:
        await erase(work, staffroom)
    await staffroom.rounds.tell()
    assert SECRET in post.text


async def test_a_post_that_somebody_deleted_in_the_group_is_done(staffroom: Staffroom) -> None:
    await staffroom.told(SECRET)
    staffroom.group.chat.sent.clear()
    await erases(staffroom)
    await staffroom.rounds.tell()
    assert await waiting(staffroom) == []


async def test_buttons_of_a_blank_question_send_nothing(staffroom: Staffroom) -> None:
    await staffroom.introduce("Anna", ANNA)
    _, post = await staffroom.told(SECRET)
    question = await staffroom.replies(ANNA, "Anna", "Rīt.", to=post)
    await erases(staffroom)
    notice = await staffroom.presses(ANNA, "Anna", SEND, under=question)
    assert notice == "Par šo atbildi jau ir izlemts."
    await staffroom.rounds.tell()
    assert question.text == BLANK


# ---------------------------------------------------------------------------------------------- bad days


async def test_telegram_that_is_away_is_asked_again(staffroom: Staffroom) -> None:
    number, post = await staffroom.told(SECRET)
    await erases(staffroom)
    staffroom.api.faults.next(ServerError(502), only={"editMessageText"})
    await staffroom.rounds.tell()
    assert SECRET in post.text
    shown = (await look(staffroom)).words()
    assert f"par pieteikumu Nr. {number}" in shown
    assert "mēģinām vēlreiz (1)" in shown
    staffroom.office.clock.pass_time(minutes=1)
    await staffroom.rounds.tell()
    assert post.text == BLANK


async def test_told_to_wait_it_waits_so_long(staffroom: Staffroom) -> None:
    _, post = await staffroom.told(SECRET)
    await erases(staffroom)
    staffroom.api.faults.next(TooManyRequests(retry_after=30), only={"editMessageText"})
    await staffroom.rounds.tell()
    staffroom.office.clock.pass_time(seconds=29)
    await staffroom.rounds.tell()
    assert SECRET in post.text
    staffroom.office.clock.pass_time(seconds=2)
    await staffroom.rounds.tell()
    assert post.text == BLANK


@pytest.mark.parametrize("edited", [False, True], ids=["before", "after"])
async def test_a_worker_killed_around_the_edit_leaves_it_to_another(
    staffroom: Staffroom, edited: bool
) -> None:
    _, post = await staffroom.told(SECRET)
    await erases(staffroom)
    office = staffroom.office
    async with office.database.unit_of_work() as work:
        [taken] = await post_erasures.take(work.connection, now=office.clock.now(), lease=LEASE)
        await work.commit()
    if edited:
        await staffroom.posting.replace(taken.post, BLANK)
    await staffroom.rounds.tell()
    assert await waiting(staffroom) == ["queued"]
    office.clock.pass_time(minutes=6)
    await staffroom.rounds.tell()
    assert (post.text, await waiting(staffroom)) == (BLANK, [])


async def test_what_is_refused_for_a_week_is_shown(staffroom: Staffroom) -> None:
    await staffroom.told(SECRET)
    await erases(staffroom)
    staffroom.office.clock.pass_time(seconds=GIVE_UP_AFTER.total_seconds() + 1)
    staffroom.api.faults.next(ServerError(502), only={"editMessageText"})
    await staffroom.rounds.tell()
    assert await waiting(staffroom) == ["failed"]


class _Erasing(telegram.StaffPosts):
    """Somebody erases their data while the post about them is on its way."""

    meanwhile: Callable[[], Awaitable[None]]

    async def post(
        self, chat: str, text: str, *, reply_to: str = "", buttons: Sequence[Button] = ()
    ) -> Posted:
        posted = await super().post(chat, text, reply_to=reply_to, buttons=buttons)
        await self.meanwhile()
        return posted


async def test_a_post_that_leaves_while_the_data_are_erased_is_blanked_at_once(
    staffroom: Staffroom,
) -> None:
    office = staffroom.office
    async with telegram.connect(TOKEN, api_url=staffroom.api.url) as bot:
        posts = _Erasing(bot)
        posts.meanwhile = lambda: erases(staffroom)
        worker = AlertRounds(
            database=office.database,
            clock=office.clock,
            content=content,
            mailing=None,
            posting=Posting(
                database=office.database,
                clock=office.clock,
                content=content,
                posts=posts,
                public_url=None,
            ),
            blanking=None,
        )
        await office.ticket(SECRET)
        await worker.tell()
    assert SECRET in staffroom.posts[-1].text
    await staffroom.rounds.tell()
    assert staffroom.posts[-1].text == BLANK


async def test_tickets_that_are_erased_while_a_worker_looks_for_news_stop_nobody(
    staffroom: Staffroom,
) -> None:
    """The alerts that the worker is about to add belong to a ticket that is going."""
    office = staffroom.office
    await office.ticket(SECRET)
    kept = await office.ticket("Kad atvērs bibliotēku?", who="zenta")
    async with office.database.unit_of_work() as work:
        await erase(work, staffroom)
        looking = asyncio.create_task(staffroom.rounds.tell())
        while not await _somebody_waits(office.database):
            assert not looking.done(), "the worker did not wait for the erasure"
        await work.commit()
    await looking
    await staffroom.rounds.tell()
    assert f"Nr. {kept}" in staffroom.posts[-1].text
    assert SECRET not in " ".join(post.text for post in staffroom.posts)


async def _somebody_waits(database: Database) -> bool:
    async with database.reading() as connection:
        found = await connection.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
        )
    return bool(found)


# ---------------------------------------------------------------------------------------------- administrators


async def test_out_of_the_group_it_is_shown_and_tried_again_when_somebody_says_so(
    staffroom: Staffroom,
) -> None:
    number, post = await staffroom.told(SECRET)
    await erases(staffroom)
    staffroom.group.chat.forbidden = "bot was kicked from the group chat"
    await staffroom.rounds.tell()
    shown = (await look(staffroom)).words()
    assert f"par pieteikumu Nr. {number}" in shown
    assert "neizdevās Asistents vairs nav šajā grupā" in shown
    assert SECRET not in shown
    staffroom.office.clock.pass_time(days=30)
    assert "neizdevās" in (await look(staffroom)).words()

    staffroom.group.chat.forbidden = ""
    await finish(staffroom, "velreiz")
    await staffroom.rounds.tell()
    assert (post.text, await waiting(staffroom)) == (BLANK, [])


async def test_what_somebody_deleted_in_the_group_is_shown_no_more_and_noted(
    staffroom: Staffroom,
) -> None:
    number, _ = await staffroom.told(SECRET)
    await staffroom.grows()
    await erases(staffroom)
    await staffroom.rounds.tell()
    shown = (await look(staffroom)).words()
    assert "neizdevās Grupa ir kļuvusi par lielgrupu" in shown
    await finish(staffroom, "izdzests")
    assert "neizdevās" not in (await look(staffroom)).words()
    async with staffroom.office.database.reading() as connection:
        noted = await connection.execute(
            select(audit_log.c.agent_id, audit_log.c.ticket_number).where(
                audit_log.c.event == "erasure.settled"
            )
        )
        assert [tuple(row) for row in noted] == [(staffroom.office.agents["Dace"], number)]
    log = (await staffroom.dace.see("/desk/zurnals?veids=dati")).words()
    assert "Atzīmēja, ka ziņa darbinieku grupā izdzēsta" in log


async def test_only_administrators_say_that_a_post_is_gone(staffroom: Staffroom) -> None:
    await staffroom.told(SECRET)
    await erases(staffroom)
    staffroom.group.chat.forbidden = "bot was kicked from the group chat"
    await staffroom.rounds.tell()
    async with await leader(staffroom.office, "supervisor") as rita:
        csrf = (await rita.see("/desk/konts")).hidden_field("csrf")
        form = {"csrf": csrf, "do": "izdzests"}
        assert (await rita.post("/desk/pazinojumi/dzesana/1", form)).status == 403
    assert await waiting(staffroom) == ["failed"]


async def test_a_post_that_nobody_even_tried_to_blank_is_shown(staffroom: Staffroom) -> None:
    """Telegram was switched off here, so no worker does it."""
    await staffroom.told(SECRET)
    await erases(staffroom)
    assert "Grupās vēl redzamas" not in (await look(staffroom)).words()
    staffroom.office.clock.pass_time(hours=2)
    assert "gaida" in (await look(staffroom)).words()

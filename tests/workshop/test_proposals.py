"""What staff proposed, on the editors' pages."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage import audit, proposals
from bot.storage.audit import Wanted
from bot.storage.database import Database
from domain.tickets import TicketNumber
from tests.workshop.newsroom import Newsroom, open_newsroom

EXAMPLES = "\n".join(f"kur nodot vecu riepu numur {word}" for word in "abcdefghijk")


@pytest.fixture
async def newsroom(database: Database, tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with open_newsroom(database, tmp_path) as opened:
        yield opened


async def _propose(newsroom: Newsroom) -> int:
    await newsroom.was_helped("bills-pay-where", yes=1, no=0)
    async with newsroom.database.reading() as connection:
        number = await connection.exec_driver_sql("SELECT max(number) FROM tickets")
        agent = await connection.exec_driver_sql("SELECT min(id) FROM agents")
        await proposals.add(
            connection,
            TicketNumber(number.scalar_one()),
            question="kur nodot vecas riepas",
            answer="Riepas var nodot laukumā.",
            by=agent.scalar_one(),
            at=newsroom.clock.now(),
        )
        [kept] = await proposals.waiting(connection)
    return kept.id


async def _events(newsroom: Newsroom) -> list[str]:
    async with newsroom.database.reading() as connection:
        entries = await audit.read(connection, Wanted(events=("content.proposal",)), limit=10)
    return [entry.event for entry in entries]


async def test_a_proposal_opens_the_form_filled_in_and_is_gone_when_the_topic_is_made(
    newsroom: Newsroom,
) -> None:
    async with await newsroom.editor() as ieva:
        proposal = await _propose(newsroom)
        listed = await ieva.see("/desk/content/questions")
        assert "„kur nodot vecas riepas”" in listed.words()
        assert "Līdzīgākais temats: Kur nodot vecās riepas" in listed.words()
        assert 'href="/desk/content/topics/waste-tyres"' in listed.text
        form = await ieva.see(f"/desk/content/new?ieteikums={proposal}")
        assert "kur nodot vecas riepas</textarea>" in form.text
        assert "Riepas var nodot laukumā.</textarea>" in form.text
        fields = {
            "csrf": form.hidden_field("csrf"),
            "proposal": form.hidden_field("proposal"),
            "title": "Kur nodot riepas",
            "body": "Riepas var nodot laukumā.",
            "examples": EXAMPLES,
            "phone": "8848",
            "valid_until": "2027-12-31",
            "group": "waste",
            "queue": "general",
        }
        review = await ieva.post("/desk/content/new", fields)
        assert f'<textarea name="proposal" hidden>\n{proposal}' in review.text
        assert "kur nodot vecas riepas" in (await ieva.see("/desk/content/questions")).words()
        seen = review.hidden_field("seen")
        made = await ieva.post("/desk/content/new", {**fields, "seen": seen})
        assert made.path.startswith("/desk/content?done=")
        assert "vecas riepas" not in (await ieva.see("/desk/content/questions")).words()
        later = await ieva.see(f"/desk/content/new?ieteikums={proposal}")
        assert "vecas riepas" not in later.text
    assert await _events(newsroom) == ["content.proposal_used"]


async def test_a_proposal_can_be_declined(newsroom: Newsroom) -> None:
    async with await newsroom.editor() as ieva:
        proposal = await _propose(newsroom)
        page = await ieva.see("/desk/content/questions")
        fields = {"csrf": page.hidden_field("csrf"), "proposal": str(proposal)}
        for _ in range(2):
            page = await ieva.post("/desk/content/questions/decline", fields)
        assert "vecas riepas" not in page.words()
    assert await _events(newsroom) == ["content.proposal_declined"]


async def test_a_form_of_an_earlier_login_declines_nothing(newsroom: Newsroom) -> None:
    async with await newsroom.editor() as ieva:
        fields = {"csrf": "another", "proposal": str(await _propose(newsroom))}
        page = await ieva.post("/desk/content/questions/decline", fields)
        assert (page.status, "nekas nav izdarīts" in page.words()) == (403, True)
        assert "„kur nodot vecas riepas”" in page.words()
    assert await _events(newsroom) == []

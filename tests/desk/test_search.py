"""Search: what is found, where, and what the page makes of it."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.desk.search import excerpt, mark
from bot.storage.database import Database
from bot.storage.ticket_search import words_of
from domain.folding import fold
from domain.messages import Channel, DeliveryState
from tests.desk.office import Office, Person, Seen, tickets_on
from tests.desk.test_lists import moved

CONTENT = Path(__file__).parents[2] / "content"


async def search(person: Person, words: str) -> Seen:
    """What the form finds."""
    page = await person.see("/desk/")
    return await person.post("/desk/meklet", {"csrf": page.hidden_field("csrf"), "words": words})


# ---------------------------------------------------------------------------------------------- words


async def test_the_database_folds_as_the_domain_does(database: Database) -> None:
    texts = [path.read_text() for path in CONTENT.glob("**/*.md")]
    texts += [
        "ĀČĒĢĪĶĻŅŌŖŠŪŽ āčēģīķļņōŗšūž",
        "a\u0304 Ё Й Ї Ґ Привет",
        "e-pasts: a.b@c.lv, 12.5 €!",
        "",
    ]
    async with database.reading() as connection:
        folded = [
            await connection.scalar(text("SELECT zintis_fold(:written)"), {"written": written})
            for written in texts
        ]
    assert folded == [fold(written) for written in texts]


def test_words_are_folded_once_each_and_not_too_many() -> None:
    assert words_of("Rēķins, REKINS un 7 a") == ["rekins", "un", "7"]
    assert len(words_of("viens divi trīs četri pieci seši septiņi")) == 6
    assert words_of("!") == []


def test_marking_keeps_the_text_and_marks_beginnings() -> None:
    pieces = mark("Rēķina summa (rēķini)", ["rekin"])
    assert "".join(piece.text for piece in pieces) == "Rēķina summa (rēķini)"
    assert [piece.text for piece in pieces if piece.found] == ["Rēķina", "rēķini"]


def test_excerpt_shows_the_surroundings_of_the_first_word() -> None:
    shown = "".join(p.text for p in excerpt("vārds " * 50 + "Žagare " + "beigas " * 50, ["zagare"]))
    assert shown.startswith("… vārds")
    assert shown.endswith("beigas …")
    assert "Žagare" in shown
    assert len(shown) < 200


def test_excerpt_of_one_endless_word_still_shows_what_was_found() -> None:
    pieces = excerpt("x" * 300 + "(zagare)", ["zagare"])
    assert [piece.text for piece in pieces if piece.found] == ["zagare"]


# ---------------------------------------------------------------------------------------------- the page


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("BIBLIOTEK", "jautājums"),
        ("ozola", "iedzīvotāja vārds"),
        ("rudzupukes", "iedzīvotāja ziņa"),
        ("kartupelu", "darbinieka atbilde"),
        ("asistent", "asistenta atbilde"),
        ("slepen", "piezīme"),
        ("#Ūden", "birka"),
        ("zibenigi", "iedzīvotāja vērtējums"),
        ("udens zibenigi", "birka"),
        ("ozola kartup", "iedzīvotāja vārds"),
    ],
)
async def test_everything_said_is_found(office: Office, words: str, place: str) -> None:
    number = await office.ticket("Kad atvērs bibliotēku Elejā?")
    await office.ticket("Cits", who="b", name="Juris Kalns")
    await office.resident_writes("Zied rudzupuķes!")
    await office.assistant_says("Asistents runā")
    async with await office.at_work("Anna") as anna:
        await anna.does(number, "claim")
        await anna.does(number, "answer", text="Kartupeļu talka būs **sestdien**.")
        await anna.does(number, "note", text="Slepena piezīme")
        await moved(office, number, tags=["udens avarija"], stars=5, comment="Zibenīgi un laipni")
        page = await search(anna, words)
    assert tickets_on(page) == [number]
    assert f"Atrasts: {place}" in page.words()
    assert "<mark>" in page.text or place == "birka"


async def test_number_comes_first_and_all_words_must_be_there(office: Office) -> None:
    first = await office.ticket("pirmais", who="a")
    second = await office.ticket(f"zvaniet par {first}", who="b")
    async with await office.at_work("Anna") as anna:
        assert tickets_on(await search(anna, f"{first}")) == [first, second]
        assert tickets_on(await search(anna, f"zvaniet {first}")) == [second]
        assert tickets_on(await search(anna, "zvaniet nekur")) == []
        assert tickets_on(await search(anna, "9" * 60)) == []


async def test_what_was_said_leads_to_the_newest_ticket_of_the_talk(office: Office) -> None:
    old = await office.ticket("pirmais")
    async with await office.at_work("Anna") as anna:
        await anna.does(old, "claim")
        await anna.does(old, "solve")
        await moved_to_closed(office, old)
        new = await office.ticket("otrais")
        await office.resident_writes("rudzupuķes")
        assert tickets_on(await search(anna, "rudzupukes")) == [new]
        assert tickets_on(await search(anna, "vilma")) == [new, old]


async def moved_to_closed(office: Office, number: int) -> None:
    async with office.database.reading() as connection:
        await connection.execute(
            text("UPDATE tickets SET state = 'closed' WHERE number = :number"), {"number": number}
        )


@pytest.mark.parametrize(
    "words", ["' OR 1=1 --", "a:* & !b", "\\", "%_", "<script>", "(((", "\x00"]
)
async def test_nothing_typed_is_read_as_a_query_or_html(office: Office, words: str) -> None:
    await office.ticket("Cits jautājums")
    async with await office.at_work("Anna") as anna:
        page = await search(anna, words)
    assert (page.status, tickets_on(page)) == (200, [])
    assert "<script>" not in page.text


async def test_words_of_a_search_stand_in_no_address(office: Office) -> None:
    async with await office.at_work("Anna") as anna:
        page = await search(anna, "Ozola")
        asked = await anna.see("/desk/meklet?words=Ozola")
    assert page.path == "/desk/meklet"
    assert page.hidden_field("words") == "Ozola"
    assert "Nekas nav atrasts" in page.words()
    assert asked.hidden_field("words") == ""


async def test_search_needs_a_login_and_its_own_form(office: Office) -> None:
    fields: Mapping[str, str] = {"csrf": "x", "words": "Vilma"}
    async with await office.at_work("Anna") as anna, office.person() as nobody:
        outdated = await anna.post("/desk/meklet", fields)
        refused = await nobody.post("/desk/meklet", fields, follow=False)
    assert outdated.hidden_field("words") == "Vilma"
    assert tickets_on(outdated) == []
    assert refused.status == 401


async def test_erased_words_are_found_no_more(office: Office) -> None:
    await office.ticket("rudzupuķes", who="a", channel=Channel.WEB)
    said = await office.assistant_says("rudzupuķes", who="a", channel=Channel.WEB)
    await office.becomes(said, DeliveryState.DELIVERED)
    async with office.database.reading() as connection:
        await connection.execute(text("DELETE FROM contacts"))
    async with await office.at_work("Anna") as anna:
        assert tickets_on(await search(anna, "rudzupukes")) == []

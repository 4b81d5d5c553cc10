"""What is kept of a message: nothing secret, and nothing that the database would refuse."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.inbox import LONGEST_TEXT
from bot.storage.schema import contacts, inbound_messages
from domain.messages import Attachment, MessageKind
from tests.line.conftest import Line

REFUSED = "a\x00b\ud83dc"
"""A zero byte and half of a character: JSON carries both, PostgreSQL takes neither."""


async def kept(line: Line) -> dict[str, Any]:
    async with line.database.reading() as connection:
        rows = await connection.execute(select(inbound_messages))
        return dict(rows.mappings().one())


async def test_a_button_with_data_that_no_database_takes_does_not_stop_the_channel(
    line: Line,
) -> None:
    await line.accepts(kind=MessageKind.PRESS, choice=REFUSED)
    assert (await kept(line))["choice"] == "ab?c"


@pytest.mark.parametrize("field", ["text", "contact_name", "forwarded_from", "album", "language"])
async def test_no_field_of_a_message_can_make_it_unstorable(line: Line, field: str) -> None:
    await line.accepts(**{field: REFUSED})
    await kept(line)


async def test_nor_can_any_field_of_a_file(line: Line) -> None:
    odd = Attachment(MessageKind.DOCUMENT, reference=REFUSED, name=REFUSED, media_type=REFUSED)
    await line.accepts(kind=MessageKind.DOCUMENT, attachments=(odd,))
    (stored,) = (await kept(line))["attachments"]
    assert stored["reference"] == stored["media_type"] == "ab?c"


async def test_a_personal_code_in_the_name_of_a_file_is_masked_and_the_resident_told(
    line: Line,
) -> None:
    scan = Attachment(MessageKind.DOCUMENT, reference="file-121150-12345", name="121150-12345.pdf")
    said = await line.hears(kind=MessageKind.DOCUMENT, attachments=(scan,))
    (stored,) = (await kept(line))["attachments"]
    assert stored["name"] == "[personas kods dzēsts].pdf"
    assert stored["reference"] == "file-121150-12345", "the vendor knows the file by nothing else"
    assert "masked.personal_code" in said


async def test_names_of_people_are_masked_and_cannot_turn_the_desk_around(line: Line) -> None:
    await line.accepts("čau", contact_name="Anna 121150-12345\u202e", forwarded_from="x\u202ey\nz")
    assert (await kept(line))["forwarded_from"] == "x y z"
    async with line.database.reading() as connection:
        name = await connection.scalar(select(contacts.c.name))
    assert name == "Anna [personas kods dzēsts]"


async def test_a_personal_code_on_the_border_of_what_is_kept_is_masked(line: Line) -> None:
    await line.accepts("a" * (LONGEST_TEXT - 9) + " 121150-12345")
    assert "121150" not in (await kept(line))["text"]

"""What editors save is said by every process by itself; what is broken is not."""

import asyncio
from pathlib import Path

from bot.workshop.live_content import LOOK_EVERY, LiveContent, stamp
from tests.workshop.newsroom import copy_of_content


def _edit(directory: Path, old: str, new: str) -> None:
    file = directory / "topics" / "bills" / "bills-pay-where.md"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_files_are_looked_at_often_enough_for_the_two_seconds_that_the_guide_promises() -> None:
    assert LOOK_EVERY <= 1


async def test_a_saved_answer_is_live_by_itself(tmp_path: Path) -> None:
    directory = copy_of_content(tmp_path)
    taken_over = asyncio.Event()
    live = LiveContent(directory, changed=taken_over.set)
    following = asyncio.create_task(live.follow())

    _edit(directory, "sistēmā Bill.me", "lietotnē Maks")
    async with asyncio.timeout(60):
        await taken_over.wait()
    following.cancel()

    assert "lietotnē Maks" in live.current().topic("bills-pay-where").body


async def test_broken_files_keep_the_old_content_until_they_are_mended(tmp_path: Path) -> None:
    directory = copy_of_content(tmp_path)
    live = LiveContent(directory)
    before = live.current()

    _edit(directory, "queue: bills", "queue: nobody")
    await live.take_over(stamp(directory))
    assert live.current() is before

    _edit(directory, "queue: nobody", "queue: general")
    await live.take_over(stamp(directory))
    assert live.current().topic("bills-pay-where").queue == "general"


async def test_a_new_file_and_a_removed_one_are_seen(tmp_path: Path) -> None:
    directory = copy_of_content(tmp_path)
    before = stamp(directory)
    file = directory / "topics" / "bills" / "bills-pay-where.md"

    (file.parent / "new.md").write_text("x", encoding="utf-8")
    with_new = stamp(directory)
    file.unlink()

    assert len({before, with_new, stamp(directory)}) == 3

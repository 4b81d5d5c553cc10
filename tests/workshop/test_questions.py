"""Questions that were not understood: who is alike, and where they may belong."""

from datetime import timedelta

import pytest

from bot.storage import editing as stored
from bot.workshop.likeness import heaped
from bot.workshop.questions import QuestionGroup, unanswered
from domain.likeness import likeness, traits
from tests.workshop.newsroom import Newsroom


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("kā nomaksāt naudas sodu par ātrumu", "ka samaksat sodu par atrumu", True),
        ("vai var dabūt malku", "malku kur var dabūt?", True),
        ("kā nomaksāt naudas sodu", "kur nodot skaitītāju", False),
        ("", "kaut kas", False),
    ],
)
def test_likeness_goes_by_letters_without_marks(one: str, other: str, *, alike: bool) -> None:
    assert (likeness(traits(one), traits(other)) >= 0.5) is alike


def test_the_largest_heap_comes_first() -> None:
    texts = ["kur ir suns", "kad maksāt nodokli", "kad maksāt nodokļus", "nodokli kad maksāt"]
    heaps = heaped((text, text) for text in texts)
    assert [len(heap.members) for heap in heaps] == [3, 1]


async def test_alike_questions_are_one_group_with_likely_topics(newsroom: Newsroom) -> None:
    await newsroom.asked(
        "kur udeni nomaksat ar karti", intent="topic.bills-due-date", confidence=0.4
    )
    await newsroom.asked("kur ūdeni nomaksāt ar karti?", times=2)
    await newsroom.asked("vai ir brīvas zirga pases")

    groups = await _groups(newsroom)

    first = groups[0]
    assert (first.count, [(w.text, w.count) for w in first.wordings]) == (
        3,
        [("kur ūdeni nomaksāt ar karti?", 3)],
    )
    assert first.likely[0].id == "bills-due-date"  # what the model thought
    assert "bills-pay-where" in [topic.id for topic in first.likely]  # what the letters say
    assert [group.count for group in groups] == [3, 1]


async def test_answered_old_and_known_questions_are_left_out(newsroom: Newsroom) -> None:
    now = newsroom.clock.now()
    await newsroom.asked("sen jautāts", at=now - timedelta(days=31))
    await newsroom.asked(
        "labi saprasts",
        intent="topic.bills-pay-where",
        confidence=0.9,
        said="topic.bills-pay-where",
    )
    await newsroom.asked("KUR VAR SAMAKSAT UDENS REKINU")  # an example by now
    await newsroom.asked("?")

    assert await _groups(newsroom) == []


async def test_a_question_that_was_asked_back_about_is_there_however_sure(
    newsroom: Newsroom,
) -> None:
    await newsroom.asked(
        "pārjautāts", intent="topic.bills-pay-where", confidence=0.9, said="clarify.choices"
    )
    assert [group.wordings[0].text for group in await _groups(newsroom)] == ["pārjautāts"]


async def test_use_and_help_are_counted_by_topic(newsroom: Newsroom) -> None:
    await newsroom.asked("a", said="topic.bills-pay-where", times=3)
    await newsroom.asked(
        "b", said="topic.bills-pay-where", at=newsroom.clock.now() - timedelta(days=40)
    )
    await newsroom.was_helped("bills-pay-where", yes=2, no=1)
    since = newsroom.clock.now() - timedelta(days=30)

    async with newsroom.database.reading() as connection:
        use = await stored.use_of_topics(connection, since=since)
        helped = await stored.helped_by_topic(connection, since=since)

    assert use == {"bills-pay-where": 3}
    assert helped == {"bills-pay-where": stored.Helped(2, 1)}


async def test_what_followed_an_answer_is_counted_from_what_residents_did(
    newsroom: Newsroom,
) -> None:
    now = newsroom.clock.now()
    start = now - timedelta(hours=2)
    for next_words, said, intent, later in (
        ("paldies", "thanks.welcome", "thanks", 1),
        ("cilvēku", "handoff.opened_asked", "ask_person", 2),
        ("tas pats", "topic.bills-pay-where", "topic.bills-pay-where", 3),
        ("muļķības", "abuse.calm", "complaint", 4),
        ("nākamajā stundā", "handoff.opened_asked", "ask_person", 40),
    ):
        conversation = await newsroom.asked("kur maksāt", said="topic.bills-pay-where", at=start)
        await newsroom.asked(
            next_words,
            said=said,
            intent=intent,
            at=start + timedelta(minutes=later),
            conversation=conversation,
        )
    await newsroom.asked("bez turpinājuma", said="topic.bills-pay-where", at=start)
    await newsroom.asked("pavisam nesen", said="topic.bills-pay-where", at=now)

    async with newsroom.database.reading() as connection:
        after = await stored.after_topics(connection, since=now - timedelta(days=30), until=now)

    # The answer to "tas pats" is an answer as well, and nothing followed it.
    assert after == {"bills-pay-where": stored.After(said=7, troubled=3)}


async def _groups(newsroom: Newsroom) -> list[QuestionGroup]:
    async with newsroom.database.reading() as connection:
        return await unanswered(
            connection, newsroom.live_content.current(), now=newsroom.clock.now()
        )

"""The content of this repository."""

from bot.content import check, load
from tests.content.conftest import REAL_CONTENT


def test_the_content_has_no_problems() -> None:
    assert [str(problem) for problem in check(REAL_CONTENT).problems] == []


def test_every_topic_has_a_title_of_its_own() -> None:
    titles = [topic.title for topic in load(REAL_CONTENT).topics.values()]

    assert sorted(titles) == sorted(set(titles))


def test_the_first_message_is_short_and_says_what_it_must() -> None:
    first = load(REAL_CONTENT).phrase("intro.first")

    assert len(first) <= 500
    for must in ("datorprogramma, nevis cilvēks", "**cilvēks**", "{privacy_url}"):
        assert must in first

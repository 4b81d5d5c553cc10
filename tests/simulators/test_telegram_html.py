"""Telegram's HTML as the simulator reads it."""

import pytest

from simulators.telegram_html import Entity, Formatted, MarkupError, parse


def test_formatting_becomes_entities_and_leaves_the_words() -> None:
    said = parse('<b>Elejas KAC</b> &amp; <a href="https://www.jelgavasnovads.lv">lapa</a>')
    assert said == Formatted(
        "Elejas KAC & lapa",
        (
            Entity("bold", 0, 10),
            Entity("text_link", 13, 4, "https://www.jelgavasnovads.lv"),
        ),
    )


def test_offsets_count_utf16_units() -> None:
    assert parse("🙂 <i>jā</i>").entities == (Entity("italic", 3, 2),)


def test_nested_tags_come_outermost_first() -> None:
    assert parse("<b>a<i>b</i></b>").entities == (Entity("bold", 0, 2), Entity("italic", 1, 1))


def test_unknown_character_references_stay_as_they_are() -> None:
    assert parse("&nbsp;&lt;&#38;&#x41;").text == "&nbsp;<&A"


def test_short_end_tag_closes_the_last_one() -> None:
    assert parse("<b>a</>").entities == (Entity("bold", 0, 1),)


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("ā<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("5 < 6", "Unclosed start tag at byte offset 2"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_broken_markup_is_refused_in_the_vendors_words(html: str, said: str) -> None:
    with pytest.raises(MarkupError) as refused:
        parse(html)
    assert str(refused.value) == said

"""Answers as each channel says them."""

from datetime import UTC, datetime, time

import pytest

from bot.content import Content
from bot.rendering import Rendered, Speaker
from domain.answers import Answer, Choice, ChoiceId, Value
from domain.messages import Button, Channel
from tests.rendering.conftest import PRIVACY

MONDAY_EVENING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TOPIC = Answer("topic.bills-pay-where")
PERSON = Choice(ChoiceId("ask_person"), "")
METERS = Choice(ChoiceId("topic.meters-how"), "")


def say(speaker: Speaker, channel: Channel, *answers: Answer) -> Rendered:
    """The only message of these answers."""
    (rendered,) = speaker.say(channel, answers)
    return rendered


def test_a_topic_on_telegram_is_html_with_its_phone_next_step_and_source(speaker: Speaker) -> None:
    rendered = say(speaker, Channel.TELEGRAM, TOPIC)

    assert rendered == Rendered(
        text="Rēķinu maksā <b>bankā</b>.\n\n"
        "<b>Ko darīt tālāk:</b> Paņemiet līdzi rēķinu.\n"
        "Jautājumi? Zvaniet 8848.\n"
        'Avots: <a href="https://www.jnku.lv/norekini/">jnku.lv</a>',
        plain="Rēķinu maksā bankā.\n\n"
        "Ko darīt tālāk: Paņemiet līdzi rēķinu.\n"
        "Jautājumi? Zvaniet 8848.\n"
        "Avots: https://www.jnku.lv/norekini/",
        source="Rēķinu maksā **bankā**.\n\n"
        "**Ko darīt tālāk:** Paņemiet līdzi rēķinu.\\\n"
        "Jautājumi? Zvaniet [8848](tel:8848).\\\n"
        "Avots: [jnku.lv](https://www.jnku.lv/norekini/)",
        keys=("topic.bills-pay-where",),
    )


def test_a_topic_on_whatsapp_has_its_own_marks_and_bare_links(speaker: Speaker) -> None:
    rendered = say(speaker, Channel.WHATSAPP, TOPIC)

    assert rendered.text == (
        "Rēķinu maksā *bankā*.\n\n"
        "*Ko darīt tālāk:* Paņemiet līdzi rēķinu.\n"
        "Jautājumi? Zvaniet 8848.\n"
        "Avots: https://www.jnku.lv/norekini/"
    )


def test_a_topic_on_the_web_can_be_clicked_and_called(speaker: Speaker) -> None:
    rendered = say(speaker, Channel.WEB, TOPIC)

    assert rendered.text == (
        "<p>Rēķinu maksā <strong>bankā</strong>.</p>"
        "<p><strong>Ko darīt tālāk:</strong> Paņemiet līdzi rēķinu.<br>"
        'Jautājumi? Zvaniet <a href="tel:8848">8848</a>.<br>'
        'Avots: <a href="https://www.jnku.lv/norekini/" target="_blank" '
        'rel="noopener noreferrer">jnku.lv</a></p>'
    )


def test_telegram_and_web_get_numbered_buttons(speaker: Speaker) -> None:
    answer = Answer("greet.hello", choices=(METERS, PERSON))

    for channel in (Channel.TELEGRAM, Channel.WEB):
        assert say(speaker, channel, answer).buttons == (
            Button("topic.meters-how", "1. Kā nodot rādījumu"),
            Button("ask_person", "2. Jautāt darbiniekam"),
        )


def test_whatsapp_gets_the_choices_as_a_numbered_list(speaker: Speaker) -> None:
    rendered = say(speaker, Channel.WHATSAPP, Answer("goodbye.bye", choices=(METERS, PERSON)))

    assert rendered.buttons == ()
    assert rendered.text.endswith(
        "\n1. Kā nodot rādījumu\n2. Jautāt darbiniekam\n\nAtbildiet ar numuru vai vārdiem."
    )


def test_choices_of_several_answers_are_numbered_through_and_offered_once(
    speaker: Speaker,
) -> None:
    named = Choice(ChoiceId("centre_where:eleja"), "Eleja")
    answers = [
        Answer("greet.hello", choices=(PERSON,)),
        Answer("goodbye.bye", choices=(named, PERSON)),
    ]

    assert speaker.offered(answers) == (
        Choice(ChoiceId("ask_person"), "Jautāt darbiniekam"),
        Choice(ChoiceId("centre_where:eleja"), "Eleja"),
    )
    rendered = say(speaker, Channel.TELEGRAM, *answers)
    assert [button.label for button in rendered.buttons] == ["1. Jautāt darbiniekam", "2. Eleja"]
    assert rendered.keys == ("greet.hello", "goodbye.bye")


def test_the_introduction_names_the_privacy_notice(speaker: Speaker) -> None:
    assert PRIVACY in say(speaker, Channel.WHATSAPP, Answer("intro.first")).text


def test_a_line_without_its_value_is_left_out(speaker: Speaker) -> None:
    values = {"name": "Elejas pagasta pārvalde", "phone": "63022238", "note": ""}

    text = say(speaker, Channel.WHATSAPP, Answer("centre.phone", values)).text

    assert text == "*Elejas pagasta pārvalde*: zvaniet 63022238."


def test_moments_are_put_into_latvian_words(speaker: Speaker) -> None:
    opened = Answer("handoff.opened_asked", {"number": 12, "answer_by": MONDAY_EVENING})
    closed = Answer(
        "centre.closed_now",
        {"name": "Elejas pagasta pārvalde", "note": "", "phone": "8848", "opens": MONDAY_EVENING},
    )
    open_now = Answer(
        "centre.open_until",
        {"name": "Elejas pagasta pārvalde", "note": "", "phone": "8848", "time": time(17)},
    )

    assert (
        "līdz pirmdienas, 23. novembra, darba dienas beigām"
        in say(speaker, Channel.WEB, opened).plain
    )
    assert "Atvērs pirmdien, 23. novembrī, plkst. 17.00." in say(speaker, Channel.WEB, closed).plain
    assert "līdz plkst. 17.00." in say(speaker, Channel.WEB, open_now).plain


def test_a_tuple_becomes_a_list(speaker: Speaker) -> None:
    answer = Answer("centre.list", {"centres": ("Eleja", "", "Vilce")})

    assert "\n• Eleja\n• Vilce\n\n" in say(speaker, Channel.TELEGRAM, answer).text
    assert "<ul><li>Eleja</li><li>Vilce</li></ul>" in say(speaker, Channel.WEB, answer).text


def test_a_word_from_a_family_of_phrases(speaker: Speaker) -> None:
    values: dict[str, Value] = {
        "name": "–",
        "channel": "web",
        "messages": 3,
        "tickets": 0,
        "files": 0,
        "since": MONDAY_EVENING,
        "ambassador": "",
    }

    plain = say(speaker, Channel.WEB, Answer("my_data.summary", values)).plain

    assert "saziņas veids: saruna tīmekļa lapā" in plain
    assert "glabājam kopš 2026. gada 23. novembra" in plain
    assert "vēstnesis" not in plain


def test_neighbouring_items_of_several_answers_are_one_list(speaker: Speaker) -> None:
    moments: dict[str, Value] = {"answer_by": MONDAY_EVENING, "opened": MONDAY_EVENING}
    values = {**moments, "subject": "rēķins divreiz"}
    answers = [
        Answer("my_tickets.heading"),
        Answer("my_tickets.new", {"number": 2, **values}),
        Answer("my_tickets.closed", {"number": 1, **values}),
    ]

    assert say(speaker, Channel.WEB, *answers).text.count("<ul>") == 1


@pytest.mark.parametrize(
    "name",
    ["**Jānis**", "<b>Jānis</b>", "[Jānis](https://x.lv)", "{phone}", "`x`", "1. Jānis", "# Jānis"],
)
def test_a_value_is_never_read_as_markup(name: str, speaker: Speaker) -> None:
    answer = Answer("staff.claimed", {"agent": name, "number": 7})

    rendered = say(speaker, Channel.WEB, answer)

    assert name in rendered.plain
    assert rendered.text.count("<strong>") == 1
    assert "Jānis</a>" not in rendered.text


def test_an_unsafe_address_is_not_linked(content: Content, speaker: Speaker) -> None:
    answer = Answer("topic.source", {"site": "jnku.lv", "url": "javascript:alert(1)"})

    assert say(speaker, Channel.WEB, answer).text == "<p>Avots: jnku.lv</p>"
    assert say(speaker, Channel.TELEGRAM, answer).text == "Avots: jnku.lv"


def test_an_unknown_key_or_a_missing_value_is_our_mistake_and_loud(speaker: Speaker) -> None:
    with pytest.raises(KeyError):
        speaker.say(Channel.WEB, [Answer("no.such")])
    with pytest.raises(KeyError):
        speaker.say(Channel.WEB, [Answer("handoff.already", {"number": 1})])


def test_every_group_has_its_menu(speaker: Speaker) -> None:
    assert say(speaker, Channel.TELEGRAM, Answer("menu.meters")).text.startswith(
        "<b>Skaitītāji.</b>"
    )


def test_an_agents_words_stay_as_they_were_written(speaker: Speaker) -> None:
    text = "Labdien!\n\n**Nr. 5** <b>maksā</b> 3 & 4 eur\nskat. https://www.jnku.lv/a_b_c."

    (telegram,) = speaker.say_as_agent(Channel.TELEGRAM, text)
    (whatsapp,) = speaker.say_as_agent(Channel.WHATSAPP, text)
    (web,) = speaker.say_as_agent(Channel.WEB, text)

    assert telegram.text == (
        "Labdien!\n\n**Nr. 5** &lt;b&gt;maksā&lt;/b&gt; 3 &amp; 4 eur\nskat. https://www.jnku.lv/a_b_c."
    )
    assert whatsapp.text == text
    assert web.text == (
        "<p>Labdien!</p><p>**Nr. 5** &lt;b&gt;maksā&lt;/b&gt; 3 &amp; 4 eur<br>skat. "
        '<a href="https://www.jnku.lv/a_b_c" target="_blank" rel="noopener noreferrer">'
        "https://www.jnku.lv/a_b_c</a>.</p>"
    )
    assert {telegram.plain, whatsapp.plain, web.plain} == {text}
    assert telegram.keys == ()


def test_an_agent_who_wrote_nothing_says_nothing(speaker: Speaker) -> None:
    assert speaker.say_as_agent(Channel.TELEGRAM, " \n\n ") == []


def test_a_long_answer_is_cut_at_sentence_ends_with_the_buttons_on_its_last_part(
    content: Content, speaker: Speaker
) -> None:
    points = tuple(f"Bibliotēka {n}. Darba laiks nav zināms. " * 12 for n in range(1, 12))
    answer = Answer("access.list", {"points": points, "phone": "8848"}, (PERSON,))

    parts = speaker.say(Channel.TELEGRAM, [Answer("goodbye.bye"), answer])

    assert len(parts) == 2
    assert [part.buttons for part in parts] == [
        (),
        (Button("ask_person", "1. Jautāt darbiniekam"),),
    ]
    assert [part.keys for part in parts] == [("goodbye.bye", "access.list"), ()]
    assert parts[0].text.rstrip().endswith("zināms.")


def test_long_words_of_an_agent_are_cut_after_a_sentence(speaker: Speaker) -> None:
    text = "Šis ir viens teikums par rēķiniem. " * 100

    parts = speaker.say_as_agent(Channel.WHATSAPP, text)

    assert len(parts) == 3
    assert all(part.text.endswith("rēķiniem.") for part in parts)

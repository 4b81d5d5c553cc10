"""The evaluation as editors read it: bars, pairs that are mixed up, and the model before."""

from bot.workshop.measuring import Evaluation, HeldOut, missed_bars
from bot.workshop.reporting import report

_LABELS = {"register": "senior", "spelling": "bare", "subject": "bills"}
_FOLDS = {"examples": 100, "written": 0.6, "bare": 0.6, "slip": 0.58, "chat": 0.6}


def held(text: str, right: str, taken: str, sure: float = 0.9) -> HeldOut:
    return HeldOut(text, frozenset({right}), ((taken, sure),), _LABELS)


def evaluation(*answers: HeldOut) -> Evaluation:
    return Evaluation(answers, _FOLDS)


GOOD = [held(f"q{number}", "topic.a", "topic.a") for number in range(40)]
FOREIGN = [held(f"x{number}", "out_of_scope", "out_of_scope") for number in range(40)]


def told(found: Evaluation, before: Evaluation | None = None) -> list[str]:
    return list(report(found, before=before, title_of=lambda name: name.upper()))


def test_a_good_model_misses_nothing() -> None:
    assert told(evaluation(*GOOD, *FOREIGN))[-1] == "Viss nepieciešamais ir sasniegts."


def test_wrong_answers_and_answers_to_strangers_are_bars() -> None:
    wrong = [held(f"w{number}", "topic.a", "topic.b") for number in range(4)]
    foreign = [held(f"f{number}", "out_of_scope", "topic.b") for number in range(5)]

    lines = told(evaluation(*GOOD, *wrong, *FOREIGN, *foreign))

    assert lines[-2:] == [
        "NAV SASNIEGTS: no atbildēm uzreiz pareizas 90,9 %, vajag vismaz 95,0 %",
        "NAV SASNIEGTS: svešiem jautājumiem kļūdaini atbild 11,1 %, drīkst ne vairāk kā 5,0 %",
    ]


def test_doubt_that_asks_back_misses_nothing() -> None:
    doubtful = [held(f"d{number}", "topic.a", "topic.b", sure=0.4) for number in range(4)]

    assert missed_bars(evaluation(*GOOD, *doubtful)) == []


def test_a_model_that_only_asks_back_or_stays_silent_misses_its_bars() -> None:
    asks = [held(f"a{number}", "topic.a", "topic.a", sure=0.5) for number in range(40)]
    silent = [held(f"s{number}", "topic.a", "topic.b", sure=0.1) for number in range(10)]

    assert missed_bars(evaluation(*asks, *silent)) == [
        "pareizi atbild uzreiz 0,0 %, vajag vismaz 60,0 %",
        "pareizi uzreiz vai pēc vienas izvēles 80,0 %, vajag vismaz 90,0 %",
    ]


def test_slips_are_held_against_the_same_messages_without_them() -> None:
    lost = [
        HeldOut(
            f"s{number}", frozenset({"topic.a"}), (("topic.b", 0.3),), _LABELS, None, (), before
        )
        for number in range(4)
        for before in [(("topic.a", 0.9),)]
    ]

    assert missed_bars(evaluation(*GOOD, *lost)) == [
        "ar pirksta kļūdām (tā pati ziņa bez tām) saprot par 100,0 punktiem mazāk, drīkst par 3,0 punktiem"
    ]


def test_a_spelling_that_loses_examples_is_a_bar() -> None:
    found = Evaluation(tuple(GOOD), {**_FOLDS, "chat": 0.5})

    assert missed_bars(found) == [
        "piemērus čata rakstībā (aa, sh) saprot par 10,0 punktiem mazāk, drīkst par 3,0 punktiem"
    ]


def test_what_is_mixed_up_is_said_in_words() -> None:
    lines = told(evaluation(*GOOD, held("kur maksāt", "topic.a", "topic.b", sure=0.4)))

    assert "  jautājumi par „TOPIC.A” tiek jaukti ar „TOPIC.B” (1), piemēram, „kur maksāt”" in lines


def test_topics_that_go_badly_are_named() -> None:
    lines = told(evaluation(*GOOD, held("kur maksāt", "topic.c", "topic.b")))

    assert "Temati, kuros kāds jautājums paliek bez pareizas atbildes: 1 no 2" in lines
    assert any("TOPIC.C" in line and "kļūdaini 100,0 %" in line for line in lines)


def test_the_model_before_stands_beside() -> None:
    before = evaluation(*GOOD, held("kur maksāt", "topic.a", "topic.a"))
    after = evaluation(*GOOD, held("kur maksāt", "topic.a", "topic.b"))

    lines = told(after, before)

    assert "  sliktāk: „kur maksāt” (par „TOPIC.A”): tagad atbild par „TOPIC.B”" in lines
    assert any("iepriekš: 100,0 %" in line for line in lines)


def test_without_a_model_before_that_is_said() -> None:
    lines = told(evaluation(*GOOD))

    assert "Salīdzinājums: iepriekšējais modelis šajā datorā nav vērtēts." in lines

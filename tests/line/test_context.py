"""A talk has a thread: follow-ups, choices in words, corrections, several questions, days and other languages."""

import pytest

from domain.folding import fold
from domain.languages import Language
from tests.line.conftest import Line

PAY = "topic.bills-pay-where"
DUE = "topic.bills-due-date"
WASTE = "topic.waste-calendar"
DECLARE = "topic.residence-where"
MARRY = "topic.marriage-apply"
METERS = "topic.meters-how"


async def after(line: Line, text: str, intent: str) -> None:
    """The resident has been told something, so that the thread begins there."""
    line.nlu.teach(text, intent)
    await line.hears(text)


# ---- follow-ups


async def test_a_centre_is_asked_about_step_by_step(line: Line) -> None:
    line.nlu.teach("un vilcē", "centre_where@vilce")
    await after(line, "kur ir kac elejā", "centre_where@eleja")
    assert await line.hears("Un cikos strādā?") == ["centre.hours_unknown"]
    assert await line.hears("Un Vilcē?") == ["centre.hours_unknown"]
    assert (await line.conversation()).state.place == "vilce"
    assert await line.hears("Bet tālrunis?") == ["centre.phone_unknown"]
    assert (await line.conversation()).state.place == "vilce"


@pytest.mark.parametrize(
    ("told", "asked", "answer"),
    [
        (DECLARE, "Cik maksā?", "topic.residence-price"),
        (DECLARE, "un cik tas maksa", "topic.residence-price"),
        (DECLARE, "Kādi dokumenti vajadzīgi?", "topic.residence-documents"),
        (DECLARE, "kas jāņem līdzi?", "topic.residence-documents"),
        (DECLARE, "Cik ilgi?", "topic.residence-deadline"),
        (DECLARE, "vai var internetā", "topic.residence-online"),
        ("topic.residence-price", "Kur?", "topic.residence-where"),
        (MARRY, "Cik maksā?", "topic.marriage-price"),
        (MARRY, "kur?", "topic.contacts-dzimtsaraksti"),
        ("topic.birth-benefit-who", "cik liels?", "topic.birth-benefit-amount"),
        ("topic.birth-benefit-amount", "kā pieteikties?", "topic.birth-benefit-apply"),
        ("topic.property-tax-amount", "Kad jāmaksā?", "topic.property-tax-deadlines"),
        ("topic.property-tax-deadlines", "un kur?", "topic.property-tax-pay-where"),
        ("topic.kindergarten-apply", "kādus papīrus vajag", "topic.kindergarten-documents"),
        ("topic.waste-bio", "cik tas maksā?", "topic.waste-bio-price"),
        ("topic.burial-benefit", "kur?", "topic.social-worker-where"),
        (PAY, "vai var internetā?", "topic.bills-pay-online"),
        (DUE, "Un kur?", PAY),
        (DUE, "ja nokavēju?", "topic.bills-late-payment"),
    ],
)
async def test_what_is_asked_next_is_about_the_same_subject(
    line: Line, told: str, asked: str, answer: str
) -> None:
    await after(line, "pirmais jautājums", told)
    assert await line.hears(asked) == [answer]


async def test_what_is_not_known_of_a_subject_is_not_guessed(line: Line) -> None:
    await after(line, "kas nodod rādījumu", METERS)
    line.nlu.teach("cik maksā", "topic.waste-price")
    assert await line.hears("Cik maksā?") == ["followup.unknown"]


async def test_the_price_of_something_else_is_no_answer(line: Line) -> None:
    await after(line, "kur dabūt marķētos maisus", "topic.waste-bags-where")
    assert await line.hears("Cik maksā?") == ["followup.unknown"]


async def test_without_a_subject_a_short_question_stands_by_itself(line: Line) -> None:
    line.nlu.teach("cikos strādājat", "centre_hours")
    assert await line.hears("cikos strādājat") == ["intro.first", "centre.which_place"]


async def test_a_sure_question_about_hours_beats_a_subject_without_hours(line: Line) -> None:
    await after(line, "kas nodod rādījumu", METERS)
    line.nlu.teach("cikos strādājat", "centre_hours@eleja")
    assert await line.hears("cikos strādājat") == ["centre.hours_unknown"]


async def test_a_full_question_begins_a_new_subject(line: Line) -> None:
    await after(line, "kur deklarēties", DECLARE)
    line.nlu.teach("cik maksā ūdens", "topic.bills-water-tariff")
    assert await line.hears("Cik maksā ūdens?") == ["topic.bills-water-tariff"]


async def test_a_village_after_a_topic_is_honest(line: Line) -> None:
    await after(line, "kad izved atkritumus", WASTE)
    line.nlu.teach("un vilcē", "centre_where@vilce")
    assert await line.hears("Un Vilcē?") == ["followup.place_unknown"]


@pytest.mark.parametrize("place", ["Un Ozolniekos?", "un Vilcē", "Un Ānē?"])
async def test_a_place_that_the_topic_speaks_of_is_answered_by_it(line: Line, place: str) -> None:
    await after(line, "kas izved atkritumus", "topic.waste-who-collects")
    line.nlu.teach(fold(place), "centre_where")
    assert await line.hears(place) == ["topic.waste-who-collects"]


async def test_a_time_of_day_after_a_centre_asks_for_its_hours(line: Line) -> None:
    line.nlu.teach("kur ir kac elejā", "centre_where@eleja")
    await line.hears("kur ir kac elejā")
    assert await line.hears("un pēc pusdienām?") == ["centre.hours_unknown"]


async def test_after_half_an_hour_the_thread_is_lost(line: Line) -> None:
    await after(line, "kur deklarēties", DECLARE)
    line.clock.forward(minutes=31)
    assert await line.hears("Cik maksā?") == ["not_understood.first"]


async def test_once_more_repeats_the_last_answer(line: Line) -> None:
    assert await line.hears("vēlreiz") == ["intro.first", "repeat.nothing"]
    await after(line, "kur deklarēties", DECLARE)
    assert await line.hears("Atkārtojiet, lūdzu") == [DECLARE]
    await after(line, "cikos strādā kac elejā", "centre_hours@eleja")
    assert await line.hears("vēlreiz") == ["centre.hours_unknown"]


@pytest.mark.parametrize("words", ["Labi", "ok", "skaidrs!", "Sapratu"])
async def test_a_nod_after_an_answer_asks_nothing_back(line: Line, words: str) -> None:
    await after(line, "kur deklarēties", DECLARE)
    assert await line.hears(words) == ["thanks.noted"]
    assert await line.hears("Cik maksā?") == ["topic.residence-price"]


async def test_a_village_is_found_even_when_the_model_does_not_name_it(line: Line) -> None:
    await after(line, "kur ir kac", "centre_where")
    assert await line.hears("Elejas pagastā") == ["centre.where_unknown"]
    assert (await line.conversation()).state.place == "elejas-pagasts"


# ---- choices


async def choices(line: Line) -> None:
    line.nlu.teach("rēķins", f"{PAY}|{DUE}")
    assert (await line.hears("rēķins"))[-1] == "clarify.choices"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("2", DUE),
        ("otro", DUE),
        ("to pirmo, lūdzu", PAY),
        ("laikam otrais", DUE),
        ("nr. 1", PAY),
        ("jā", "clarify.which"),
        ("labi", "clarify.which"),
        ("nē", "handoff.opened_not_understood"),
        ("neviens no šiem", "handoff.opened_not_understood"),
    ],
)
async def test_choices_are_made_in_words(line: Line, words: str, answer: str) -> None:
    await choices(line)
    assert await line.hears(words) == [answer]


async def test_yes_to_several_choices_asks_which_and_then_a_number_chooses(line: Line) -> None:
    await choices(line)
    await line.hears("jā")
    assert await line.hears("2") == [DUE]


async def test_a_number_that_was_not_offered_asks_which(line: Line) -> None:
    await choices(line)
    assert await line.hears("7") == ["clarify.which"]
    assert await line.hears("1") == [PAY]


async def test_yes_to_a_single_choice_takes_it(line: Line) -> None:
    line.nlu.teach("rēķins", f"{PAY}|greet")
    await line.hears("rēķins")
    assert await line.hears("Jā!") == [PAY]


# ---- corrections


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("nē, es domāju pa telefonu", "topic.meters-phone"),
        ("un ar sms?", "topic.meters-sms"),
        ("un klātienē?", "followup.unknown"),
    ],
)
async def test_a_way_to_do_it_leans_on_what_was_told(line: Line, words: str, told: str) -> None:
    line.nlu.teach("nodot rādījumu", "topic.meters-how")
    await line.hears("nodot rādījumu")
    assert await line.hears(words) == [told]


async def test_after_asking_back_the_topic_before_is_over(line: Line) -> None:
    line.nlu.teach("kad ved atkritumus", "topic.waste-calendar")
    line.nlu.teach("skaitītājs", "topic.meters-how|topic.meters-broken")
    await line.hears("kad ved atkritumus")
    assert await line.hears("skaitītājs") == ["clarify.choices"]
    assert "topic.waste-cleanr" not in await line.hears("nē, es domāju pa telefonu")


@pytest.mark.parametrize(
    "words",
    [
        "nē, es domāju skaitītāju",
        "Nee es domaju skaitītāju",
        "nē, nē, es gribēju zināt par skaitītāju",
        "domāju skaitītāju",
        "nē, skaitītāju",
        "nē, bet skaitītāju",
    ],
)
async def test_a_correction_is_understood_by_what_is_meant(line: Line, words: str) -> None:
    await after(line, "kur maksāt", PAY)
    line.nlu.teach("skaitītāju", METERS)
    assert await line.hears(words) == [METERS]


async def test_what_was_refused_is_not_said_again(line: Line) -> None:
    await after(line, "kur maksāt", PAY)
    line.nlu.teach("rēķinu", f"{PAY}|{DUE}")
    assert await line.hears("nē, es domāju rēķinu") == ["clarify.choices"]
    assert PAY not in [choice.id for choice in (await line.conversation()).state.offered]
    line.nlu.teach("kvīti", PAY)
    await after(line, "kur maksāt", PAY)
    assert await line.hears("nē, es domāju kvīti") == ["not_understood.first"]


async def test_no_after_an_answer_asks_what_then(line: Line) -> None:
    await after(line, "kur maksāt", PAY)
    assert await line.hears("nē") == ["affirm.nothing"]


async def test_a_plain_no_takes_nothing_back(line: Line) -> None:
    await after(line, "kur maksāt", PAY)
    line.nlu.teach("nē, tas man nepalīdz", "complaint")
    assert await line.hears("nē, tas man nepalīdz") == ["handoff.opened_unhappy"]


# ---- a question in between


async def test_a_question_in_between_is_answered_and_the_open_one_asked_once_more(
    line: Line,
) -> None:
    line.nlu.teach("kur maksāt", PAY)
    await line.hears("dzēst manus datus")
    assert await line.hears("kur maksāt") == [PAY, "erase.confirm"]
    assert await line.hears("kur maksāt") == [PAY]
    assert await line.hears("jā") != ["erase.done"]


async def test_after_a_question_in_between_the_answer_still_counts(line: Line) -> None:
    line.nlu.teach("kur maksāt", PAY)
    await line.hears("dzēst manus datus")
    await line.hears("kur maksāt")
    assert await line.hears("nē") == ["erase.cancelled"]


async def test_choices_in_between_are_settled_first(line: Line) -> None:
    await line.hears("dzēst manus datus")
    await choices(line)
    assert await line.hears("otro") == [DUE, "erase.confirm"]
    assert await line.hears("nē") == ["erase.cancelled"]


async def test_a_yes_after_an_hour_erases_nothing(line: Line) -> None:
    await line.hears("dzēst manus datus")
    line.clock.forward(hours=1)
    assert "erase.done" not in await line.hears("jā")


# ---- several questions


async def test_two_questions_are_both_answered(line: Line) -> None:
    line.nlu.teach("kur samaksāt rēķinu", PAY)
    line.nlu.teach("kad ved atkritumus", WASTE)
    line.nlu.teach("kur samaksāt rēķinu un kad ved atkritumus", f"{PAY}|{WASTE}")
    line.nlu.teach("kur samaksāt rēķinu kad ved atkritumus", f"{PAY}|{WASTE}")
    said = await line.hears("Kur samaksāt rēķinu un kad ved atkritumus?")
    assert said == ["intro.first", PAY, WASTE]
    assert await line.hears("Kur samaksāt rēķinu? Kad ved atkritumus?") == [PAY, WASTE]


async def test_a_place_of_the_first_question_holds_for_the_second(line: Line) -> None:
    line.nlu.teach("kur ir kac elejā", "centre_where@eleja")
    line.nlu.teach("cikos strādā", "centre_hours")
    line.nlu.teach("kur ir kac elejā un cikos strādā", "centre_where|centre_hours@eleja")
    said = await line.hears("Kur ir KAC Elejā un cikos strādā?")
    assert said == ["intro.first", "centre.where_unknown", "centre.hours_unknown"]


async def test_a_second_question_may_lean_on_the_first(line: Line) -> None:
    line.nlu.teach("kur deklarēt dzīvesvietu", DECLARE)
    line.nlu.teach("kur deklarēt dzīvesvietu un cik tas maksā", f"{DECLARE}|{PAY}")
    said = await line.hears("kur deklarēt dzīvesvietu un cik tas maksā?")
    assert said == ["intro.first", DECLARE, "topic.residence-price"]
    line.nlu.teach("kur ir kac vilcē", "centre_where@vilce")
    line.nlu.teach("kur ir kac vilcē un kāds tur tālrunis", "centre_where|centre_phone@vilce")
    said = await line.hears("Kur ir KAC Vilcē? Un kāds tur tālrunis?")
    assert said == ["centre.where_unknown", "centre.phone_unknown"]


async def test_two_things_to_do_are_both_answered(line: Line) -> None:
    line.nlu.teach("kur samaksāt rēķinu", PAY)
    line.nlu.teach("kur deklarēt dzīvesvietu", DECLARE)
    line.nlu.teach("kur samaksāt rēķinu un deklarēt dzīvesvietu", f"{PAY}|{DECLARE}")
    said = await line.hears("Kur samaksāt rēķinu un deklarēt dzīvesvietu?")
    assert said == ["intro.first", PAY, DECLARE]


async def test_an_errand_of_two_verbs_is_one_question(line: Line) -> None:
    line.nlu.teach("kur aizbraukt un samaksāt rēķinu", PAY)
    line.nlu.teach("kur samaksāt rēķinu", PAY)
    said = await line.hears("kur aizbraukt un samaksāt rēķinu")
    assert said == ["intro.first", PAY]


async def test_what_is_understood_as_a_whole_is_not_taken_apart(line: Line) -> None:
    line.nlu.teach("kur nopirkt maisus un cik tie maksā", "topic.waste-bags-where")
    line.nlu.teach("kur nopirkt maisus", "topic.waste-bags-where")
    said = await line.hears("kur nopirkt maisus un cik tie maksā")
    assert said == ["intro.first", "topic.waste-bags-where"]


async def test_a_second_question_that_is_not_understood_is_not_passed_over(line: Line) -> None:
    line.nlu.teach("kur samaksāt rēķinu", PAY)
    line.nlu.teach("kur samaksāt rēķinu kad bla blu", f"{PAY}|{DUE}")
    said = await line.hears("Kur samaksāt rēķinu? Kad bla blu?")
    assert said == ["intro.first", PAY, "several.rest"]


async def test_a_statement_beside_a_question_is_not_answered_for_itself(line: Line) -> None:
    line.nlu.teach("pensija man nāk divdesmitajā", "topic.municipality-pension")
    line.nlu.teach("kur samaksāt rēķinu", PAY)
    line.nlu.teach("pensija man nāk divdesmitajā kur samaksāt rēķinu", PAY)
    said = await line.hears("Pensija man nāk divdesmitajā. Kur samaksāt rēķinu?")
    assert said == ["intro.first", PAY]


async def test_one_more_call_of_the_model_only_where_there_may_be_two_questions(line: Line) -> None:
    await after(line, "kur samaksāt rēķinu un sodu", PAY)
    assert line.nlu.asked == ["kur samaksāt rēķinu un sodu"]


# ---- days


async def test_a_day_off_is_known_even_when_hours_are_not(line: Line) -> None:
    line.nlu.teach("vai kac elejā būs vaļā 24. decembrī", "centre_hours@eleja#--12-24")
    said = await line.hears("vai KAC Elejā būs vaļā 24. decembrī")
    assert said == ["intro.first", "day.holiday", "centre.hours_unknown"]


@pytest.mark.parametrize(
    ("day", "key"),
    [
        ("tomorrow", "day.weekend"),
        ("mon", "day.working"),
        ("next_tue", "day.working"),
        ("--11-18", "day.holiday"),
    ],
)
async def test_what_kind_of_day_it_is(line: Line, day: str, key: str) -> None:
    line.nlu.teach("vai strādā", f"centre_hours@eleja#{day}")
    assert key in await line.hears("vai strādā")


async def test_a_working_day_today_needs_no_word(line: Line) -> None:
    line.nlu.teach("vai šodien strādā", "centre_hours@eleja#today")
    assert await line.hears("vai šodien strādā") == ["intro.first", "centre.hours_unknown"]


async def test_a_feast_is_a_day_too(line: Line) -> None:
    line.nlu.teach("vai dome strādā ziemassvētkos", "topic.contacts-dome-hours")
    said = await line.hears("vai dome strādā Ziemassvētkos")
    assert said == ["intro.first", "day.holiday", "topic.contacts-dome-hours"]


async def test_a_bare_day_goes_on_about_hours(line: Line) -> None:
    await after(line, "cikos strādā kac elejā", "centre_hours@eleja")
    line.nlu.teach("un rīt", "out_of_scope#tomorrow")
    assert await line.hears("Un rīt?") == ["day.weekend", "centre.hours_unknown"]
    assert (await line.conversation()).state.place == "eleja"


async def test_a_place_that_is_asked_whether_it_works_is_asked_about_hours(line: Line) -> None:
    line.nlu.teach("vai kac vilcē strādā rīt", "centre_where@vilce#tomorrow")
    said = await line.hears("vai kac Vilcē strādā rīt")
    assert said == ["intro.first", "day.weekend", "centre.hours_unknown"]


# ---- other languages


async def test_a_russian_question_is_answered_under_a_russian_line(line: Line) -> None:
    line.nlu.teach("kur samaksāt ūdens rēķins", PAY)
    said = await line.hears("Где оплатить счёт за воду?")
    assert said == ["intro.first", "foreign.answer_ru", PAY]


async def test_an_english_question_is_answered_under_an_english_line(line: Line) -> None:
    line.nlu.teach("kur samaksāt mans ūdens rēķins", PAY)
    said = await line.hears("where can I pay my water bill?")
    assert said == ["intro.first", "foreign.answer_en", PAY]


async def test_russian_in_latin_letters_is_russian(line: Line) -> None:
    line.nlu.teach("kur samaksāt par ūdeni", PAY)
    assert await line.hears("gde zaplatit za vodu") == ["intro.first", "foreign.answer_ru", PAY]


async def test_what_is_not_understood_in_another_language_gets_a_person_in_it(line: Line) -> None:
    assert await line.hears("Почему небо голубое?") == ["intro.first", "foreign_language.frame"]
    said = await line.hears("Почему трава зелёная такая?")
    assert said == ["foreign.person_ru", "handoff.opened_not_understood"]


async def test_a_follow_up_works_in_russian_too(line: Line) -> None:
    await after(line, "kur deklarēties", DECLARE)
    assert await line.hears("сколько стоит?") == ["foreign.answer_ru", "topic.residence-price"]


async def test_danger_in_russian_has_its_numbers_in_russian(line: Line) -> None:
    said = await line.hears("пожар, горит дом")
    assert said == ["foreign.urgent_ru", "emergency.fire", "intro.first"]


async def test_a_press_for_a_person_is_told_in_the_language_of_the_talk(line: Line) -> None:
    line.nlu.teach("kur samaksāt ūdens rēķins", PAY)
    await line.hears("Где оплатить счёт за воду?")
    assert await line.presses("ask_person") == ["foreign.person_ru", "handoff.opened_asked"]


async def test_a_word_of_latvian_does_not_change_the_language_but_a_sentence_does(
    line: Line,
) -> None:
    await line.hears("where can I pay my water bill?")
    await line.hears("Eleja")
    assert (await line.conversation()).state.language is Language.ENGLISH
    await line.hears("labi, paldies par atbildi")
    assert (await line.conversation()).state.language is Language.LATVIAN


async def test_who_asks_for_a_person_in_russian_is_told_in_russian(line: Line) -> None:
    said = await line.hears("человек")
    assert said == ["intro.first", "foreign.person_ru", "handoff.opened_asked"]

"""What editors are told: every slip by its file, its line and the mend."""

import pytest

from bot.content import check, load
from domain.errors import ContentInvalid
from tests.content.conftest import Directory

TOPIC = "topics/bills/bills-pay-where.md"

SLIPS = {
    "a forgotten colon": (
        (TOPIC, "title: Kur", "title Kur"),
        "content/topics/bills/bills-pay-where.md:3: aiz lauka nosaukuma trūkst kola; rakstiet „lauks: vērtība”",
    ),
    "a tab": (
        ("centres.yml", "    name: Elejas", "\tname: Elejas"),
        "content/centres.yml:4: rindā ir tabulatora zīme; tās vietā lietojiet atstarpes",
    ),
    "a colon within a text": (
        (TOPIC, "title: Kur samaksāt", "title: Kur: samaksāt"),
        "content/topics/bills/bills-pay-where.md:3: šajā rindā ir lieks kols vai iepriekšējā rindā kola trūkst; "
        "tekstu, kurā ir kols, lieciet pēdiņās",
    ),
    "a colon within an example": (
        (TOPIC, "  - kā samaksāt rēķinu", "  - jautājums: kā samaksāt rēķinu"),
        "content/topics/bills/bills-pay-where.md:6: examples: tekstā ir kols, tāpēc visu tekstu lieciet pēdiņās: "
        '"jautājums: kā samaksāt rēķinu"',
    ),
    "an unfinished quotation": (
        (TOPIC, 'phone: "8848"', 'phone: "8848'),
        "content/topics/bills/bills-pay-where.md:22: teksts pēdiņās nav pabeigts; pielieciet otras pēdiņas",
    ),
    "a missing field": (
        (TOPIC, "valid_until: 2027-12-31\n", ""),
        "content/topics/bills/bills-pay-where.md:2: trūkst lauka „valid_until”; pievienojiet rindu „valid_until: …”",
    ),
    "a misspelt field": (
        (TOPIC, "source_note:", "sorce_note:"),
        "content/topics/bills/bills-pay-where.md:18: lauku „sorce_note” nepazīstam; vai domājāt „source_note”?",
    ),
    "a field twice": (
        (TOPIC, "queue: bills", "queue: bills\nqueue: general"),
        "content/topics/bills/bills-pay-where.md:26: lauks „queue” ierakstīts divreiz; atstājiet vienu",
    ),
    "a day that does not exist": (
        (TOPIC, "2027-12-31", "2027-02-31"),
        "content/topics/bills/bills-pay-where.md:21: valid_until: „2027-02-31” nav datums; "
        "rakstiet gads-mēnesis-diena, piemēram, 2027-12-31",
    ),
    "a date as people write it": (
        (TOPIC, "2027-12-31", "31.12.2027."),
        "content/topics/bills/bills-pay-where.md:21: valid_until: „31.12.2027.” nav datums; "
        "rakstiet gads-mēnesis-diena, piemēram, 2027-12-31",
    ),
    "a phone without quotation marks": (
        (TOPIC, 'phone: "8848"', "phone: 8848"),
        "content/topics/bills/bills-pay-where.md:22: phone: te vajag tekstu, bet ir skaitlis; "
        'lieciet pēdiņās: "8848"',
    ),
    "a phone of the wrong shape": (
        (TOPIC, '"8848"', '"630-222-38"'),
        "content/topics/bills/bills-pay-where.md:22: phone: „630-222-38” nav tālrunis, kādu šeit raksta: "
        "astoņi cipari bez atstarpēm (63022238), četri cipari (8848) vai trīs cipari (112)",
    ),
    "neither phone nor next step": (
        (TOPIC, 'phone: "8848"', "phone: null"),
        "content/topics/bills/bills-pay-where.md:2: ierakstiet vismaz vienu no abiem: phone (kam zvanīt) "
        "vai next_step (ko darīt tālāk)",
    ),
    "a choice that does not exist": (
        (TOPIC, "choices: []", "choices: [meters-how, bills-due-date]"),
        "content/topics/bills/bills-pay-where.md:24: choices: temata „bills-due-date” nav",
    ),
    "a choice of itself": (
        (TOPIC, "choices: []", "choices: [bills-pay-where]"),
        "content/topics/bills/bills-pay-where.md:24: choices: temats piedāvā pats sevi",
    ),
    "too many choices": (
        (TOPIC, "choices: []", "choices: [a, b, c, d]"),
        "content/topics/bills/bills-pay-where.md:24: choices: ierakstu ir par daudz (4); atļauti 3",
    ),
    "an id that is not the file's name": (
        (TOPIC, "id: bills-pay-where", "id: bills-pay"),
        "content/topics/bills/bills-pay-where.md:2: id „bills-pay” nesakrīt ar faila nosaukumu „bills-pay-where.md”",
    ),
    "an id with garumzīmes": (
        (TOPIC, "id: bills-pay-where", "id: rēķini"),
        "content/topics/bills/bills-pay-where.md:2: id: „rēķini” neder: id raksta ar mazajiem burtiem bez "
        "garumzīmēm, cipariem un domuzīmes vietā -, piemēram, bills-pay-where",
    ),
    "a title that is too long": (
        (TOPIC, "title: Kur samaksāt rēķinu", f"title: {'Kur ' * 20}samaksāt"),
        "content/topics/bills/bills-pay-where.md:3: title: teksts ir par garu (zīmju skaits: 88, atļauts: 60)",
    ),
    "too few examples": (
        ("topics/bills/few.md", "", ""),
        "content/topics/bills/few.md:4: examples: ierakstu ir par maz (2); vajag vismaz 10",
    ),
    "an unknown queue": (
        (TOPIC, "queue: bills", "queue: water"),
        "content/topics/bills/bills-pay-where.md:25: queue: rindas „water” nav failā queues.yml",
    ),
    "a link that is none": (
        (TOPIC, "https://www.jnku.lv/norekini/", "www.jnku.lv"),
        "content/topics/bills/bills-pay-where.md:17: source: „www.jnku.lv” nav saite; tai jāsākas ar https://",
    ),
    "a heading": (
        (TOPIC, "Rēķinu maksā", "# Maksāšana\n\nRēķinu maksā"),
        "content/topics/bills/bills-pay-where.md:27: virsraksti nav atļauti; sāciet ar parastu teikumu vai lietojiet "
        "**treknrakstu**",
    ),
    "a table": (
        (TOPIC, "Rēķinu maksā **bankā**.", "Cenas:\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
        "content/topics/bills/bills-pay-where.md:29: tabulas nav atļautas; lietojiet sarakstu ar - rindas sākumā",
    ),
    "an image": (
        (TOPIC, "**bankā**", "![banka](https://x.lv/b.png)"),
        "content/topics/bills/bills-pay-where.md:27: attēli nav atļauti; attēla vietā dodiet saiti: [teksts](https://…)",
    ),
    "HTML": (
        (TOPIC, "**bankā**", "<b>bankā</b>"),
        "content/topics/bills/bills-pay-where.md:27: HTML nav atļauts; zīmju < un > vietā lietojiet vārdus",
    ),
    "a list in a list": (
        (TOPIC, "Rēķinu maksā **bankā**.", "- bankā\n  - mobilajā"),
        "content/topics/bills/bills-pay-where.md:28: saraksts sarakstā nav atļauts; sāciet rindu bez atstarpēm",
    ),
    "a link that could do harm": (
        (TOPIC, "**bankā**", "[bankā](javascript:alert)"),
        "content/topics/bills/bills-pay-where.md:27: saitei „javascript:alert” jāsākas ar https://",
    ),
    "a placeholder in a topic": (
        (TOPIC, "**bankā**", "{phone}"),
        "content/topics/bills/bills-pay-where.md:27: tematā nelieto figūriekavas {…}; "
        "ierakstiet pašu vārdu vai skaitli",
    ),
    "an answer that is too long": (
        (TOPIC, "**bankā**", "bankā " * 200),
        "content/topics/bills/bills-pay-where.md:27: atbilde ir par garu (zīmju skaits: 1214, atļauts: 900)",
    ),
    "no front matter": (
        (TOPIC, "---\nid", "id"),
        "content/topics/bills/bills-pay-where.md:1: failam jāsākas ar rindu ---, tad lauki, tad vēlreiz rinda --- "
        "un pēc tās atbilde",
    ),
    "an unbalanced placeholder": (
        ("phrases.yml", "{answer_by:until}.", "{answer_by:until."),
        "content/phrases.yml:{line}: figūriekava { vai } ir lieka vai nav pārī; mainīgo raksta šādi: {phone}",
    ),
    "a parish that does not exist": (
        ("places.yml", "parish: elejas-pagasts", "parish: elejas"),
        "content/places.yml:10: parish: pagasta „elejas” nav",
    ),
    "a form of two places": (
        ("places.yml", "forms: [Jelgava]", "forms: [Jelgava, eleja]"),
        "content/places.yml:17: forma „eleja” jau pieder vietai „eleja”; atstājiet to tikai vienā",
    ),
    "hours the wrong way round": (
        ("centres.yml", '"08:30-17:00"', '"17:00-08:30"'),
        'content/centres.yml:12: tue: darba laiku raksta pēdiņās, no agrāka līdz vēlākam: "08:30-17:00"',
    ),
    "a group's topic that does not exist": (
        ("groups.yml", "[meters-how]", "[meters-how, meters-when]"),
        "content/groups.yml:6: temata „meters-when” nav",
    ),
    "a moved day that is no Saturday": (
        ("calendar.yml", "2027-05-15", "2027-05-14"),
        "content/calendar.yml:4: instead_of: 2027-05-14 nav sestdiena; pārbaudiet datumu",
    ),
    "a training whose registrations nobody takes": (
        ("trainings.yml", "signup: null\n    source: null", "signup: null\n    queue: nekur"),
        "content/trainings.yml:10: queue: rindas „nekur” nav failā queues.yml",
    ),
    "a training without its hour": (
        ("trainings.yml", "2027-02-20T10:00", "2027-02-20"),
        "content/trainings.yml:4: starts: datumu un laiku raksta šādi: 2027-02-10T10:00",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_named_with_file_line_and_mend(slip: str, directory: Directory) -> None:
    (name, old, new), expected = SLIPS[slip]
    if name.endswith("few.md"):
        directory.add("bills/few", title="Maz piemēru", word="maz")
        file = directory.path / name
        kept = [line for n, line in enumerate(file.read_text().splitlines(), 1) if not 7 <= n <= 16]
        file.write_text("\n".join(kept) + "\n")
    else:
        directory.edit(name, old, new)

    with pytest.raises(ContentInvalid) as refused:
        load(directory.path)

    broken = (directory.path / name).read_text(encoding="utf-8").splitlines()
    line = next((n for n, text in enumerate(broken, 1) if new and new in text), 0)
    assert [str(problem) for problem in refused.value.problems] == [
        expected.replace("{line}", str(line))
    ]


def test_all_slips_of_all_files_are_told_at_once(directory: Directory) -> None:
    directory.edit(TOPIC, 'phone: "8848"', "phone: 8848")
    directory.edit(TOPIC, "queue: bills", "kveue: bills")
    directory.edit("centres.yml", "postal_code: LV-3023", "postal_code: 3023")
    directory.edit("groups.yml", "title: Rēķini", "title:")

    with pytest.raises(ContentInvalid) as refused:
        load(directory.path)

    assert [(problem.file, problem.line) for problem in refused.value.problems] == [
        ("content/centres.yml", 9),
        ("content/groups.yml", 2),
        ("content/topics/bills/bills-pay-where.md", 2),
        ("content/topics/bills/bills-pay-where.md", 22),
        ("content/topics/bills/bills-pay-where.md", 25),
    ]


def test_a_missing_file_is_named(directory: Directory) -> None:
    (directory.path / "queues.yml").unlink()

    report = check(directory.path)

    assert [str(problem) for problem in report.problems] == [
        "content/queues.yml:1: faila nav; bez tā asistents nevar strādāt"
    ]


def test_a_file_that_is_not_utf8_is_named(directory: Directory) -> None:
    (directory.path / "queues.yml").write_bytes("queues: [ā]".encode("cp1257"))

    report = check(directory.path)

    assert [str(problem) for problem in report.problems] == [
        "content/queues.yml:1: failā ir zīmes nepareizā kodējumā; saglabājiet to kā UTF-8"
    ]


def test_the_same_id_in_two_groups_is_refused(directory: Directory) -> None:
    directory.add("meters/bills-pay-where", title="Otrs tāds pats", word="dublēt")

    report = check(directory.path)

    assert [str(problem) for problem in report.problems] == [
        "content/topics/meters/bills-pay-where.md:2: temats „bills-pay-where” jau ir failā "
        "content/topics/bills/bills-pay-where.md"
    ]


def test_a_phrase_that_the_code_needs_may_not_go(directory: Directory) -> None:
    directory.edit("phrases.yml", "  goodbye.bye:", "  goodbye.by:")

    report = check(directory.path)

    assert [problem.message for problem in report.problems] == [
        "phrases: trūkst ieraksta „goodbye.bye”; asistentam tas vajadzīgs",
        "phrases: ierakstu „goodbye.by” neviens nelieto; izdzēsiet to",
    ]


def test_a_placeholder_that_no_answer_fills_is_refused(directory: Directory) -> None:
    directory.edit("phrases.yml", "numurs: **{number}**", "numurs: **{numurs}**")

    report = check(directory.path)

    assert [problem.message for problem in report.problems] == [
        "handoff.opened_asked: mainīgo {numurs} šeit nepazīstam; "
        "atļauts: {answer_by}, {assistant}, {number}, {phone}, {privacy_url}"
    ]


def test_an_unknown_form_of_a_placeholder_is_refused(directory: Directory) -> None:
    directory.edit("phrases.yml", "{answer_by:until}.", "{answer_by:lidz}.")

    report = check(directory.path)

    assert [problem.message for problem in report.problems] == [
        "handoff.opened_asked: aiz kola nepazīstams veids „lidz”; "
        "atļauts: phone, day, moment, until, until_ru, until_en, full, since, time"
    ]


def test_a_word_may_not_be_two_commands(directory: Directory) -> None:
    directory.edit("phrases.yml", "    - operators\n", "    - operators\n    - Palīdzība!\n")

    report = check(directory.path)

    assert [problem.message for problem in report.problems] == [
        "commands: „Palīdzība!” jau pieder pie „help”"
    ]


@pytest.mark.parametrize("danger", ["gas", "despair", "fire", "pipe"])
def test_a_danger_that_lost_its_sure_signs_is_named(danger: str, directory: Directory) -> None:
    file = directory.path / "urgent.yml"
    lines = file.read_text(encoding="utf-8").splitlines()
    start = lines.index(f"{danger}:")
    end = next(n for n in range(start + 2, len(lines)) if not lines[n].startswith("    "))
    file.write_text("\n".join((*lines[: start + 1], *lines[end:])) + "\n", encoding="utf-8")

    assert [str(problem) for problem in check(directory.path).problems] == [
        f"content/urgent.yml:{start + 1}: {danger}: bez drošām pazīmēm šo nelaimi nepazīs; ierakstiet vismaz vienu "
        "pazīmi laukā words (vai laukā alone, ja pazīmes der tikai tad, kad ziņā nav nekā cita)"
    ]


def test_a_danger_that_was_taken_out_is_named(directory: Directory) -> None:
    file = directory.path / "urgent.yml"
    text = file.read_text(encoding="utf-8")
    gas, fire = text.index("\ngas:\n"), text.index("\nfire:\n")
    file.write_text(text[:gas] + text[fire:], encoding="utf-8")

    assert [str(problem) for problem in check(directory.path).problems] == [
        "content/urgent.yml:1: trūkst nelaimes „gas”; ierakstiet to ar tās pazīmēm laukā words"
    ]


def test_a_danger_may_be_known_by_lonely_signs_alone(directory: Directory) -> None:
    file = directory.path / "urgent.yml"
    text = file.read_text(encoding="utf-8")
    other = text.index("\nother:\n")
    alone = text.index("  alone:\n", other)
    file.write_text(text[: other + len("\nother:\n")] + text[alone:], encoding="utf-8")

    assert check(directory.path).problems == ()

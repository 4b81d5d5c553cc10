"""The editors' pages, form by form, without scripts."""

import re

import pytest

from bot.content import load
from bot.storage import audit
from bot.workshop import drafts
from bot.workshop.status import StatusFile, WatchState
from tests.desk.office import Person, Seen
from tests.workshop.newsroom import Newsroom

EXAMPLES = "\n".join(
    f"{verb} {what}"
    for verb in ("kur maksāt", "kā nokārtot", "man jāsamaksā")
    for what in ("sodu", "naudas sodu", "soda kvīti", "policijas sodu")
)
NEW_TOPIC = {
    "title": "Kur nomaksāt naudas sodu",
    "group": "bills",
    "queue": "bills",
    "body": "Sodu maksā bankā pēc rekvizītiem lēmumā.",
    "phone": "6302 2238",
    "next_step": "",
    "valid_until": "2027-12-31",
    "source": "",
    "examples": EXAMPLES,
}


async def _sends(person: Person, path: str, page: Seen, fields: dict[str, str]) -> Seen:
    return await person.post(path, {"csrf": page.hidden_field("csrf"), **fields})


async def _saves(person: Person, path: str, review: Seen, fields: dict[str, str]) -> Seen:
    return await _sends(person, path, review, {**fields, "seen": review.hidden_field("seen")})


@pytest.mark.parametrize(
    "path",
    [
        "/desk/content",
        "/desk/content/topics/bills-pay-where",
        "/desk/content/topics/bills-pay-where/edit",
        "/desk/content/questions",
        "/desk/content/new",
        "/desk/content/phone",
        "/desk/content/status",
    ],
)
async def test_only_editors_and_administrators_come_in(newsroom: Newsroom, path: str) -> None:
    async with (
        Person(newsroom.url) as stranger,
        await newsroom.editor("Anna Klerce", role="staff") as staff,
        await newsroom.editor("Ieva Redaktore") as editor,
        await newsroom.editor("Ada Administratore", role="admin") as admin,
    ):
        assert "/desk/login" in (await stranger.see(path)).path
        closed = await staff.see(path)
        assert (closed.status, "Šī lapa ir redaktoriem" in closed.words()) == (403, True)
        assert "Saturs" not in (await staff.see("/desk/")).words()
        assert (await editor.see(path)).status == 200
        assert (await admin.see(path)).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/desk/content/topics/bills-pay-where/edit",
        "/desk/content/questions/example",
        "/desk/content/questions/topic",
        "/desk/content/new",
        "/desk/content/phone",
    ],
)
async def test_staff_change_nothing_whatever_they_send(newsroom: Newsroom, path: str) -> None:
    async with await newsroom.editor("Anna Klerce", role="staff") as staff:
        page = await staff.see("/desk/")
        refused = await _sends(staff, path, page, {**NEW_TOPIC, "topic": "bills-pay-where"})
    assert refused.status == 403


async def test_the_list_shows_use_help_expiry_and_finds_by_any_word(newsroom: Newsroom) -> None:
    await newsroom.asked("a", said="topic.bills-pay-where", times=3)
    await newsroom.was_helped("bills-pay-where", yes=3, no=1)
    async with await newsroom.editor() as ieva:
        found = (await ieva.see("/desk/content?meklet=Bill.me+digital")).words()
        nothing = (await ieva.see("/desk/content?meklet=zebra")).words()
        expiring = await ieva.see("/desk/content?skats=termini")
        unknown_view = await ieva.see("/desk/content?skats=xyz")

    row = r"Kur samaksāt rēķinu par ūdeni bills-pay-where Rēķini 3 – 75 % \(no 4\)"
    assert re.search(row, found)
    assert "Nekas netika atrasts." in nothing
    assert "expiry-late" in expiring.text
    assert unknown_view.status == 200


async def test_a_topic_page_shows_three_phones_questions_and_remarks(newsroom: Newsroom) -> None:
    async with await newsroom.editor() as ieva:
        page = await ieva.see("/desk/content/topics/bills-pay-where")
        missing = await ieva.see("/desk/content/topics/nav-tada")

    words = page.words()
    for must in ("Telegram", "WhatsApp", "Tīmeklis", "kur var samaksāt ūdens rēķinu", "jnku.lv"):
        assert must in words
    assert missing.status == 404


async def test_a_changed_phone_number_is_seen_saved_and_said(newsroom: Newsroom) -> None:
    path = "/desk/content/topics/bills-pay-where/edit"
    async with await newsroom.editor() as ieva:
        page = await ieva.see(path)
        topic = newsroom.live_content.current().topic("bills-pay-where")
        fields = {
            "title": topic.title,
            "body": topic.body.replace("\n", "\r\n"),
            "examples": "\r\n".join(topic.examples),
            "phone": "6302 2238",
            "next_step": "",
            "valid_until": topic.valid_until.isoformat(),
            "source": topic.source or "",
        }
        review = await _sends(ieva, path, page, fields)
        assert "izņemts: -phone: &#34;8848&#34;" in re.sub(r"<[^>]+>", "", review.text)
        assert 'phone: "8848"' in newsroom_file(newsroom)  # nothing is written yet
        saved = await _saves(ieva, path, review, fields)
        await newsroom.take_over()
        shown = await ieva.see("/desk/content/topics/bills-pay-where")

    assert "Saglabāts" in saved.words()
    assert "Zvaniet 63022238" in shown.words()


def newsroom_file(newsroom: Newsroom) -> str:
    file = newsroom.directory / "topics" / "bills" / "bills-pay-where.md"
    return file.read_text(encoding="utf-8")


async def test_a_number_changes_in_every_topic_at_once(newsroom: Newsroom) -> None:
    fields = {"old": "8848", "new": "6302 2239"}
    before = _naming(newsroom, "8848")
    async with await newsroom.editor() as ieva:
        page = await ieva.see("/desk/content/phone?vecais=8848")
        assert 'value="8848"' in page.text
        review = await _sends(ieva, "/desk/content/phone", page, fields)
        assert f"Mainīsies temati: {before}." in review.words()
        saved = await _saves(ieva, "/desk/content/phone", review, fields)
        unknown = await _sends(ieva, "/desk/content/phone", page, {**fields, "old": "29999999"})
        half = await _sends(ieva, "/desk/content/phone", page, {**fields, "new": "63"})

    assert f"Saglabāts, temati: {before}" in saved.words()
    assert (_naming(newsroom, "8848"), _naming(newsroom, "63022239")) == (0, before)
    assert "Numura 29999999 nevienā tematā nav." in unknown.words()
    assert half.status == 422
    await newsroom.take_over()


def _naming(newsroom: Newsroom, phone: str) -> int:
    """How many topics tell residents this number."""
    topics = load(newsroom.directory).topics.values()
    told = [f"{topic.phone} {topic.next_step} {topic.body}" for topic in topics]
    return sum(bool(re.search(rf"(?<![\d/.=-]){phone}(?!\d)", text)) for text in told)


async def test_a_question_becomes_an_example_with_two_clicks(newsroom: Newsroom) -> None:
    await newsroom.asked("kur udeni nomaksat ar karti", times=2)
    async with await newsroom.editor() as ieva:
        page = await ieva.see("/desk/content/questions")
        assert "Kur samaksāt rēķinu par ūdeni" in page.words()
        fields = {"topic": "bills-pay-where", "example": "kur udeni nomaksat ar karti\n"}
        review = await _sends(ieva, "/desk/content/questions/example", page, fields)
        await _saves(ieva, "/desk/content/questions/example", review, fields)
        await newsroom.take_over()
        after = await ieva.see("/desk/content/questions")

    assert "  - kur udeni nomaksat ar karti\n" in newsroom_file(newsroom)
    assert "Nesaprastu jautājumu nav" in after.words()
    assert await _changes_in_the_log(newsroom) == ["bills-pay-where"]


async def _changes_in_the_log(newsroom: Newsroom) -> list[str]:
    async with newsroom.database.reading() as connection:
        entries = await audit.read(connection, audit.Wanted(events=("content.",)), limit=500)
    assert {(entry.event, entry.who) for entry in entries} <= {
        ("content.changed", "Ieva Redaktore")
    }
    return [entry.detail for entry in entries]


async def test_an_example_that_another_topic_nearly_has_is_told_before_saving(
    newsroom: Newsroom,
) -> None:
    path = "/desk/content/questions/example"
    twin = newsroom.live_content.current().topic("waste-tyres").examples[0]
    fields = {"topic": "bills-pay-where", "example": f"{twin}\nmaksāt"}
    async with await newsroom.editor() as ieva:
        page = await ieva.see("/desk/content/questions")
        review = await _sends(ieva, path, page, fields)
        harmless = await _sends(ieva, path, page, {**fields, "example": "maksāšanas vieta kur"})
        assert "vispirms apskatiet" not in harmless.words()
        saved = await _saves(ieva, path, review, fields)

    told = f"jautājums „{twin}” ir gandrīz tāds pats kā „{twin}” tematā „bills-pay-where”"
    assert "Saglabāt var, bet vispirms apskatiet" in review.words()
    assert told in review.words()
    assert "Saglabāts" in saved.words()


async def test_counts_of_views_are_those_of_what_was_looked_for(newsroom: Newsroom) -> None:
    async with await newsroom.editor() as ieva:
        words = (await ieva.see("/desk/content?meklet=zebra")).words()
    assert "Visi temati 0 Termiņš beidzas 0 Ar piezīmēm 0 Nelietoti 0" in words


async def test_a_question_with_a_phone_number_must_be_cleaned_first(newsroom: Newsroom) -> None:
    async with await newsroom.editor() as ieva:
        page = await ieva.see("/desk/content/questions")
        fields = {"topic": "bills-pay-where", "example": "zvaniet Annai 29123456 par ūdeni"}
        refused = await _sends(ieva, "/desk/content/questions/example", page, fields)

    assert refused.status == 422
    assert "Izdzēsiet to no piemēra" in refused.words()
    assert "zvaniet Annai 29123456 par ūdeni" in refused.text


async def test_questions_become_a_new_topic(newsroom: Newsroom) -> None:
    async with await newsroom.editor() as ieva:
        questions = await ieva.see("/desk/content/questions")
        assert "?jautajums=" not in questions.text
        fields = {"example": "kur maksāt sodu\nsods\n"}
        page = await _sends(ieva, "/desk/content/questions/topic", questions, fields)
        assert "kur maksāt sodu\nsods" in page.text
        few = await _sends(ieva, "/desk/content/new", page, {**NEW_TOPIC, "examples": "sods"})
        assert (few.status, "pašlaik ir 1" in few.words()) == (422, True)
        review = await _sends(ieva, "/desk/content/new", page, NEW_TOPIC)
        assert "Jauns fails: content/topics/bills/kur-nomaksat-naudas-sodu.md" in review.words()
        await _saves(ieva, "/desk/content/new", review, NEW_TOPIC)
        await newsroom.take_over()
        shown = await ieva.see("/desk/content/topics/kur-nomaksat-naudas-sodu")

    assert "Sodu maksā bankā pēc rekvizītiem lēmumā." in shown.words()


async def test_what_the_check_refuses_cannot_be_saved(newsroom: Newsroom) -> None:
    fields = {**NEW_TOPIC, "body": "# Virsraksts\n\nTeksts."}
    async with await newsroom.editor() as ieva:
        page = await ieva.see("/desk/content/new")
        review = await _sends(ieva, "/desk/content/new", page, fields)

    assert review.status == 422
    assert "virsraksti nav atļauti" in review.words()
    assert 'name="seen"' not in review.text


async def test_a_file_that_changed_after_the_review_is_shown_again(newsroom: Newsroom) -> None:
    fields = {"topic": "bills-pay-where", "example": "kur maksā par krāna ūdeni"}
    path = "/desk/content/questions/example"
    async with await newsroom.editor() as ieva:
        review = await _sends(ieva, path, await ieva.see("/desk/content/questions"), fields)
        file = newsroom.directory / "topics" / "bills" / "bills-pay-where.md"
        file.write_text(newsroom_file(newsroom).replace("8848", "63022238"), encoding="utf-8")
        again = await _saves(ieva, path, review, fields)

    assert "Kāds šo failu tikmēr mainīja" in again.words()
    assert "krāna" not in newsroom_file(newsroom)
    assert await _changes_in_the_log(newsroom) == []


async def test_a_form_of_another_session_only_shows_its_change(newsroom: Newsroom) -> None:
    fields = {"topic": "bills-pay-where", "example": "kur maksā par krāna ūdeni"}
    path = "/desk/content/questions/example"
    async with await newsroom.editor() as ieva:
        review = await _sends(ieva, path, await ieva.see("/desk/content/questions"), fields)
        seen = review.hidden_field("seen")
        shown = await ieva.post(path, {**fields, "seen": seen, "csrf": "another"})

    assert "Kas mainīsies" in shown.words()
    assert "krāna" not in newsroom_file(newsroom)


@pytest.mark.parametrize("topic", ["../../phrases", "..%2f..%2fphrases", "/etc/passwd", ""])
async def test_no_form_reaches_another_file(newsroom: Newsroom, topic: str) -> None:
    async with await newsroom.editor() as ieva:
        page = await ieva.see("/desk/content/questions")
        refused = await _sends(
            ieva,
            "/desk/content/questions/example",
            page,
            {"topic": topic, "example": "jautājums par ko citu"},
        )
        by_address = await ieva.see(f"/desk/content/topics/{topic}/edit")

    assert refused.status == 422
    assert by_address.status == 404


async def test_questions_are_shown_as_text_whatever_is_in_them(newsroom: Newsroom) -> None:
    await newsroom.asked("</textarea><script>alert(1)</script>")
    async with await newsroom.editor() as ieva:
        page = await ieva.see("/desk/content/questions")
    assert "<script>alert" not in page.text


async def test_the_watcher_tells_editors_what_became_worse(newsroom: Newsroom) -> None:
    StatusFile(newsroom.state_dir).write(
        WatchState.REFUSED,
        "Jaunais modelis ir sliktāks.",
        at=newsroom.clock.now(),
        details=("„kur maksāt” (par „Rēķini”): tagad nesaprot",),
    )
    async with await newsroom.editor() as ieva:
        words = (await ieva.see("/desk/content")).words()

    assert "12:00 Jaunais modelis ir sliktāks." in words
    assert "„kur maksāt” (par „Rēķini”): tagad nesaprot" in words
    assert "nedarbojas „zintis content watch”" in words


async def test_broken_files_are_told_on_the_list(newsroom: Newsroom) -> None:
    file = newsroom.directory / "topics" / "bills" / "bills-pay-where.md"
    broken = newsroom_file(newsroom).replace("queue: bills", "queue: x")
    file.write_text(broken, encoding="utf-8")
    line = broken.splitlines().index("queue: x") + 1
    async with await newsroom.editor() as ieva:
        words = (await ieva.see("/desk/content")).words()

    assert "asistents rāda pēdējo derīgo saturu" in words
    assert f"content/topics/bills/bills-pay-where.md:{line}: queue: rindas „x” nav failā" in words


async def _fields_of(newsroom: Newsroom, topic_id: str) -> dict[str, str]:
    topic = newsroom.live_content.current().topic(topic_id)
    return {
        "title": topic.title,
        "body": topic.body,
        "examples": "\n".join(topic.examples),
        "phone": topic.phone or "",
        "next_step": topic.next_step or "",
        "valid_until": topic.valid_until.isoformat(),
        "source": topic.source or "",
        "queue": topic.queue,
        "choices": " ".join(topic.choices),
        "owner": topic.owner or "",
    }


async def test_a_topic_gets_an_owner_a_queue_and_choices_at_the_desk(newsroom: Newsroom) -> None:
    path = "/desk/content/topics/bills-pay-where/edit"
    async with await newsroom.editor() as ieva:
        form = await ieva.see(path)
        fields = await _fields_of(newsroom, "bills-pay-where")
        same = await _sends(ieva, path, form, fields)
        assert "Nekas nav mainīts." in same.words()
        fields |= {
            "owner": "rekini@jelgavasnovads.lv",
            "queue": "general",
            "choices": "bills-due-date meters-how",
        }
        review = await _sends(ieva, path, form, fields)
        await _saves(ieva, path, review, fields)
        await newsroom.take_over()
        topic = newsroom.live_content.current().topic("bills-pay-where")
        assert (topic.owner, topic.queue, topic.choices) == (
            "rekini@jelgavasnovads.lv",
            "general",
            ("bills-due-date", "meters-how"),
        )
        owned = await ieva.see("/desk/content?kas=rekini%40jelgavasnovads.lv")
        queued = await ieva.see("/desk/content?kas=B%C5%ABvvalde+un+b%C5%ABvniec%C4%ABba")
        unknown = {**fields, "choices": "nav-tada"}
        refused = await _sends(ieva, path, form, unknown)
        cleared = {**fields, "owner": "", "choices": ""}
        review = await _sends(ieva, path, form, cleared)
        await _saves(ieva, path, review, cleared)

    assert owned.text.count('<th scope="row">') == 1
    assert "rekini@jelgavasnovads.lv" in owned.words()
    assert queued.text.count('<th scope="row">') > 1
    assert "bills-pay-where" not in queued.text.split("<tbody>")[1]
    assert (refused.status, "temata „nav-tada” nav" in refused.words()) == (422, True)
    assert "choices: []\n" in newsroom_file(newsroom)
    assert "owner: null\n" in newsroom_file(newsroom)


async def test_questions_become_a_draft_with_two_clicks_and_a_topic_when_it_is_answered(
    newsroom: Newsroom,
) -> None:
    await newsroom.asked("kur var izmest vecās riepas atkritumos", times=2)
    await newsroom.asked("kur izmest vecās riepas atkritumos, mans tālrunis 29123456")
    async with await newsroom.editor() as ieva:
        page = await ieva.see("/desk/content/questions")
        fields = {
            "example": "kur var izmest vecās riepas atkritumos\n"
            "kur izmest vecās riepas atkritumos, mans tālrunis 29123456\n"
        }
        review = await _sends(ieva, "/desk/content/questions/draft", page, fields)
        assert "Jauns fails: content/drafts/waste/" in review.words()
        kept = await _saves(ieva, "/desk/content/questions/draft", review, fields)
        [file] = (newsroom.directory / "drafts").glob("*/*.md")
        text = file.read_text(encoding="utf-8")
        assert "title: Kur var izmest vecās riepas atkritumos\n" in text
        assert "29123456" not in text
        assert "Ierakstiet šeit atbildi" in text
        await newsroom.take_over()
        assert file.stem not in newsroom.live_content.current().topics
        assert "Uzmetumi, kas gaida atbildi (1)" in kept.words()
        assert "riepas atkritumos” 2×" not in kept.words()
        remarks = [str(one) for one in drafts.waiting(newsroom.directory)]

        form = await ieva.see(f"/desk/content/new?uzmetums={file.stem}")
        assert "kur var izmest vecās riepas atkritumos</textarea>" in form.text
        assert "Ierakstiet šeit atbildi" not in form.text
        made = {**NEW_TOPIC, "group": "waste", "draft": form.hidden_field("draft")}
        review = await _sends(ieva, "/desk/content/new", form, made)
        assert file.exists()
        await _saves(ieva, "/desk/content/new", review, made)

    assert remarks == [
        f"content/drafts/waste/{file.name}:1: temata „Kur var izmest vecās riepas atkritumos” uzmetums "
        "gaida atbildi; pabeidziet to darba galdā vai izdzēsiet"
    ]
    assert not file.exists()
    assert (newsroom.directory / "topics/waste/kur-nomaksat-naudas-sodu.md").exists()


async def test_a_draft_that_nobody_wants_is_dropped_and_no_name_leads_elsewhere(
    newsroom: Newsroom,
) -> None:
    fields = {"example": "kur izmest vecās riepas atkritumos"}
    async with await newsroom.editor() as ieva:
        page = await ieva.see("/desk/content/questions")
        review = await _sends(ieva, "/desk/content/questions/draft", page, fields)
        await _saves(ieva, "/desk/content/questions/draft", review, fields)
        [file] = (newsroom.directory / "drafts").glob("*/*.md")
        for name in ("../topics/bills/bills-pay-where", "bills-pay-where", file.stem):
            await _sends(ieva, "/desk/content/drafts/drop", page, {"draft": name})
    assert not file.exists()
    assert newsroom_file(newsroom)


async def test_a_form_of_an_earlier_login_drops_no_draft(newsroom: Newsroom) -> None:
    fields = {"example": "kur izmest vecās riepas atkritumos"}
    async with await newsroom.editor() as ieva:
        page = await ieva.see("/desk/content/questions")
        review = await _sends(ieva, "/desk/content/questions/draft", page, fields)
        await _saves(ieva, "/desk/content/questions/draft", review, fields)
        [file] = (newsroom.directory / "drafts").glob("*/*.md")
        outdated = {"draft": file.stem, "csrf": "another"}
        page = await ieva.post("/desk/content/drafts/drop", outdated)

    assert (page.status, "nekas nav izdarīts" in page.words()) == (403, True)
    assert "Uzmetumi, kas gaida atbildi (1)" in page.words()
    assert file.exists()


@pytest.mark.parametrize("path", ["/desk/content/new", "/desk/content/topics/bills-pay-where/edit"])
async def test_every_form_asks_once_who_keeps_the_topic_right(
    newsroom: Newsroom, path: str
) -> None:
    async with await newsroom.editor() as ieva:
        page = await ieva.see(path)
    assert page.text.count('name="owner"') == 1
    assert "piemēram, bills-due-date" in page.words()


async def test_a_question_that_the_assistant_answers_by_itself_is_told_so(
    newsroom: Newsroom,
) -> None:
    await newsroom.asked("cikos strādā kac elejā šodien līdz cikiem")
    async with await newsroom.editor() as ieva:
        words = (await ieva.see("/desk/content/questions")).words()
    assert "Līdzīgs jautājums jau ir sarakstā „KAC darba laiks”" in words
    assert "nlu/data/centres.yml" in words

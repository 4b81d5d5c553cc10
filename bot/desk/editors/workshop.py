"""The routes under /desk/content, for editors and administrators."""

import asyncio
import hashlib
import os
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import structlog
from aiohttp import web

from bot.content import Content
from bot.content.catalogue import GENERAL
from bot.desk import words
from bot.desk.door import Action, Door, Form, Page, see_other
from bot.desk.editors import forms, topics
from bot.desk.editors.frames import frames
from bot.desk.editors.topics import Checked, View
from bot.desk.pages import render
from bot.desk.ticket import OUTDATED, Problem
from bot.storage import audit, proposals
from bot.storage.database import Database
from bot.storage.proposals import Proposal
from bot.storage.sessions import StoredSession
from bot.workshop.drafts import FOLDER as DRAFTS
from bot.workshop.drafts import drafts, find_draft
from bot.workshop.editing import Change, ChangeRefused, Editing, FileChanged, TopicForm
from bot.workshop.questions import closest_topics, likely_topics, unanswered
from bot.workshop.status import StatusFile
from domain.ports import Clock
from domain.working_hours import RIGA

log = structlog.get_logger()

EDITORS = frozenset({"editor", "admin"})
_ID = "{topic:[a-z0-9-]{1,64}}"
_PROPOSAL = re.compile(r"[0-9]{1,15}")
_MOST_GROUPS = 60


class EditorPages:
    """Topics, questions that were not understood, and changes of content files."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        content: Callable[[], Content],
        content_dir: Path,
        state_dir: Path,
    ) -> None:
        self._database = database
        self._clock = clock
        self._content = content
        self._directory = content_dir
        self._editing = Editing(content_dir)
        self._checked = Checked(content_dir)
        self._status = StatusFile(state_dir)

    def add_to(self, router: web.UrlDispatcher, door: Door) -> None:
        """Add the pages; each is for editors only."""
        for path, show in (
            ("/content", self.list_topics),
            (f"/content/topics/{_ID}", self.show_topic),
            (f"/content/topics/{_ID}/edit", self.edit_topic),
            ("/content/questions", self.list_questions),
            ("/content/new", self.new_topic),
            ("/content/phone", self.ask_phone),
            ("/content/status", self.show_status),
        ):
            router.add_get(path, door.page(_for_editors(show)))
        for path, act in (
            (f"/content/topics/{_ID}/edit", self.change_topic),
            ("/content/questions/example", self.add_example),
            ("/content/questions/topic", self.begin_topic),
            ("/content/questions/draft", self.draft_topic),
            ("/content/new", self.make_topic),
            ("/content/phone", self.replace_phone),
        ):
            action = _editors_act(act)
            router.add_post(path, door.form(action, outdated=_as_review(action)))
        for path, act in (
            ("/content/questions/decline", self.decline_proposal),
            ("/content/drafts/drop", self.drop_draft),
        ):
            outdated = _editors_act(self._outdated)
            router.add_post(path, door.form(_editors_act(act), outdated=outdated))

    # ---- pages

    async def list_topics(self, request: web.Request, session: StoredSession) -> web.Response:
        """All topics with their numbers."""
        now = self._clock.now()
        view = _view(request)
        wanted = request.query.get("meklet", "")[:100]
        report = await self._checked.report(now)
        numbers = await topics.read_numbers(self._database, now=now)
        every = topics.rows(self._content(), numbers, report, now=now)
        keeper = request.query.get("kas", "")[:100]
        counts = {one: len(topics.chosen(every, one, wanted, keeper=keeper)) for one in View}
        return self._page(
            session,
            "editor_topics.html",
            rows=topics.chosen(every, view, wanted, keeper=keeper),
            keeper=keeper,
            keepers=topics.keepers(every),
            view=view,
            views=[(one, topics.VIEW_TITLES[one], counts[one]) for one in View],
            words=wanted,
            problems=report.problems,
            done=request.query.get("done", ""),
            files=request.query.get("files", "1"),
        )

    async def show_topic(self, request: web.Request, session: StoredSession) -> web.Response:
        """One topic: how it looks, what people ask, what the check says."""
        topic_id, content, now = request.match_info["topic"], self._content(), self._clock.now()
        if not content.has_topic(topic_id):
            raise web.HTTPNotFound
        numbers = await topics.read_numbers(self._database, now=now)
        report = await self._checked.report(now)
        remarks = {topic_id: topics.remarks_on(report, topic_id)}
        return self._page(
            session,
            "editor_topic.html",
            row=topics.row(content.topic(topic_id), content, numbers, remarks, now=now),
            frames=frames(content, topic_id, now=now),
            done=request.query.get("done", ""),
        )

    async def edit_topic(self, request: web.Request, session: StoredSession) -> web.Response:
        """The form of one topic."""
        topic_id, content = request.match_info["topic"], self._content()
        if not content.has_topic(topic_id):
            raise web.HTTPNotFound
        return self._form_page(session, forms.topic_form(content.topic(topic_id)), topic_id)

    async def new_topic(self, request: web.Request, session: StoredSession) -> web.Response:
        """The form of a new topic: empty, begun with what staff proposed, or a draft to be finished."""
        draft = find_draft(self._directory, request.query.get("uzmetums", ""))
        if draft is not None:
            today = self._clock.now().astimezone(RIGA).date()
            return self._form_page(session, forms.draft_form(draft, today), "", draft=draft.name)
        proposal = _id_of(request.query.get("ieteikums", ""))
        async with self._database.reading() as connection:
            found = await proposals.find(connection, proposal)
        if found is None:
            return self._new_form(session, ())
        return self._new_form(session, (" ".join(found.question.split()),), proposal=found)

    async def list_questions(self, request: web.Request, session: StoredSession) -> web.Response:
        """What was not understood in the last 30 days, alike together."""
        return await self._questions_page(session, done=request.query.get("done", ""))

    async def _questions_page(
        self, session: StoredSession, *, done: str = "", problem: Problem | None = None
    ) -> web.Response:
        now, content = self._clock.now(), self._content()
        async with self._database.reading() as connection:
            begun = await asyncio.to_thread(drafts, self._directory)
            drafted = [example for draft in begun for example in draft.examples]
            groups = await unanswered(connection, content, now=now, drafted=drafted)
            proposed = await proposals.waiting(connection)
        alike = closest_topics([one.question for one in proposed], content)
        return self._page(
            session,
            "editor_questions.html",
            status=problem.status if problem else 200,
            problem=problem.words if problem else "",
            groups=groups[:_MOST_GROUPS],
            proposed=[
                (one, words.moment(one.at, now), near)
                for one, near in zip(proposed, alike, strict=True)
            ],
            drafts=begun,
            group_titles={group.id: group.title for group in content.topic_groups.values()},
            cut=max(0, len(groups) - _MOST_GROUPS),
            titles=_titles(content),
            done=done,
        )

    async def ask_phone(self, request: web.Request, session: StoredSession) -> web.Response:
        """The form for a number that changed everywhere."""
        return self._phone_page(session, {"old": request.query.get("vecais", "")[:20]})

    async def show_status(self, request: web.Request, session: StoredSession) -> web.Response:
        """What the watcher does, for the page to bring itself up to date."""
        return render("editor_status.html", status=200, **self._watch())

    # ---- changes

    async def begin_topic(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """The form of a new topic, begun with residents' questions: posted, so that no log keeps their words."""
        asked = [line[:300] for line in form.get("example", "").split("\n") if line.strip()]
        return self._new_form(session, tuple(asked[:30]))

    async def change_topic(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """Show what a change would do, or make it."""
        topic_id, wished = request.match_info["topic"], forms.read_topic_form(form)
        try:
            today = self._clock.now().astimezone(RIGA).date()
            change = self._editing.change_topic(topic_id, wished, today=today)
            return await self._go_on(session, form, change, topic_id=topic_id)
        except ChangeRefused as refused:
            return self._form_page(session, wished, topic_id, problem=str(refused))

    async def make_topic(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """Show what a new topic would be, or make it."""
        wished = forms.read_topic_form(form)
        try:
            change = self._editing.new_topic(wished)
            made = await self._go_on(session, form, change, topic_id=change.path.stem)
        except ChangeRefused as refused:
            proposal = _id_of(form.get("proposal", ""))
            return self._form_page(
                session,
                wished,
                "",
                problem=str(refused),
                proposal=proposal,
                draft=form.get("draft", ""),
            )
        if made.status == HTTPStatus.SEE_OTHER:
            await self._decide(session, form, used=True)
            await asyncio.to_thread(self._editing.drop_draft, form.get("draft", ""))
        return made

    async def draft_topic(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """Show the draft of a topic that alike questions would make, or keep it: its answer is written later."""
        asked = [line for line in form.get("example", "").split("\n") if line.strip()]
        content, today = self._content(), self._clock.now().astimezone(RIGA).date()
        near = likely_topics(asked[0], content) if asked else []
        group = near[0].group if near else next(iter(content.topic_groups), "")
        queue = near[0].queue if near else ""
        try:
            change = self._editing.draft_topic(asked, group=group, queue=queue, today=today)
            return await self._go_on(session, form, change, topic_id=change.path.stem)
        except ChangeRefused as refused:
            return self._example_page(session, form, problem=str(refused))

    async def drop_draft(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """Nobody wants this draft any more."""
        draft = find_draft(self._directory, form.get("draft", ""))
        if draft is not None:
            async with self._database.unit_of_work() as work:
                await audit.append(
                    work.connection,
                    "content.changed",
                    at=self._clock.now(),
                    by=session.agent,
                    detail=draft.name,
                )
                await asyncio.to_thread(self._editing.drop_draft, draft.name)
                await work.commit()
        return see_other("/desk/content/questions")

    async def decline_proposal(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """What an agent proposed will not become a topic."""
        await self._decide(session, form, used=False)
        return see_other("/desk/content/questions")

    async def _outdated(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.Response:
        """These two act without a review, so a form of an earlier session only shows the page anew."""
        return await self._questions_page(session, problem=OUTDATED)

    async def _decide(self, session: StoredSession, form: Form, *, used: bool) -> None:
        proposal, now = _id_of(form.get("proposal", "")), self._clock.now()
        async with self._database.unit_of_work() as work:
            await proposals.decide(work.connection, proposal, used=used, by=session.agent, at=now)
            await work.commit()

    async def add_example(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """Show what another example would do, or add it."""
        topic_id, asked = form.get("topic", ""), form.get("example", "").split("\n")
        try:
            change = self._editing.add_examples(topic_id, [one for one in asked if one.strip()])
            return await self._go_on(session, form, change, topic_id=topic_id)
        except ChangeRefused as refused:
            return self._example_page(session, form, problem=str(refused))

    async def replace_phone(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """Show what another number would change in all topics, or change it."""
        old, new = form.get("old", ""), form.get("new", "")
        try:
            changes = await asyncio.to_thread(self._editing.replace_phone, old, new)
            return await self._go_on(session, form, *changes, topic_id=changes[0].path.stem)
        except ChangeRefused as refused:
            return self._phone_page(session, form, problem=str(refused))

    async def _go_on(
        self, session: StoredSession, form: Form, *changes: Change, topic_id: str
    ) -> web.StreamResponse:
        """Write changes that were seen as they are; show those that were not, or have become others."""
        if form.get("seen") == _mark(changes):
            await self._apply(session, changes)
            log.info("content.edited", agent=session.agent, files=len(changes))
            if changes[0].path.parent.parent.name == DRAFTS:
                return see_other(f"/desk/content/questions?done={topic_id}")
            return see_other(f"/desk/content?done={topic_id}&files={len(changes)}")
        problem = str(FileChanged()) if form.get("seen") else ""
        return await self._review(session, form, changes, topic_id=topic_id, problem=problem)

    async def _apply(self, session: StoredSession, changes: Sequence[Change]) -> None:
        """Write files and audit log together: what is refused on the way leaves neither."""
        async with self._database.unit_of_work() as work:
            for change in changes:
                await audit.append(
                    work.connection,
                    "content.changed",
                    at=self._clock.now(),
                    by=session.agent,
                    detail=change.path.stem,
                )
            await asyncio.to_thread(self._editing.apply, *changes)
            await work.commit()

    async def _review(
        self,
        session: StoredSession,
        form: Form,
        changes: Sequence[Change],
        *,
        topic_id: str,
        problem: str,
    ) -> web.Response:
        tried = await asyncio.to_thread(self._editing.tried, *changes)
        doubts = await asyncio.to_thread(self._editing.doubts, tried, *changes)
        found = tried.content
        served = found is not None and found.has_topic(topic_id)
        shown = frames(found, topic_id, now=self._clock.now()) if found and served else []
        return self._page(
            session,
            "editor_review.html",
            status=422 if tried.problems else 200,
            changes=[(c, [(_tone(line), line) for line in c.diff()]) for c in changes],
            elsewhere=self._editing.elsewhere(form["old"]) if "old" in form else [],
            problems=tried.problems,
            doubts=doubts,
            problem=problem,
            frames=shown,
            seen=_mark(changes),
            fields={k: v for k, v in form.items() if k not in ("csrf", "seen")},
        )

    # ---- the frame around all

    def _new_form(
        self, session: StoredSession, asked: tuple[str, ...], *, proposal: Proposal | None = None
    ) -> web.Response:
        today = self._clock.now().astimezone(RIGA).date()
        form = forms.empty_form(asked, today, body=proposal.answer if proposal else "")
        return self._form_page(session, form, "", proposal=proposal.id if proposal else 0)

    def _form_page(
        self,
        session: StoredSession,
        form: TopicForm,
        topic_id: str,
        *,
        problem: str = "",
        proposal: int = 0,
        draft: str = "",
    ) -> web.Response:
        content = self._content()
        return self._page(
            session,
            "editor_form.html",
            status=422 if problem else 200,
            form=form,
            topic_id=topic_id,
            problem=problem,
            proposal=proposal,
            draft=draft,
            titles=_titles(content),
            groups=[(group.id, group.title) for group in content.topic_groups.values()],
            queues=list(content.queues.items()),
            general=GENERAL,
        )

    def _phone_page(self, session: StoredSession, form: Form, *, problem: str = "") -> web.Response:
        return self._page(
            session,
            "editor_phone.html",
            status=422 if problem else 200,
            old=form.get("old", ""),
            new=form.get("new", ""),
            problem=problem,
        )

    def _example_page(self, session: StoredSession, form: Form, *, problem: str) -> web.Response:
        return self._page(
            session,
            "editor_example.html",
            status=422,
            topic=form.get("topic", ""),
            example=form.get("example", ""),
            problem=problem,
            titles=_titles(self._content()),
        )

    def _page(
        self, session: StoredSession, template: str, *, status: int = 200, **values: object
    ) -> web.Response:
        writable = os.access(self._directory / "topics", os.W_OK)
        return render(
            template,
            status=status,
            session=session,
            writable=writable,
            **self._watch(),
            **values,
        )

    def _watch(self) -> dict[str, object]:
        told = self._status.read()
        return {
            "watch": told,
            "watched": self._status.is_watched(),
            "watch_time": f"{datetime.fromisoformat(told.at).astimezone(RIGA):%H:%M}"
            if told
            else "",
        }


def _for_editors(show: Page) -> Page:
    async def handle(request: web.Request, session: StoredSession) -> web.StreamResponse:
        if session.role not in EDITORS:
            return _closed(session)
        return await show(request, session)

    return handle


def _editors_act(act: Action) -> Action:
    async def handle(
        request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        if session.role not in EDITORS:
            return _closed(session)
        return await act(request, session, form)

    return handle


def _as_review(act: Action) -> Action:
    """A form of an earlier session changes nothing: what it would do is shown once more."""

    async def handle(
        request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        return await act(request, session, {k: v for k, v in form.items() if k != "seen"})

    return handle


def _closed(session: StoredSession) -> web.Response:
    return render(
        "error.html",
        status=403,
        session=session,
        title="Šī lapa ir redaktoriem",
        text="Ja Jums jālabo atbildes, lūdziet administratoram redaktora tiesības.",
    )


def _view(request: web.Request) -> View:
    try:
        return View(request.query.get("skats", View.ALL))
    except ValueError:
        return View.ALL


def _id_of(text: str) -> int:
    """The id of a proposal in an address or a form; 0, which none has, for anything else."""
    return int(text) if _PROPOSAL.fullmatch(text) else 0


def _titles(content: Content) -> list[tuple[str, str]]:
    found = [(topic.id, topic.title) for topic in content.topics.values()]
    return sorted(found, key=lambda pair: pair[1])


def _mark(changes: Sequence[Change]) -> str:
    """What tells that changes are the ones that were seen."""
    parts = [part for c in changes for part in (c.name, c.before or "", c.after)]
    whole = "\x00".join(parts)
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def _tone(line: str) -> str:
    return {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "same")

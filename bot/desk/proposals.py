"""An agent proposes a topic from an answer: they see and mend both texts before editors do."""

import structlog
from aiohttp import web

from bot.desk.door import Form
from bot.desk.pages import render
from bot.desk.ticket import LONGEST_ANSWER, number_of, once
from bot.storage import proposals
from bot.storage import tickets as stored
from bot.storage.database import Database
from bot.storage.proposals import Answered
from bot.storage.sessions import StoredSession
from domain.masking import mask
from domain.ports import Clock

log = structlog.get_logger()

ROUTE = "/tickets/{number:[0-9]{1,15}}/ieteikt/{message:[0-9]{1,15}}"
LONGEST_QUESTION = 300
_EMPTY = "Vajag abus: jautājumu un atbildi."
_OUTDATED = "Lapa bija novecojusi, tāpēc nekas nav nosūtīts. Pārbaudiet un nosūtiet vēlreiz."


class ProposalPages:
    """The form behind "Izveidot tematu no šīs atbildes"."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def show(self, request: web.Request, session: StoredSession) -> web.Response:
        """Question and answer without secrets, to be mended."""
        found = await self._find(request)
        texts = Answered(
            mask(found.question).text[:LONGEST_QUESTION], mask(found.answer).text[:LONGEST_ANSWER]
        )
        return _page(request, session, texts)

    async def send(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """Keep the proposal; a second click changes nothing."""
        await self._find(request)
        texts = _read(form)
        if not (texts.question and texts.answer):
            return _page(request, session, texts, problem=_EMPTY)
        number, now = number_of(request), self._clock.now()
        mark = once(form, f"{texts.question}\n{texts.answer}")
        async with self._database.unit_of_work() as work:
            if await stored.lock(work.connection, number) is None:
                raise web.HTTPNotFound
            if not await stored.has_event(work.connection, number, kind="proposed", detail=mark):
                await proposals.add(
                    work.connection,
                    number,
                    question=texts.question,
                    answer=texts.answer,
                    by=session.agent,
                    at=now,
                )
                await stored.note_event(
                    work.connection, number, kind="proposed", detail=mark, at=now, by=session.agent
                )
            await work.commit()
        log.info("desk.proposed", ticket=number, agent=session.agent)
        return web.Response(
            status=303, headers={"Location": f"/desk/tickets/{number}?done=proposed"}
        )

    async def outdated(
        self, request: web.Request, session: StoredSession, form: Form
    ) -> web.StreamResponse:
        """The form belongs to an earlier login: show it again."""
        await self._find(request)
        return _page(request, session, _read(form), problem=_OUTDATED)

    async def _find(self, request: web.Request) -> Answered:
        async with self._database.reading() as connection:
            found = await proposals.find_answer(
                connection, number_of(request), int(request.match_info["message"])
            )
        if found is None:
            raise web.HTTPNotFound
        return found


def _read(form: Form) -> Answered:
    """What the agent made of it, masked again: something may have been typed in."""
    return Answered(
        mask(form.get("question", "").strip()).text[:LONGEST_QUESTION],
        mask(form.get("answer", "").strip()).text[:LONGEST_ANSWER],
    )


def _page(
    request: web.Request, session: StoredSession, texts: Answered, *, problem: str = ""
) -> web.Response:
    return render(
        "ticket_proposal.html",
        status=422 if problem else 200,
        session=session,
        number=number_of(request),
        texts=texts,
        form=once({}, f"{request.path} {session.csrf}"),
        longest_question=LONGEST_QUESTION,
        longest_answer=LONGEST_ANSWER,
        problem=problem,
    )

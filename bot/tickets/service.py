"""Every deed of agents and of the upkeep under one name."""

from collections.abc import Callable

from bot.content import Content
from bot.jobs import Jobs
from bot.storage.database import Database
from bot.tickets.delays import Delays
from bot.tickets.details import Details
from bot.tickets.endings import Endings
from bot.tickets.failures import Failures
from bot.tickets.holders import Holders
from bot.tickets.relations import Relations
from bot.tickets.returning import Returning
from bot.tickets.voice import Voice
from bot.tickets.writing import Writing
from domain.ports import Clock


class TicketService:
    """Claims, answers, hands over, sorts, solves. Raises `TicketConflict` when somebody else was first."""

    def __init__(
        self,
        *,
        database: Database,
        jobs: Jobs,
        clock: Clock,
        content: Callable[[], Content],
    ) -> None:
        voice = Voice(jobs=jobs, clock=clock, content=content)

        holders = Holders(database, clock=clock, content=content, voice=voice)
        self.claim = holders.claim
        self.give_back = holders.give_back
        self.take_from = holders.take_from
        self.hand_over = holders.hand_over
        self.move = holders.move
        self.take_over = holders.take_over
        self.reopen = holders.reopen

        returning = Returning(database, clock=clock, content=content)
        self.return_held_in_vain = returning.return_held_in_vain

        writing = Writing(database, clock=clock, voice=voice)
        self.answer = writing.answer
        self.note = writing.note

        self.describe = Details(database, clock=clock).describe

        relations = Relations(database, clock=clock, content=content, voice=voice)
        self.merge = relations.merge
        self.link = relations.link
        self.unlink = relations.unlink
        self.split = relations.split
        self.join = relations.join
        self.part = relations.part

        endings = Endings(database, clock=clock, voice=voice)
        self.solve = endings.solve
        self.close_silent = endings.close_silent

        self.dismiss = Failures(database, clock=clock).dismiss

        self.tell_late = Delays(database, clock=clock, content=content, voice=voice).tell_late

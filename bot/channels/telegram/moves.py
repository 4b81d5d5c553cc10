"""Groups that become supergroups: learned from updates and from refused messages, whichever comes first."""

import structlog

from bot.storage import audit, group_moves
from bot.storage.database import Database
from domain.ports import Clock

log = structlog.get_logger()

_SUPERGROUP = "-100"
"""What the ids of supergroups begin with; those become nothing else."""


class GroupMoves:
    """Follows groups to their new ids. Raises `DatabaseUnavailable`."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def follow(self, old: int, new: int) -> None:
        """Let everything that knows a group know its new id."""
        now = self._clock.now()
        async with self._database.unit_of_work() as work:
            moved = await group_moves.move(work.connection, str(old), new=str(new), at=now)
            if moved.staff_group is not None:
                await audit.append(work.connection, "group.moved", at=now, detail=str(new))
            if moved.linked_group is not None:
                number = str(moved.linked_group)
                await audit.append(work.connection, "chat.moved", at=now, detail=number)
            await work.commit()
        log.info("telegram.group_moved", known=moved.known)

    async def current(self, chat: str) -> str:
        """The id of a chat today: what is done under old posts of a group comes with the id of then."""
        if not chat.startswith("-") or chat.startswith(_SUPERGROUP):
            return chat
        async with self._database.reading() as connection:
            return await group_moves.current_id(connection, chat)

"""Queries over agents: accounts, second factors, settings of the desk, colleagues, presence and invitations."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    RowMapping,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import (
    agent_queues,
    agents,
    desk_settings,
    invitations,
    recovery_codes,
)
from domain.messages import AgentId

REQUIRE_SECOND_FACTOR = "require_second_factor"
"""The setting that nobody works without a second factor; its value is `yes` or it is not there."""


LEADERS = ("supervisor", "admin")
"""The roles that may take a ticket from a colleague and say where a colleague is."""

_COLLEAGUES = 4_108_215
"""The advisory lock under which colleagues are changed; any number that nobody else uses."""


class Presence(StrEnum):
    """Whether somebody can be given work."""

    AT_WORK = "at_work"
    AWAY = "away"
    """For a while: a meeting, lunch."""
    ABSENT = "absent"
    """For days, until a date."""


@dataclass(frozen=True, slots=True)
class Account:
    """An agent as they log in."""

    id: AgentId
    email: str
    name: str
    role: str
    password_hash: str
    totp_secret: str | None = None
    totp_candidate: str | None = None
    """A secret that was shown and is not confirmed by its first code yet."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """An agent as their administrator sees them."""

    id: AgentId
    email: str
    name: str
    role: str
    disabled: bool
    second_factor: bool
    invited_until: datetime | None
    """A one-time link is open until then."""
    presence: Presence
    absent_until: date | None
    queues: frozenset[str]


def presence_on(row: RowMapping, today: date) -> Presence:
    """Where an agent is on a day: an absence ends by itself."""
    presence, until = Presence(row["presence"]), row["absent_until"]
    over = until is not None and until < today
    return Presence.AT_WORK if presence is Presence.ABSENT and over else presence


# ---------------------------------------------------------------------------------------------- agents


async def insert_agent(
    connection: AsyncConnection, *, email: str, name: str, role: str, password_hash: str
) -> AgentId | None:
    """Store a new agent; None when the e-mail has an account already."""
    made = await connection.scalar(
        pg_insert(agents)
        .values(email=email, name=name, role=role, password_hash=password_hash)
        .on_conflict_do_nothing()
        .returning(agents.c.id)
    )
    return None if made is None else AgentId(made)


async def count_agents(connection: AsyncConnection) -> int:
    """How many accounts there are, disabled ones too."""
    return await connection.scalar(select(func.count()).select_from(agents)) or 0


async def find_account(connection: AsyncConnection, email: str) -> Account | None:
    """The account of an e-mail, None when there is none or it is disabled."""
    found = await connection.execute(
        select(agents).where(agents.c.email == email, agents.c.disabled_at.is_(None))
    )
    row = found.mappings().one_or_none()
    return None if row is None else account_of(row)


def account_of(row: RowMapping) -> Account:
    """An account out of a row of its table."""
    return Account(
        id=AgentId(row["id"]),
        email=row["email"],
        name=row["name"],
        role=row["role"],
        password_hash=row["password_hash"],
        totp_secret=row["totp_secret"],
        totp_candidate=row["totp_candidate"],
    )


async def find_by_id(connection: AsyncConnection, agent: AgentId) -> Account | None:
    """The account of an agent, None when there is none or it is disabled."""
    found = await connection.execute(
        select(agents).where(agents.c.id == agent, agents.c.disabled_at.is_(None))
    )
    row = found.mappings().one_or_none()
    return None if row is None else account_of(row)


async def set_password_hash(
    connection: AsyncConnection, agent: AgentId, *, password_hash: str
) -> None:
    """Store another password."""
    await connection.execute(
        update(agents).where(agents.c.id == agent).values(password_hash=password_hash)
    )


# ---------------------------------------------------------------------------------------------- second factor


async def set_totp_candidate(connection: AsyncConnection, agent: AgentId, *, secret: str) -> None:
    """Remember a secret until its first code proves that the phone has it."""
    await connection.execute(
        update(agents).where(agents.c.id == agent).values(totp_candidate=secret)
    )


async def set_totp(
    connection: AsyncConnection, agent: AgentId, *, secret: str, step: int, codes: Collection[str]
) -> None:
    """Store a proven secret, the step of the code that proved it, and new recovery codes."""
    await connection.execute(
        update(agents)
        .where(agents.c.id == agent)
        .values(totp_secret=secret, totp_candidate=None, totp_last_step=step)
    )
    await set_recovery_codes(connection, agent, codes=codes)


async def drop_totp(connection: AsyncConnection, agent: AgentId) -> None:
    """Take the second factor away, with its recovery codes."""
    await connection.execute(
        update(agents)
        .where(agents.c.id == agent)
        .values(totp_secret=None, totp_candidate=None, totp_last_step=None)
    )
    await set_recovery_codes(connection, agent, codes=())


async def use_totp_step(connection: AsyncConnection, agent: AgentId, *, step: int) -> bool:
    """Use up a code; False when it, or a later one, was used before. Atomic: of two at once one wins."""
    used = await connection.execute(
        update(agents)
        .where(
            agents.c.id == agent,
            or_(agents.c.totp_last_step.is_(None), agents.c.totp_last_step < step),
        )
        .values(totp_last_step=step)
        .returning(agents.c.id)
    )
    return used.one_or_none() is not None


async def set_recovery_codes(
    connection: AsyncConnection, agent: AgentId, *, codes: Collection[str]
) -> None:
    """Replace the recovery codes by these digests."""
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.agent_id == agent))
    if codes:
        await connection.execute(
            insert(recovery_codes), [{"agent_id": agent, "code_hash": code} for code in codes]
        )


async def use_recovery_code(connection: AsyncConnection, agent: AgentId, *, digest: str) -> bool:
    """Use up a recovery code; False when it is not one. Atomic."""
    used = await connection.execute(
        delete(recovery_codes)
        .where(recovery_codes.c.agent_id == agent, recovery_codes.c.code_hash == digest)
        .returning(recovery_codes.c.agent_id)
    )
    return used.one_or_none() is not None


async def count_recovery_codes(connection: AsyncConnection, agent: AgentId) -> int:
    """How many recovery codes are left."""
    count = select(func.count()).select_from(recovery_codes)
    return await connection.scalar(count.where(recovery_codes.c.agent_id == agent)) or 0


# ---------------------------------------------------------------------------------------------- settings


async def read_setting(connection: AsyncConnection, name: str) -> str:
    """A setting of the desk, empty when it is not set."""
    value = select(desk_settings.c.value).where(desk_settings.c.name == name)
    return await connection.scalar(value) or ""


async def write_setting(connection: AsyncConnection, name: str, value: str) -> None:
    """Set a setting of the desk."""
    new = pg_insert(desk_settings).values(name=name, value=value)
    await connection.execute(
        new.on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )


# ---------------------------------------------------------------------------------------------- colleagues


async def list_colleagues(connection: AsyncConnection, *, today: date) -> list[Colleague]:
    """Everybody who has or had an account, by name, the disabled last."""
    queues = (
        select(func.coalesce(func.array_agg(agent_queues.c.queue), []))
        .where(agent_queues.c.agent_id == agents.c.id)
        .scalar_subquery()
    )
    found = await connection.execute(
        select(agents, invitations.c.expires_at, queues.label("queues"))
        .select_from(agents.outerjoin(invitations, invitations.c.agent_id == agents.c.id))
        .order_by(agents.c.disabled_at.is_not(None), agents.c.name, agents.c.id)
    )
    return [_colleague(row, today) for row in found.mappings()]


def _colleague(row: RowMapping, today: date) -> Colleague:
    return Colleague(
        id=AgentId(row["id"]),
        email=row["email"],
        name=row["name"],
        role=row["role"],
        disabled=row["disabled_at"] is not None,
        second_factor=row["totp_secret"] is not None,
        invited_until=row["expires_at"],
        presence=presence_on(row, today),
        absent_until=row["absent_until"],
        queues=frozenset(row["queues"]),
    )


async def lock_colleague(
    connection: AsyncConnection, agent: AgentId, *, today: date
) -> tuple[Colleague | None, bool]:
    """An agent, and whether somebody else is an administrator who can log in; sure until the transaction ends."""
    # Whoever changes somebody waits here, so that two administrators cannot remove each other.
    await connection.execute(select(func.pg_advisory_xact_lock(_COLLEAGUES)))
    everybody = await list_colleagues(connection, today=today)
    found = next((one for one in everybody if one.id == agent), None)
    others = [one for one in everybody if one.id != agent and one.invited_until is None]
    return found, any(one.role == "admin" and not one.disabled for one in others)


async def set_email(connection: AsyncConnection, agent: AgentId, *, email: str) -> bool:
    """Give another e-mail; False when somebody else has it."""
    try:
        async with connection.begin_nested():
            await connection.execute(update(agents).where(agents.c.id == agent).values(email=email))
    except IntegrityError:
        return False
    return True


async def set_role(connection: AsyncConnection, agent: AgentId, *, role: str) -> None:
    """Give another role; sessions read it with each request."""
    await connection.execute(update(agents).where(agents.c.id == agent).values(role=role))


async def set_disabled(connection: AsyncConnection, agent: AgentId, *, at: datetime | None) -> None:
    """Disable an account, or enable it again with None."""
    await connection.execute(update(agents).where(agents.c.id == agent).values(disabled_at=at))


async def set_queues(
    connection: AsyncConnection, agent: AgentId, *, queues: Collection[str]
) -> None:
    """Replace the queues of an agent."""
    await connection.execute(delete(agent_queues).where(agent_queues.c.agent_id == agent))
    if queues:
        await connection.execute(
            insert(agent_queues), [{"agent_id": agent, "queue": queue} for queue in sorted(queues)]
        )


_QUEUES = select(agent_queues.c.queue).where(agent_queues.c.agent_id == bindparam("agent"))


async def queues_of(connection: AsyncConnection, agent: AgentId) -> frozenset[str]:
    """The queues of an agent; empty means that they work in all."""
    return frozenset(await connection.scalars(_QUEUES, {"agent": agent}))


async def set_presence(
    connection: AsyncConnection, agent: AgentId, *, presence: Presence, until: date | None
) -> None:
    """Say whether an agent can be given work; `until` is the last day of an absence."""
    await connection.execute(
        update(agents).where(agents.c.id == agent).values(presence=presence, absent_until=until)
    )


Today = date | BindParameter[date]
"""The day in Riga, or the place in a statement where it will stand."""


def is_absent(today: Today, *, of: FromClause = agents) -> ColumnElement[bool]:
    """The condition on `agents` that somebody is absent on a day in Riga: an absence ends by itself."""
    over = and_(of.c.absent_until.is_not(None), of.c.absent_until < today)
    return and_(of.c.presence == Presence.ABSENT, ~over)


def is_available(today: Today, *, of: FromClause = agents) -> ColumnElement[bool]:
    """The condition on `agents` that somebody may be given a ticket: enabled, joined, not absent today.

    Away for lunch is no reason: only days count. `today` is the day in Riga.
    """
    joined = select(invitations.c.agent_id).where(invitations.c.agent_id == of.c.id)
    return and_(of.c.disabled_at.is_(None), ~is_absent(today, of=of), ~joined.exists())


async def is_absent_on(connection: AsyncConnection, agent: AgentId, *, day: date) -> bool:
    """Whether somebody is absent on a day in Riga."""
    found = await connection.scalar(select(is_absent(day)).where(agents.c.id == agent))
    return bool(found)


async def name_of(connection: AsyncConnection, agent: AgentId) -> str:
    """The name that residents see; empty when there is no such agent."""
    return await connection.scalar(select(agents.c.name).where(agents.c.id == agent)) or ""


# ---------------------------------------------------------------------------------------------- invitations


async def invite(
    connection: AsyncConnection, agent: AgentId, *, token_hash: str, expires_at: datetime
) -> None:
    """Open a one-time link for an agent; an earlier one works no more."""
    new = pg_insert(invitations).values(
        token_hash=token_hash, agent_id=agent, expires_at=expires_at
    )
    await connection.execute(
        new.on_conflict_do_update(
            index_elements=["agent_id"], set_={"token_hash": token_hash, "expires_at": expires_at}
        )
    )


async def find_invited(
    connection: AsyncConnection, token_hash: str, *, now: datetime
) -> Account | None:
    """Whom a one-time link is for, None when it is used, too old, or its agent disabled."""
    found = await connection.execute(
        select(agents)
        .join(invitations, invitations.c.agent_id == agents.c.id)
        .where(
            invitations.c.token_hash == token_hash,
            invitations.c.expires_at > now,
            agents.c.disabled_at.is_(None),
        )
    )
    row = found.mappings().one_or_none()
    return None if row is None else account_of(row)


async def use_invitation(connection: AsyncConnection, token_hash: str, *, now: datetime) -> bool:
    """Use up a one-time link; False when somebody was first. Atomic."""
    used = await connection.execute(
        delete(invitations)
        .where(invitations.c.token_hash == token_hash, invitations.c.expires_at > now)
        .returning(invitations.c.agent_id)
    )
    return used.one_or_none() is not None


async def drop_invitation(connection: AsyncConnection, agent: AgentId) -> None:
    """Close the one-time link of an agent."""
    await connection.execute(delete(invitations).where(invitations.c.agent_id == agent))

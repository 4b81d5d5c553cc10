"""Queries over agents: accounts, second factors, invitations, presence, sessions and failed logins."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

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

from bot.storage.issuer_accounts import IssuerAccount
from bot.storage.schema import (
    agent_queues,
    agents,
    desk_settings,
    invitations,
    login_attempts,
    recovery_codes,
    sessions,
)
from domain.messages import AgentId
from domain.working_hours import local_day

REQUIRE_SECOND_FACTOR = "require_second_factor"
"""The setting that nobody works without a second factor; its value is `yes` or it is not there."""


LEADERS = ("supervisor", "admin")
"""The roles that may take a ticket from a colleague and say where a colleague is."""

_COLLEAGUES = 4_108_215
"""The advisory lock under which colleagues are changed; any number that nobody else uses."""


class SignedInBy(StrEnum):
    """How somebody proved who they are."""

    PASSWORD = "password"  # noqa: S105 - the name of a way, not a password
    ISSUER = "issuer"
    """The municipality's own account."""
    ISSUER_MFA = "issuer_mfa"
    """The same, where the issuer asked for a second factor itself."""


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


@dataclass(frozen=True, slots=True)
class StoredSession:
    """Somebody who is logged in; the token itself is known to their browser only."""

    token_hash: str
    agent: AgentId
    name: str
    email: str
    role: str
    csrf: str
    last_seen_at: datetime
    opened_at: datetime
    by: SignedInBy = SignedInBy.PASSWORD
    came_with: IssuerAccount | None = None
    """The account at the issuer; None after a password."""
    second_factor: bool = False
    must_set_up: bool = False
    """A second factor is required and this agent has none: nothing else is open to them."""
    presence: Presence = Presence.AT_WORK
    absent_until: date | None = None


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
    return None if row is None else _account(row)


def _account(row: RowMapping) -> Account:
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
    return None if row is None else _account(row)


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
    return None if row is None else _account(row)


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


# ---------------------------------------------------------------------------------------------- sessions


async def insert_session(
    connection: AsyncConnection,
    *,
    token_hash: str,
    agent: AgentId,
    csrf: str,
    at: datetime,
    expires_at: datetime,
    confirmed: bool = True,
    by: SignedInBy = SignedInBy.PASSWORD,
    came_with: IssuerAccount | None = None,
) -> None:
    """Store that somebody logged in; not `confirmed` while the code of the second factor is awaited."""
    shown = came_with or IssuerAccount("", "", "")
    await connection.execute(
        insert(sessions).values(
            token_hash=token_hash,
            agent_id=agent,
            csrf=csrf,
            created_at=at,
            last_seen_at=at,
            expires_at=expires_at,
            confirmed=confirmed,
            signed_in_by=by,
            issuer=shown.issuer,
            subject=shown.subject,
            id_token=shown.id_token,
        )
    )


@dataclass(frozen=True, slots=True)
class HalfSession:
    """Somebody who proved themselves and owes a code."""

    account: Account
    by: SignedInBy
    came_with: IssuerAccount | None


def _came_with(row: RowMapping) -> IssuerAccount | None:
    if not row["issuer"]:
        return None
    return IssuerAccount(row["issuer"], row["subject"], row["id_token"])


async def find_half_session(
    connection: AsyncConnection, token_hash: str, *, now: datetime
) -> HalfSession | None:
    """Who owes a code; None when they proved themselves too long ago."""
    found = await connection.execute(
        select(
            agents,
            sessions.c.signed_in_by,
            sessions.c.issuer,
            sessions.c.subject,
            sessions.c.id_token,
        )
        .join(sessions, sessions.c.agent_id == agents.c.id)
        .where(
            sessions.c.token_hash == token_hash,
            sessions.c.expires_at > now,
            sessions.c.confirmed.is_(False),
            agents.c.disabled_at.is_(None),
        )
    )
    row = found.mappings().one_or_none()
    if row is None:
        return None
    return HalfSession(_account(row), SignedInBy(row["signed_in_by"]), _came_with(row))


_SESSION = (
    select(
        sessions,
        agents.c.name,
        agents.c.email,
        agents.c.role,
        agents.c.presence,
        agents.c.absent_until,
        agents.c.totp_secret.is_not(None).label("second_factor"),
        select(desk_settings.c.name)
        .where(desk_settings.c.name == REQUIRE_SECOND_FACTOR, desk_settings.c.value == "yes")
        .exists()
        .label("required"),
    )
    .join(agents, agents.c.id == sessions.c.agent_id)
    .where(
        sessions.c.token_hash == bindparam("token_hash"),
        sessions.c.expires_at > bindparam("now"),
        sessions.c.last_seen_at > bindparam("seen_since"),
        sessions.c.confirmed,
        agents.c.disabled_at.is_(None),
    )
)


async def find_session(
    connection: AsyncConnection, token_hash: str, *, now: datetime, seen_since: datetime
) -> StoredSession | None:
    """A session that has not expired, was used since a moment, and whose agent is not disabled."""
    found = await connection.execute(
        _SESSION, {"token_hash": token_hash, "now": now, "seen_since": seen_since}
    )
    row = found.mappings().one_or_none()
    if row is None:
        return None
    return StoredSession(
        token_hash=row["token_hash"],
        agent=AgentId(row["agent_id"]),
        name=row["name"],
        email=row["email"],
        role=row["role"],
        csrf=row["csrf"],
        last_seen_at=row["last_seen_at"],
        opened_at=row["created_at"],
        by=SignedInBy(row["signed_in_by"]),
        came_with=_came_with(row),
        second_factor=row["second_factor"],
        must_set_up=(
            row["required"]
            and not row["second_factor"]
            and row["signed_in_by"] != SignedInBy.ISSUER_MFA
        ),
        presence=presence_on(row, local_day(now)),
        absent_until=row["absent_until"],
    )


async def note_seen(connection: AsyncConnection, token_hash: str, *, at: datetime) -> None:
    """Note that a session was used."""
    await connection.execute(
        update(sessions).where(sessions.c.token_hash == token_hash).values(last_seen_at=at)
    )


async def delete_session(connection: AsyncConnection, token_hash: str) -> None:
    """End a session."""
    await connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


async def delete_sessions_of(
    connection: AsyncConnection, agent: AgentId, *, sparing: str = ""
) -> None:
    """End every session of an agent, except perhaps one."""
    await connection.execute(
        delete(sessions).where(sessions.c.agent_id == agent, sessions.c.token_hash != sparing)
    )


# ---------------------------------------------------------------------------------------------- attempts


async def insert_attempt(
    connection: AsyncConnection, *, email: str, address: str, at: datetime
) -> int:
    """Store an attempt to log in; returns its id."""
    made = await connection.execute(
        insert(login_attempts)
        .values(email=email, address=address, at=at)
        .returning(login_attempts.c.id)
    )
    return int(made.scalar_one())


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often somebody tried lately, and the oldest of these times."""

    count: int
    oldest: datetime | None


async def attempts_on(connection: AsyncConnection, email: str, *, since: datetime) -> Attempts:
    """Attempts on one account since a moment."""
    return await _attempts(connection, login_attempts.c.email == email, since)


async def attempts_from(connection: AsyncConnection, address: str, *, since: datetime) -> Attempts:
    """Attempts from one network address since a moment."""
    return await _attempts(connection, login_attempts.c.address == address, since)


async def _attempts(connection: AsyncConnection, condition: Any, since: datetime) -> Attempts:  # noqa: ANN401 - a column expression has no shorter type
    found = await connection.execute(
        select(func.count(), func.min(login_attempts.c.at)).where(
            condition, login_attempts.c.at > since
        )
    )
    count, oldest = found.one()
    return Attempts(count, oldest)


async def delete_attempt(connection: AsyncConnection, attempt: int) -> None:
    """Forget one attempt."""
    await connection.execute(delete(login_attempts).where(login_attempts.c.id == attempt))


async def delete_attempts_on(connection: AsyncConnection, email: str) -> None:
    """Forget the attempts on an account, because its owner is here now."""
    await connection.execute(delete(login_attempts).where(login_attempts.c.email == email))


async def tidy(
    connection: AsyncConnection, *, now: datetime, seen_since: datetime, tried_since: datetime
) -> None:
    """Delete sessions that ended and attempts that count no more."""
    await connection.execute(
        delete(sessions).where(
            (sessions.c.expires_at < now) | (sessions.c.last_seen_at < seen_since)
        )
    )
    await connection.execute(delete(login_attempts).where(login_attempts.c.at < tried_since))

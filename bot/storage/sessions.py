"""Who is logged in at the desk, who is half in, and who tried: sessions and attempts."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    RowMapping,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.agents import REQUIRE_SECOND_FACTOR, Account, Presence, account_of, presence_on
from bot.storage.issuer_accounts import IssuerAccount
from bot.storage.schema import agents, desk_settings, login_attempts, sessions
from domain.messages import AgentId
from domain.working_hours import local_day


class SignedInBy(StrEnum):
    """How somebody proved who they are."""

    PASSWORD = "password"  # noqa: S105 - the name of a way, not a password
    ISSUER = "issuer"
    """The municipality's own account."""
    ISSUER_MFA = "issuer_mfa"
    """The same, where the issuer asked for a second factor itself."""


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
    return HalfSession(account_of(row), SignedInBy(row["signed_in_by"]), _came_with(row))


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

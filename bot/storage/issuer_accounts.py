"""Which of the issuer's accounts belongs to which agent.

An e-mail may be given to somebody else one day; `sub` never is (OpenID Connect Core, 5.7). So an agent is bound to
the account they first came with, one at each issuer, and is known by it from then on.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import issuer_accounts
from domain.messages import AgentId


@dataclass(frozen=True, slots=True)
class IssuerAccount:
    """Somebody's account at an issuer, and the token by which they came in."""

    issuer: str
    subject: str
    id_token: str
    """What the issuer wants to see again when they log out there; it lets nobody in."""


async def owner_of(connection: AsyncConnection, account: IssuerAccount) -> AgentId | None:
    """Whose account it is, disabled agents too; None when it is nobody's yet."""
    found = await connection.scalar(
        select(issuer_accounts.c.agent_id).where(
            issuer_accounts.c.issuer == account.issuer,
            issuer_accounts.c.subject == account.subject,
        )
    )
    return None if found is None else AgentId(found)


async def has_other(connection: AsyncConnection, agent: AgentId, account: IssuerAccount) -> bool:
    """Whether an agent is bound to another account of the same issuer."""
    found = select(issuer_accounts.c.agent_id).where(
        issuer_accounts.c.agent_id == agent,
        issuer_accounts.c.issuer == account.issuer,
        issuer_accounts.c.subject != account.subject,
    )
    return await connection.scalar(found) is not None


async def bind(
    connection: AsyncConnection, agent: AgentId, account: IssuerAccount, *, at: datetime
) -> bool:
    """Give an agent an account; False when either of them belongs to another already. Atomic."""
    made = await connection.execute(
        pg_insert(issuer_accounts)
        .values(agent_id=agent, issuer=account.issuer, subject=account.subject, linked_at=at)
        .on_conflict_do_nothing()
        .returning(issuer_accounts.c.agent_id)
    )
    return made.one_or_none() is not None


async def unbind(connection: AsyncConnection, agent: AgentId) -> bool:
    """Take an agent's accounts at issuers away; False when there were none."""
    gone = await connection.execute(
        delete(issuer_accounts)
        .where(issuer_accounts.c.agent_id == agent)
        .returning(issuer_accounts.c.agent_id)
    )
    return gone.first() is not None


async def bound_agents(connection: AsyncConnection) -> dict[AgentId, datetime]:
    """Who is bound to an account, and since when (the latest, where an agent has some at several issuers)."""
    found = await connection.execute(
        select(issuer_accounts.c.agent_id, issuer_accounts.c.linked_at).order_by(
            issuer_accounts.c.linked_at
        )
    )
    return {AgentId(row.agent_id): row.linked_at for row in found}

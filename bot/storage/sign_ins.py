"""Sign-ins at the municipality's own accounts that are under way, so that any web process can finish them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import sign_ins


@dataclass(frozen=True, slots=True)
class SignIn:
    """What has to be known when the browser comes back from the issuer."""

    browser_hash: str
    """The digest of the login cookie of the browser that left."""
    nonce: str
    verifier: str
    wanted: str
    draft_answer: str
    draft_note: str
    expires_at: datetime


async def store(connection: AsyncConnection, state_hash: str, sign_in: SignIn) -> None:
    """Remember a sign-in under the digest of its state."""
    await connection.execute(
        insert(sign_ins).values(
            state_hash=state_hash,
            browser_hash=sign_in.browser_hash,
            nonce=sign_in.nonce,
            verifier=sign_in.verifier,
            wanted=sign_in.wanted,
            draft_answer=sign_in.draft_answer,
            draft_note=sign_in.draft_note,
            expires_at=sign_in.expires_at,
        )
    )


async def take(connection: AsyncConnection, state_hash: str, *, now: datetime) -> SignIn | None:
    """The sign-in of a state, which is used up by this; None when it is unknown, used or too old. Atomic."""
    found = await connection.execute(
        delete(sign_ins)
        .where(sign_ins.c.state_hash == state_hash, sign_ins.c.expires_at > now)
        .returning(sign_ins)
    )
    row = found.mappings().one_or_none()
    if row is None:
        return None
    return SignIn(
        browser_hash=row["browser_hash"],
        nonce=row["nonce"],
        verifier=row["verifier"],
        wanted=row["wanted"],
        draft_answer=row["draft_answer"],
        draft_note=row["draft_note"],
        expires_at=row["expires_at"],
    )


async def tidy(connection: AsyncConnection, *, now: datetime) -> None:
    """Delete the sign-ins that nobody finished, with what was typed before them."""
    await connection.execute(delete(sign_ins).where(sign_ins.c.expires_at <= now))

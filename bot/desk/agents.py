"""Accounts made from the command line: `zintis run` makes the first, `zintis agent add` more."""

import re
import secrets
from dataclasses import dataclass

import structlog

from bot.clock import SystemClock
from bot.desk.passwords import LONGEST, SHORTEST, Weakness, hash_password, weakness
from bot.storage import agents as stored
from bot.storage import audit
from bot.storage.database import Database
from domain.errors import ZintisError
from domain.messages import AgentId

log = structlog.get_logger()

ROLES = ("staff", "supervisor", "editor", "admin")

_FIRST_EMAIL = "admin@localhost"
_FIRST_NAME = "Administrators"
_AS_SET = "as set in ZINTIS_ADMIN_PASSWORD"
_PASSWORD_BYTES = 12
_LONGEST_NAME = 80
_EMAIL = re.compile(r"[^@\s]{1,100}@[^@\s]{1,100}")


class AgentRefused(ZintisError):
    """The account cannot be made; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class FirstLogin:
    """The first login, shown once. A password that the operator chose is not repeated."""

    email: str
    password: str


async def ensure_first_admin(
    database: Database, *, email: str | None = None, password: str | None = None
) -> FirstLogin | None:
    """Make the first account when there is none yet; None when there is. Raises `AgentRefused`."""
    async with database.reading() as connection:
        if await stored.count_agents(connection):
            return None
    chosen = password or secrets.token_urlsafe(_PASSWORD_BYTES)
    login = email or _FIRST_EMAIL
    try:
        await add(database, email=login, name=_FIRST_NAME, role="admin", password=chosen)
    except AgentExists:
        return None
    return FirstLogin(email=normalized(login), password=_AS_SET if password else chosen)


async def check_first_admin(database: Database, *, email: str | None, password: str | None) -> None:
    """Whether `ensure_first_admin` will make this account, or has nothing to make. Raises `AgentRefused`."""
    if email is None or password is None:
        return
    async with database.reading() as connection:
        if await stored.count_agents(connection):
            return
    login = normalized(email)
    check_identity(login, _FIRST_NAME, "admin")
    _check_password(password, login)


class AgentExists(AgentRefused):
    """The e-mail has an account already."""


async def add(
    database: Database,
    *,
    email: str,
    name: str,
    password: str,
    role: str = "staff",
) -> AgentId:
    """Make an account. Raises `AgentRefused`, or `AgentExists` when the e-mail has one."""
    login, shown = normalized(email), " ".join(name.split())
    check_identity(login, shown, role)
    _check_password(password, login)
    hashed = await hash_password(password)
    async with database.unit_of_work() as work:
        made = await stored.insert_agent(
            work.connection, email=login, name=shown, role=role, password_hash=hashed
        )
        if made is not None:
            await audit.append(
                work.connection, "agent.added", at=SystemClock().now(), about=made, detail=role
            )
        await work.commit()
    if made is None:
        raise AgentExists(f"{login} has an account already: choose another e-mail.")
    log.info("agent.added", agent=made, role=role)
    return made


def normalized(email: str) -> str:
    """An e-mail as it is stored: people type it with capitals and spaces."""
    return email.strip().lower()


def _check_password(password: str, email: str) -> None:
    weak = weakness(password, email=email)
    if weak is not None:
        raise AgentRefused(_WEAK[weak])


def check_identity(email: str, name: str, role: str) -> None:
    """Check what an account is made of, as it will be stored. Raises `AgentRefused`."""
    # Browsers let nobody type anything but ASCII into a field for e-mails.
    if not email.isascii() or not _EMAIL.fullmatch(email):
        raise AgentRefused(
            "The e-mail must look like anna.berzina@example.org, without diacritics."
        )
    if not name or len(name) > _LONGEST_NAME:
        raise AgentRefused(f"The name must have 1 to {_LONGEST_NAME} characters.")
    if role not in ROLES:
        raise AgentRefused(f"The role must be one of {', '.join(ROLES)}.")


_WEAK = {
    Weakness.SHORT: f"The password must have at least {SHORTEST} characters.",
    Weakness.LONG: f"The password may have at most {LONGEST} characters.",
    Weakness.GUESSABLE: "The password is too easy to guess: take several unrelated words.",
}

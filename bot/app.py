"""The composition root: everything that a process needs, built once from the settings."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

from bot.alerts import AlertRounds, Blanking, Mailing, MailServer, Posting
from bot.channels import telegram, whatsapp
from bot.channels.web import WebSender
from bot.channels.web.pages import OWN_PRIVACY_PAGE
from bot.clock import SystemClock
from bot.content import Content
from bot.inbox import Inbox
from bot.jobs import Jobs
from bot.live import Live
from bot.nlu import RasaNlu
from bot.outbox import Outbox, Pace
from bot.settings import Settings
from bot.storage.database import Database
from bot.tickets import TicketService
from bot.turn import Turns
from bot.workshop.live_content import LiveContent
from domain.messages import Channel
from domain.ports import Clock, Files, Nlu, Sender

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Services:
    """What both kinds of processes share."""

    settings: Settings
    clock: Clock
    content: Callable[[], Content]
    """Asked anew each time: what editors save is taken over while the process runs."""

    database: Database
    jobs: Jobs
    live: Live
    nlu: Nlu
    inbox: Inbox
    outbox: Outbox
    tickets: TicketService
    turns: Turns
    alerts: AlertRounds
    telegram: telegram.Bot | None
    """Telegram's API client, None when the channel is off."""
    files: Mapping[Channel, Files]
    """How to get what residents sent; channels that are off, and those without files, are missing."""


@asynccontextmanager
async def services(
    settings: Settings, *, database_url: str, repeatable: bool = False
) -> AsyncIterator[Services]:
    """Build everything, connect, and close it again in the opposite order.

    `repeatable` is for a process whose work is done again when it is lost: see `Database`.
    """
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        live_content = LiveContent(settings.content_dir, privacy_url=_privacy_url(settings))
        await stack.enter_async_context(_following(live_content))
        pool = settings.database_pool
        database = Database(database_url, pool_size=pool, repeatable=repeatable)
        stack.push_async_callback(database.close)
        jobs = Jobs(database_url, pool_size=pool, repeatable=repeatable)
        await jobs.open()
        stack.push_async_callback(jobs.close)
        nlu = await stack.enter_async_context(
            RasaNlu.connected(settings.nlu_url, token=settings.nlu_secret)
        )
        senders: dict[Channel, Sender] = {Channel.WEB: WebSender()}
        files: dict[Channel, Files] = {}
        bot = await _telegram(settings, stack)
        posts: telegram.StaffPosts | None = None
        if bot is not None:
            moves = telegram.GroupMoves(database=database, clock=clock)
            senders[Channel.TELEGRAM] = telegram.TelegramChannel(bot, moves=moves)
            posts = telegram.StaffPosts(bot, moves=moves)
            files[Channel.TELEGRAM] = telegram.TelegramFiles(bot)
        await _add_whatsapp(senders, files, settings, stack)
        outbox = Outbox(
            database=database,
            jobs=jobs,
            clock=clock,
            senders=senders,
            paces={
                Channel.TELEGRAM: Pace(settings.telegram_pace),
                Channel.WHATSAPP: Pace(settings.whatsapp_pace),
            },
        )

        yield Services(
            settings=settings,
            clock=clock,
            content=live_content.current,
            database=database,
            jobs=jobs,
            live=Live(database_url),
            nlu=nlu,
            inbox=Inbox(database=database, jobs=jobs, clock=clock),
            outbox=outbox,
            tickets=TicketService(
                database=database, jobs=jobs, clock=clock, content=live_content.current
            ),
            turns=Turns(
                database=database, jobs=jobs, clock=clock, nlu=nlu, content=live_content.current
            ),
            alerts=AlertRounds(
                database=database,
                clock=clock,
                content=live_content.current,
                mailing=_mailing(settings, database, clock, live_content),
                posting=_posting(settings, database, clock, live_content, posts),
                blanking=_blanking(database, clock, posts),
            ),
            telegram=bot,
            files=files,
        )


@asynccontextmanager
async def _following(live_content: LiveContent) -> AsyncIterator[None]:
    """Content follows its files for the time of the block."""
    following = asyncio.create_task(live_content.follow())
    try:
        yield
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


def _privacy_url(settings: Settings) -> str:
    """The municipality's notice, else our own page at the address that residents reach."""
    own = settings.public_url or f"http://{settings.host}:{settings.port}"
    return settings.privacy_url or own + OWN_PRIVACY_PAGE


def _mailing(
    settings: Settings, database: Database, clock: Clock, live_content: LiveContent
) -> Mailing | None:
    if settings.smtp_url is None:
        return None
    return Mailing(
        database=database,
        clock=clock,
        content=live_content.current,
        server=MailServer(settings.smtp_url.get_secret_value()),
        sender=settings.smtp_from or "",
        public_url=settings.public_url,
    )


def _posting(
    settings: Settings,
    database: Database,
    clock: Clock,
    live_content: LiveContent,
    posts: telegram.StaffPosts | None,
) -> Posting | None:
    if posts is None:
        return None
    return Posting(
        database=database,
        clock=clock,
        content=live_content.current,
        posts=posts,
        public_url=settings.public_url,
    )


def _blanking(
    database: Database, clock: Clock, posts: telegram.StaffPosts | None
) -> Blanking | None:
    return None if posts is None else Blanking(database=database, clock=clock, posts=posts)


async def _telegram(settings: Settings, stack: AsyncExitStack) -> telegram.Bot | None:
    if settings.telegram_token is None:
        log.info("channel.off", channel=Channel.TELEGRAM, missing="ZINTIS_TELEGRAM_TOKEN")
        return None
    token = settings.telegram_token.get_secret_value()
    return await stack.enter_async_context(
        telegram.connect(token, api_url=settings.telegram_api_url)
    )


async def _add_whatsapp(
    senders: dict[Channel, Sender],
    files: dict[Channel, Files],
    settings: Settings,
    stack: AsyncExitStack,
) -> None:
    if settings.twilio_account_sid is None or settings.twilio_auth_token is None:
        log.info("channel.off", channel=Channel.WHATSAPP, missing="ZINTIS_TWILIO_ACCOUNT_SID")
        return
    account, token = settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()
    api_url = settings.twilio_api_url
    client = await stack.enter_async_context(whatsapp.connect(account, token, api_url=api_url))
    files[Channel.WHATSAPP] = await stack.enter_async_context(
        whatsapp.connect_files(account, token, api_url=api_url)
    )
    senders[Channel.WHATSAPP] = whatsapp.WhatsAppChannel(
        client,
        sender=settings.whatsapp_from or "",
        template_sid=settings.whatsapp_template_sid or "",
        public_url=settings.public_url,
    )

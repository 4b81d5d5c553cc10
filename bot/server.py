"""The web process: webhooks, web chat, desk, health and metrics on one port. Any number may run at once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine

import structlog
from aiohttp import web

from bot import logs, metrics
from bot.app import Services, services
from bot.channels.telegram import Bot, GroupMoves, StaffGroups, TelegramIntake
from bot.channels.web import WebChat
from bot.channels.whatsapp import PublicFiles, WhatsAppIntake
from bot.desk import Desk
from bot.desk.editors import EditorPages
from bot.desk.oidc import Issuer
from bot.jobs import backoff
from bot.live import Live
from bot.processes import run, stop_asked
from bot.settings import Settings, TelegramMode
from bot.storage.database import DatabaseUnavailable
from domain.errors import NluUnavailable, ZintisError

log = structlog.get_logger()

_LIVE = web.AppKey("live", Live)

LARGEST_BODY = 1024 * 1024
"""Bytes of one request; webhooks and forms are far smaller."""

_READY_TIMEOUT = 3.0
"""Seconds that a readiness check waits for one part."""


def build(built: Services) -> web.Application:
    """The application with every route."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _Readiness(built).answer)
    app.router.add_get("/metrics", _metrics)
    _add_channels(app, built)
    Desk(
        database=built.database,
        tickets=built.tickets,
        outbox=built.outbox,
        live=built.live,
        clock=built.clock,
        content=built.content,
        files=built.files,
        nlu=built.nlu,
        public_url=built.settings.public_url,
        sends_mail=built.settings.smtp_url is not None,
        editors=EditorPages(
            database=built.database,
            clock=built.clock,
            content=built.content,
            content_dir=built.settings.content_dir,
            state_dir=built.settings.state_dir,
        ),
        issuer=_issuer(built),
    ).add_to(app)
    app[_LIVE] = built.live
    app.cleanup_ctx.append(_listen)
    return app


def _issuer(built: Services) -> Issuer | None:
    settings = built.settings
    if not (settings.oidc_issuer and settings.oidc_client_id and settings.oidc_client_secret):
        return None
    return Issuer(
        settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        public_url=settings.public_url or "",
        trust_emails=settings.oidc_trust_emails,
        clock=built.clock,
    )


def _add_channels(app: web.Application, built: Services) -> None:
    settings = built.settings
    WebChat(
        inbox=built.inbox,
        outbox=built.outbox,
        database=built.database,
        live=built.live,
        clock=built.clock,
        content=built.content,
        privacy_url=settings.privacy_url,
        keeps_days=settings.keep_days,
        frame_ancestors=settings.embed_origins.split(),
        public_url=settings.public_url,
    ).add_to(app)
    if built.telegram is not None:
        _add_telegram(app, built, built.telegram)
    if settings.twilio_auth_token is not None:
        whatsapp = WhatsAppIntake(
            inbox=built.inbox,
            outbox=built.outbox,
            clock=built.clock,
            auth_token=settings.twilio_auth_token.get_secret_value(),
            public_url=settings.public_url,
        )
        app.router.add_post("/whatsapp/webhook", whatsapp.answer_webhook)
        app.router.add_post("/whatsapp/status", whatsapp.answer_status)
        PublicFiles(database=built.database, clock=built.clock).add_to(app)


def _add_telegram(app: web.Application, built: Services, bot: Bot) -> None:
    settings = built.settings
    moves = GroupMoves(database=built.database, clock=built.clock)
    staff = StaffGroups(
        bot=bot,
        database=built.database,
        tickets=built.tickets,
        clock=built.clock,
        moves=moves,
    )
    intake = TelegramIntake(
        bot=bot,
        inbox=built.inbox,
        clock=built.clock,
        secret=settings.telegram_secret,
        staff=staff,
        moves=moves,
    )
    webhook = f"{settings.public_url}/telegram/webhook"
    by_webhook = settings.telegram_updates is TelegramMode.WEBHOOK
    if by_webhook:
        app.router.add_post("/telegram/webhook", intake.answer_webhook)

    async def receive(_: web.Application) -> AsyncIterator[None]:
        work = _prepare(intake, built, webhook) if by_webhook else _poll(intake, built)
        async with _running(work):
            yield
        await intake.close()
        await staff.close()

    app.cleanup_ctx.append(receive)


async def _prepare(intake: TelegramIntake, built: Services, webhook: str | None) -> None:
    """Introduce ourselves, show the menu and set the webhook; tried until Telegram can be reached."""
    attempts = 0
    while True:
        try:
            await intake.introduce(built.content().command_menu())
            if webhook is not None:
                await intake.register_webhook(webhook)
        except ZintisError as error:
            log.warning("telegram.not_ready", reason=str(error), attempts=attempts)
        else:
            return
        await asyncio.sleep(backoff(attempts))
        attempts += 1


async def _poll(intake: TelegramIntake, built: Services) -> None:
    """Poll for updates, one process of all replicas at a time."""
    await _prepare(intake, built, None)
    async with built.database.leadership("telegram polling"):
        await intake.poll()


@contextlib.asynccontextmanager
async def _running(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Work in the background for the time of the block; if it breaks, the process says so and goes on."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _listen(app: web.Application) -> AsyncIterator[None]:
    async with _running(app[_LIVE].listen()):
        yield


async def _alive(request: web.Request) -> web.Response:
    return web.json_response({"status": "alive"})


async def _metrics(request: web.Request) -> web.Response:
    return web.Response(body=metrics.render(), headers={"Content-Type": metrics.CONTENT_TYPE})


class _Readiness:
    """Whether the parts behind this process answer. Messages are accepted as long as the database does."""

    def __init__(self, built: Services) -> None:
        self._built = built

    async def answer(self, request: web.Request) -> web.Response:
        database, nlu = await asyncio.gather(self._database(), self._nlu())
        channels = {
            "telegram": "on" if self._built.telegram else "off",
            "whatsapp": "on" if self._built.settings.whatsapp_on else "off",
            "web": "on",
        }
        status = 200 if database and nlu else 503
        parts = {"database": database, "nlu": nlu, "channels": channels}
        return web.json_response(parts, status=status)

    async def _database(self) -> bool:
        try:
            async with asyncio.timeout(_READY_TIMEOUT):
                return await self._built.database.is_alive()
        except (DatabaseUnavailable, TimeoutError):
            return False

    async def _nlu(self) -> bool:
        try:
            async with asyncio.timeout(_READY_TIMEOUT):
                await self._built.nlu.understand("labdien")
        except (NluUnavailable, TimeoutError):
            return False
        return True


async def serve(settings: Settings, *, database_url: str) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first."""
    asked = stop_asked()
    async with services(settings, database_url=database_url) as built:
        runner = web.AppRunner(build(built), access_log=None, shutdown_timeout=5.0)
        await runner.setup()
        site = web.TCPSite(runner, settings.host, settings.port)
        await site.start()
        log.info("web.ready", host=settings.host, port=settings.port)
        await asked.wait()
        await runner.cleanup()
    log.info("web.stopped")


def main(settings: Settings, *, database_url: str) -> None:
    """The process: logs first, then work."""
    logs.configure(settings.log_format, process="web")
    run(serve(settings, database_url=database_url))

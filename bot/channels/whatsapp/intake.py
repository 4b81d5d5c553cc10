"""Where Twilio's webhooks come in: messages, and reports of what became of ours."""

import asyncio
from collections.abc import Mapping

import structlog
from aiohttp import web
from twilio.request_validator import RequestValidator

from bot import metrics
from bot.channels import ChannelEvent, Receiver, Reporter
from bot.channels.whatsapp.inbound import StatusReport, to_inbound, to_report
from bot.storage.database import DatabaseUnavailable
from domain.messages import Channel
from domain.ports import Clock

log = structlog.get_logger()

SIGNATURE_HEADER = "X-Twilio-Signature"

_EARLY = (0.1, 0.4, 1.0, 3.0)
"""Seconds between looks for a message whose report came before the worker had noted that it was sent."""


class WhatsAppIntake:
    """Takes Twilio's webhooks. `public_url` is how Twilio reaches us; None takes the address it asked for."""

    def __init__(
        self,
        *,
        inbox: Receiver,
        outbox: Reporter,
        clock: Clock,
        auth_token: str,
        public_url: str | None,
        early: tuple[float, ...] = _EARLY,
    ) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._clock = clock
        self._validator = RequestValidator(auth_token)
        self._public_url = public_url
        self._early = early

    async def answer_webhook(self, request: web.Request) -> web.Response:
        """One message: 200 when it is safe with us, 403 when it is not from Twilio, 503 when we are down."""
        form = await self._genuine_form(request)
        if form is None:
            return _refuse("signature", status=403)
        try:
            message = to_inbound(form, now=self._clock.now())
        except (KeyError, ValueError):
            return _refuse("form", status=400)
        try:
            if isinstance(message, ChannelEvent):
                await self._note_blocked(message.handle, blocked=message.blocked)
                return _nothing_to_say()
            fresh = await self._inbox.accept(message)
        except DatabaseUnavailable:
            return web.Response(status=503)
        metrics.INBOUND.labels(Channel.WHATSAPP, "accepted" if fresh else "repeated").inc()
        return _nothing_to_say()

    async def answer_status(self, request: web.Request) -> web.Response:
        """One report of what became of a message."""
        form = await self._genuine_form(request)
        if form is None:
            return _refuse("signature", status=403)
        try:
            report = to_report(form)
        except (KeyError, ValueError):
            return _refuse("form", status=400)
        try:
            if report is not None:
                await self._note(report)
        except DatabaseUnavailable:
            return web.Response(status=503)
        return web.Response(status=204)

    async def _note(self, report: StatusReport) -> None:
        known = await self._report(report)
        for wait in self._early:
            if known:
                break
            await asyncio.sleep(wait)
            known = await self._report(report)
        if not known:
            log.info("whatsapp.report_of_unknown", state=report.state)
        if report.unreachable:
            await self._note_blocked(report.handle, blocked=True)

    async def _report(self, report: StatusReport) -> bool:
        return await self._outbox.report(
            channel=Channel.WHATSAPP,
            vendor_id=report.vendor_id,
            state=report.state,
            error=report.error,
            window_closed=report.window_closed,
        )

    async def _note_blocked(self, handle: str, *, blocked: bool) -> None:
        await self._inbox.note_blocked(channel=Channel.WHATSAPP, handle=handle, blocked=blocked)

    async def _genuine_form(self, request: web.Request) -> Mapping[str, str] | None:
        """The form, if Twilio signed it for exactly this address; empty fields count too."""
        if request.content_type != "application/x-www-form-urlencoded":
            return None
        try:
            form = {name: str(value) for name, value in (await request.post()).items()}
            return form if self._is_genuine(request, form) else None
        except (LookupError, ValueError):  # letters, a charset or an address that nobody can read
            return None

    def _is_genuine(self, request: web.Request, form: Mapping[str, str]) -> bool:
        signature = request.headers.get(SIGNATURE_HEADER, "")
        origin = self._public_url or f"{request.scheme}://{request.host}"
        return bool(self._validator.validate(origin + request.raw_path, form, signature))


def _nothing_to_say() -> web.Response:
    """Empty TwiML: the answer leaves by the API, at our own pace."""
    return web.Response(text="<Response/>", content_type="text/xml")


def _refuse(reason: str, *, status: int) -> web.Response:
    metrics.WEBHOOKS_REFUSED.labels(Channel.WHATSAPP, reason).inc()
    log.warning("whatsapp.webhook_refused", reason=reason)
    return web.Response(status=status)

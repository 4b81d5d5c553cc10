"""Twilio's API for WhatsApp, simulated: https://www.twilio.com/docs/messaging/api/message-resource.

What the real one does later, this one does later: a message is accepted with 201 `queued`, its file is fetched from
the service, its fate comes by signed status callbacks. Stricter than the real one in two things: beyond a sender's 80
messages a second it refuses (429, 20429) where Twilio would queue for a while first, and characters of a body are
counted in UTF-16 units.
Not simulated: TwiML in the answer to a webhook, messaging services, scheduling.
"""

import asyncio
import base64
import binascii
import itertools
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Self

from aiohttp import web

from simulators.faults import Faults, ServerError, TooManyRequests
from simulators.pace import Bucket
from simulators.server import LocalServer, Routes
from simulators.twilio_messages import (
    API_VERSION,
    Json,
    Phone,
    Refusal,
    Request,
    SentMessage,
    Template,
    check_request,
    media_fault,
    new_sid,
    read_variables,
    show,
)
from simulators.twilio_people import Said, WhatsAppUser, hear, inbound_form
from simulators.twilio_webhooks import TOTAL_TIME, Attempt, Webhooks
from simulators.waiting import PATIENCE, Signal

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "simulated-auth-token"  # noqa: S105 - opens nothing but the simulator
SENDER = "whatsapp:+37120000000"
TEMPLATE_SID = "HX" + "0" * 32
TEMPLATE = Template(
    "Labdien! Pašvaldības asistents ir sagatavojis atbildi uz Jūsu jautājumu. "
    "Lai to saņemtu, lūdzu, atbildiet uz šo ziņu.",
    {"Saņemt atbildi": "release"},
)


class LateReply(StrEnum):
    """How free text outside the 24 h window fails; the real one tells later."""

    CALLBACK_FAILED = "failed"
    CALLBACK_UNDELIVERED = "undelivered"
    AT_ONCE = "at_once"


class TwilioSimulator:
    """Twilio with one account and one WhatsApp sender, and the people who write to it.

    `async with TwilioSimulator(webhook_url=…) as twilio:` listens on `twilio.url`; that is what the service's
    TWILIO_API_URL has to be. `webhook_url` is the public address of the service as it stands in the console,
    `fallback_url` the one beside it that is tried when the first one failed; `routes` say where it is really reached.
    """

    def __init__(
        self,
        *,
        webhook_url: str = "",
        fallback_url: str = "",
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        sender: str = SENDER,
        templates: Mapping[str, Template] | None = None,
        per_second: float | None = 80.0,
        late_reply: LateReply = LateReply.CALLBACK_FAILED,
        receipts: tuple[str, ...] = ("sent", "delivered"),
        routes: Mapping[str, str] | None = None,
        total_time: float = TOTAL_TIME,
        latency: float = 0.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.webhook_url = webhook_url
        self.fallback_url = fallback_url
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.sender = sender
        self.templates = dict(templates or {TEMPLATE_SID: TEMPLATE})
        self.late_reply = late_reply
        self.receipts = receipts
        self.latency = latency
        self.faults = Faults()
        self.routes = Routes(routes)
        self.sent: list[SentMessage] = []
        self.on_sent: list[Callable[[SentMessage], None]] = []
        self.refusals: list[tuple[int, str]] = []
        self.changed = Signal()
        self.now = now
        self._bucket = Bucket(per_second, burst=per_second or 1)
        self._webhooks = Webhooks(auth_token=auth_token, routes=self.routes, total_time=total_time)
        self._phones: dict[str, Phone] = {}
        self._media: dict[str, tuple[bytes, str]] = {}
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        app = web.Application()
        account = f"/{API_VERSION}/Accounts/{{account}}"
        app.router.add_post(f"{account}/Messages.json", self._create)
        app.router.add_get(f"{account}/Messages/{{sid}}.json", self._fetch)
        app.router.add_get(f"{account}/Messages/{{sid}}/Media/{{media}}", self._download)
        app.router.add_get(f"{account}.json", self._account)
        app.router.add_route("*", "/{anything:.*}", self._nothing)
        self._server = LocalServer(app)

    # --- running -----------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The address of the server: what stands for https://api.twilio.com."""
        return self._server.url

    async def start(self, *, port: int = 0) -> None:
        """Listen on 127.0.0.1."""
        await self._webhooks.start()
        await self._server.start(port=port)

    async def stop(self) -> None:
        """Stop reporting and listening."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._webhooks.stop()
        await self._server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # --- people ------------------------------------------------------------------------------

    def person(self, number: str = "+37126000001", name: str = "Anna") -> WhatsAppUser:
        """A person with a WhatsApp number; the same number gives the same phone."""
        return WhatsAppUser(self, self._phone(f"whatsapp:{number}", name))

    def _phone(self, address: str, name: str = "") -> Phone:
        return self._phones.setdefault(address, Phone(address, name))

    async def wait_for_reply(
        self, number: str, *, after: Said | None = None, patience: float = PATIENCE
    ) -> SentMessage:
        """The first message that reached a number after something was said there."""
        return await hear(self._phone(f"whatsapp:{number}"), after=after, patience=patience)

    async def wait_for_status(self, message: SentMessage, status: str) -> Attempt:
        """Until a status of a message has been reported to the service."""

        def look() -> Attempt | None:
            wanted = {"MessageSid": message.sid, "MessageStatus": status}
            return next((a for a in self.attempts if wanted.items() <= a.form.items()), None)

        return await self._webhooks.attempted.until(look, waited_for=f"report of {status}")

    @property
    def attempts(self) -> list[Attempt]:
        """Every request to the service, in order of their ends."""
        return self._webhooks.attempts

    # --- what people need (the protocol of twilio_people) ----------------------------------------

    def next_number(self) -> int:
        """The next place among all messages."""
        return next(self._numbers)

    def keep_media(self, sid: str, content: bytes, media_type: str) -> str:
        """Store a file and return its address."""
        media = new_sid("ME")
        self._media[media] = (content, media_type)
        return f"{self.url}/{API_VERSION}/Accounts/{self.account_sid}/Messages/{sid}/Media/{media}"

    async def deliver(
        self, phone: Phone, sid: str, fields: Mapping[str, str], *, signature: str | None = None
    ) -> Attempt:
        """Post an inbound message to the service; a signature that is given replaces the right one."""
        form = inbound_form(phone, sid, fields, account_sid=self.account_sid, sender=self.sender)
        attempt = await self._webhooks.post(self.webhook_url, form, token=sid, signature=signature)
        if attempt.status in _TAKEN or not self.fallback_url:
            return attempt
        form |= {"ErrorCode": "11200", "ErrorUrl": self.webhook_url}
        return await self._webhooks.post(self.fallback_url, form, token=sid, signature=signature)

    async def report(self, message: SentMessage, status: str, code: int | None = None) -> None:
        """Set a message's status and post the callback; twice or out of order if a test wants it."""
        message.status, message.error_code = status, code
        if not message.status_callback:
            return
        form = {
            "ApiVersion": API_VERSION,
            "MessageStatus": status,
            "SmsSid": message.sid,
            "SmsStatus": status,
            "ChannelInstallSid": "XE" + "0" * 32,
            "ChannelPrefix": "whatsapp",
            "To": message.to,
            "From": self.sender,
            "MessageSid": message.sid,
            "AccountSid": self.account_sid,
            "StructuredMessage": "true" if message.content_sid else "false",
        }
        if status in {"delivered", "read"}:
            form["EventType"] = status.upper()
        if code is not None:
            form |= {"ErrorCode": str(code), "ErrorMessage": "", "ChannelStatusMessage": ""}
            form |= {"EventType": "UNDELIVERED"} if status == "undelivered" else {}
        token = f"{message.sid}-{status}"
        await self._webhooks.post(message.status_callback, form, token=token)

    # --- HTTP --------------------------------------------------------------------------------

    async def _create(self, request: web.Request) -> web.StreamResponse:
        if self.latency:
            await asyncio.sleep(self.latency)
        fault = self.faults.take("create")
        if isinstance(fault, TooManyRequests):
            return _refuse(_TOO_FAST, retry_after=fault.retry_after)
        if isinstance(fault, ServerError):
            return web.Response(status=fault.status, text="<html>error</html>")
        if fault is not None and not fault.taken:
            return await self._server.break_off(request, fault)
        try:
            message = await self._accept(request)
        except Refusal as refusal:
            self.refusals.append((refusal.code, refusal.message))
            return _refuse(refusal)
        if fault is not None:
            return await self._server.break_off(request, fault)
        return web.json_response(self._show(message), status=201)

    async def _accept(self, http: web.Request) -> SentMessage:
        self._check_account(http)
        form = await http.post()
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
        media = tuple(v for v in form.getall("MediaUrl", ()) if isinstance(v, str))
        request = Request(texts, media)
        check_request(request, sender=self.sender, templates=self.templates)
        phone = self._phone(request.text("To"))
        if phone.opted_out:
            raise Refusal(21610, "Attempt to send to unsubscribed recipient")
        fate = self._fate(request, phone)
        if fate == _OUTSIDE and self.late_reply is LateReply.AT_ONCE:
            raise Refusal(63016, _WINDOW_CLOSED)
        if self._bucket.wait() > 0:
            raise _TOO_FAST
        self._bucket.take()
        return self._enqueue(request, phone, fate)

    def _check_account(self, request: web.Request) -> None:
        if _credentials(request) != (self.account_sid, self.auth_token):
            raise Refusal(20003, "Authenticate", status=401)
        if request.match_info["account"] != self.account_sid:
            path = request.path
            raise Refusal(20404, f"The requested resource {path} was not found", status=404)

    def _fate(self, request: Request, phone: Phone) -> int | None:
        """The error code that will be reported later, None when the message will arrive."""
        if not phone.on_whatsapp:
            return _NO_SUCH_PHONE
        template = self.templates.get(request.text("ContentSid"))
        if template is None:
            return None if phone.window_open(self.now()) else _OUTSIDE
        given = set(read_variables(request))
        return None if template.placeholders() <= given else _WRONG_VARIABLES

    def _enqueue(self, request: Request, phone: Phone, fate: int | None) -> SentMessage:
        template = self.templates.get(request.text("ContentSid"))
        variables = read_variables(request)
        shown = template.render(variables) if template and fate is None else request.text("Body")
        message = SentMessage(
            sid=new_sid("MM" if request.media or template else "SM"),
            to=phone.address,
            body=shown,
            at=time.monotonic(),
            content_sid=request.text("ContentSid"),
            variables=variables,
            media=request.media,
            status_callback=request.text("StatusCallback"),
            quick_replies=template.quick_replies if template else {},
            number=self.next_number(),
            reached=fate is None and not phone.blocked,
        )
        self._record(message, phone)
        task = asyncio.create_task(self._tell_fate(message, phone, fate))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return message

    def _record(self, message: SentMessage, phone: Phone) -> None:
        self.sent.append(message)
        self.changed.notify()
        for listener in self.on_sent:
            listener(message)
        if not message.media:
            self._arrive(message, phone)

    def _arrive(self, message: SentMessage, phone: Phone) -> None:
        if message.reached:
            phone.inbox.append(message)
            phone.changed.notify()

    async def _fetch_media(self, message: SentMessage) -> int | None:
        """Get the files from the service; the error code when they cannot be sent on."""
        for url in message.media:
            file = await self._webhooks.fetch(url)
            if (code := media_fault(file)) is not None or file is None:
                return code
            message.fetched += (file,)
        return None

    async def _tell_fate(self, message: SentMessage, phone: Phone, fate: int | None) -> None:
        if fate is None and message.media:
            fate = await self._fetch_media(message)
            message.reached = message.reached and fate is None
            self._arrive(message, phone)
        if fate is not None:
            undelivered = self.late_reply is LateReply.CALLBACK_UNDELIVERED
            await self.report(message, "undelivered" if undelivered else "failed", fate)
            return
        for status in self.receipts:
            if phone.blocked and status != "sent":
                return
            await self.report(message, status)

    def _show(self, message: SentMessage) -> Json:
        return show(message, account_sid=self.account_sid, sender=self.sender)

    async def _fetch(self, request: web.Request) -> web.Response:
        try:
            self._check_account(request)
        except Refusal as refusal:
            return _refuse(refusal)
        found = next((m for m in self.sent if m.sid == request.match_info["sid"]), None)
        return (
            await self._nothing(request) if found is None else web.json_response(self._show(found))
        )

    async def _account(self, request: web.Request) -> web.Response:
        try:
            self._check_account(request)
        except Refusal as refusal:
            return _refuse(refusal)
        body = {"sid": self.account_sid, "friendly_name": "Zintis", "status": "active"}
        return web.json_response(body | {"type": "Full", "subresource_uris": {}})

    async def _download(self, request: web.Request) -> web.Response:
        kept = self._media.get(request.match_info["media"])
        if _credentials(request) != (self.account_sid, self.auth_token):
            return _refuse(Refusal(20003, "Authenticate", status=401))
        if kept is None:
            return _refuse(Refusal(20404, "The requested resource was not found", status=404))
        return web.Response(body=kept[0], content_type=kept[1])

    async def _nothing(self, request: web.Request) -> web.Response:
        missing = f"The requested resource {request.path} was not found"
        return _refuse(Refusal(20404, missing, status=404))


_TAKEN = range(200, 300)
_NO_SUCH_PHONE = 63003
_OUTSIDE = 63016
_WRONG_VARIABLES = 63028
_TOO_FAST = Refusal(20429, "Too Many Requests", status=429)
_WINDOW_CLOSED = (
    "Failed to send freeform message because you are outside the allowed window. "
    "If you are using WhatsApp, please use a Message Template."
)


def _refuse(refusal: Refusal, *, retry_after: int | None = None) -> web.Response:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return web.json_response(refusal.as_json(), status=refusal.status, headers=headers)


def _credentials(request: web.Request) -> tuple[str, str]:
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (user, password) if kind.lower() == "basic" else ("", "")


__all__ = [
    "ACCOUNT_SID",
    "AUTH_TOKEN",
    "SENDER",
    "TEMPLATE",
    "TEMPLATE_SID",
    "Attempt",
    "LateReply",
    "Said",
    "SentMessage",
    "Template",
    "TwilioSimulator",
    "WhatsAppUser",
]

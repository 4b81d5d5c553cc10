"""`zintis doctor`: looks at each part and says what to mend. Changes nothing, prints no secret."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import aiohttp

from bot import content, training
from bot.alerts import MailServer
from bot.nlu import bearer
from bot.settings import Settings, TelegramMode
from bot.storage import alerts, post_erasures
from bot.storage.alerts import MailTrouble
from bot.storage.database import Database, DatabaseUnavailable
from bot.storage.migrate import is_current
from domain.errors import ChannelUnavailable, ContentInvalid

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_LEAST_DISK = 1024**3
_MAIL_SECONDS = 10.0
_TROUBLES_SINCE = timedelta(days=2)
_LARGEST_DRIFT = timedelta(seconds=10)


class State(StrEnum):
    """Well, worth a look, or to be mended."""

    WELL = "ok"
    WARNING = "look"
    BROKEN = "mend"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part; `mend` says what to do when it is not well."""

    part: str
    state: State
    seen: str
    mend: str = ""

    @property
    def well(self) -> bool:
        """Whether the service can do its work with this."""
        return self.state is not State.BROKEN


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined."""

    settings: Settings
    database_url: str | None
    web: aiohttp.ClientSession


Check = Callable[[Patient], Awaitable[Finding]]


async def examine(settings: Settings, *, database_url: str | None) -> list[Finding]:
    """Examine every part, at the same time; findings in a fixed order."""
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as web:
        patient = Patient(settings, database_url, web)
        return await asyncio.gather(*(check(patient) for check in CHECKS))


def report(findings: Iterable[Finding]) -> str:
    """The findings as a table to read."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.state:5} {finding.part:14} {finding.seen}")
        if finding.mend:
            lines.append(f"{'':20} → {finding.mend}")
    return "\n".join(lines)


async def check_database(patient: Patient) -> Finding:
    """Whether the database answers and has the newest schema."""
    url = patient.database_url
    if url is None:
        mend = "start `make run`, or set ZINTIS_DATABASE_URL"
        return Finding(
            "database", State.BROKEN, "none is set and the embedded one does not run", mend
        )
    database = Database(url, pool_size=1)
    try:
        await database.is_alive()
        current = await asyncio.to_thread(is_current, url)
    except DatabaseUnavailable:
        mend = "check that PostgreSQL runs and that ZINTIS_DATABASE_URL has the right host, user and password"
        return Finding("database", State.BROKEN, "does not answer", mend)
    finally:
        await database.close()
    if not current:
        return Finding("database", State.BROKEN, "has an old schema", "run `zintis migrate`")
    return Finding("database", State.WELL, "answers, newest schema")


async def check_content(patient: Patient) -> Finding:
    """Whether every content file can be used."""
    try:
        content.load(patient.settings.content_dir)
    except ContentInvalid as error:
        seen = f"{len(error.problems)} problems, first: {error.problems[0]}"
        return Finding("content", State.BROKEN, seen, "run `zintis content check` and mend each")
    return Finding("content", State.WELL, f"{patient.settings.content_dir} can be used")


async def check_model(patient: Patient) -> Finding:
    """Whether the newest training data is what the model was trained from."""
    try:
        fingerprint = training.fingerprint(content.load(patient.settings.content_dir))
    except ContentInvalid:
        return Finding("model", State.WARNING, "cannot be told while the content is broken")
    if not (training.models_folder(patient.settings.state_dir) / f"{fingerprint}.tar.gz").is_file():
        mend = "run `zintis train`, then start the understanding anew"
        return Finding("model", State.WARNING, "is missing or older than the content", mend)
    return Finding("model", State.WELL, "trained from the present content")


async def check_nlu(patient: Patient) -> Finding:
    """Whether Rasa understands a greeting."""
    url = f"{patient.settings.nlu_url}/model/parse"
    try:
        headers = bearer(patient.settings.nlu_secret)
        async with patient.web.post(url, json={"text": "labdien"}, headers=headers) as reply:
            if reply.status == HTTPStatus.UNAUTHORIZED:
                mend = "give the service nlu the same ZINTIS_NLU_TOKEN, and start it again"
                return Finding("understanding", State.BROKEN, "refuses our token", mend)
            said = await reply.json()
            intent = said["intent"]["name"]
    except (aiohttp.ClientError, TimeoutError, KeyError, TypeError, ValueError):
        mend = "start it (`make run`, or the service nlu), and check ZINTIS_NLU_URL"
        return Finding("understanding", State.BROKEN, "does not understand a greeting", mend)
    return Finding("understanding", State.WELL, f"takes “labdien” for {intent}")


async def check_telegram(patient: Patient) -> Finding:
    """Whether the token is right and updates can come."""
    if not patient.settings.telegram_on:
        return Finding("telegram", State.WELL, "off (no ZINTIS_TELEGRAM_TOKEN)")
    try:
        me = await _telegram(patient, "getMe")
        hook = await _telegram(patient, "getWebhookInfo")
    except _Refused as refused:
        return Finding("telegram", State.BROKEN, refused.seen, refused.mend)
    return _webhook(patient.settings, f"@{me['username']}", hook)


def _webhook(settings: Settings, name: str, hook: dict[str, Any]) -> Finding:
    registered = hook.get("url") or ""
    if settings.telegram_updates is TelegramMode.POLLING:
        if registered:
            mend = "it goes away when the web process starts; only one installation can use a token"
            return Finding("telegram", State.WARNING, f"{name} still has a webhook", mend)
        return Finding("telegram", State.WELL, f"{name}, polling")
    expected = f"{settings.public_url}/telegram/webhook"
    if registered != expected:
        mend = f"start the web process: it registers {expected}"
        return Finding("telegram", State.BROKEN, f"{name} has another webhook or none", mend)
    if hook.get("last_error_message"):
        mend = "open the public URL from outside; check the proxy and its certificate"
        seen = f"{name}: Telegram says “{hook['last_error_message']}”"
        return Finding("telegram", State.WARNING, seen, mend)
    return Finding("telegram", State.WELL, f"{name}, webhook registered")


class _Refused(Exception):
    def __init__(self, seen: str, mend: str) -> None:
        super().__init__(seen)
        self.seen = seen
        self.mend = mend


async def _telegram(patient: Patient, method: str) -> dict[str, Any]:
    token = patient.settings.telegram_token
    secret = token.get_secret_value() if token else ""
    url = f"{patient.settings.telegram_api_url}/bot{secret}/{method}"
    try:
        async with patient.web.get(url) as reply:
            if reply.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
                mend = "copy the token again from BotFather into ZINTIS_TELEGRAM_TOKEN"
                raise _Refused("the token is not valid", mend)
            result: dict[str, Any] = (await reply.json())["result"]
            return result
    except (aiohttp.ClientError, TimeoutError, KeyError, TypeError, ValueError):
        mend = "check ZINTIS_TELEGRAM_API_URL and that this machine may reach it"
        raise _Refused("the Bot API does not answer", mend) from None


async def check_whatsapp(patient: Patient) -> Finding:
    """Whether the Twilio account lets us in and Twilio can reach us."""
    settings = patient.settings
    if settings.twilio_account_sid is None or settings.twilio_auth_token is None:
        return Finding("whatsapp", State.WELL, "off (no ZINTIS_TWILIO_ACCOUNT_SID)")
    url = f"{settings.twilio_api_url}/2010-04-01/Accounts/{settings.twilio_account_sid}.json"
    token = settings.twilio_auth_token.get_secret_value()
    login = aiohttp.encode_basic_auth(settings.twilio_account_sid, token)
    try:
        async with patient.web.get(url, headers={"Authorization": login}) as reply:
            status = reply.status
    except (aiohttp.ClientError, TimeoutError):
        mend = "check ZINTIS_TWILIO_API_URL and that this machine may reach it"
        return Finding("whatsapp", State.BROKEN, "Twilio does not answer", mend)
    if status != HTTPStatus.OK:
        mend = "copy account SID and auth token again from the Twilio console"
        return Finding("whatsapp", State.BROKEN, f"Twilio answered {status}", mend)
    return _whatsapp_settings(settings)


def _whatsapp_settings(settings: Settings) -> Finding:
    if settings.public_url is None:
        mend = "set ZINTIS_PUBLIC_URL: Twilio posts messages only to a public address"
        return Finding("whatsapp", State.BROKEN, "nothing can come in", mend)
    if settings.whatsapp_template_sid is None:
        mend = "set ZINTIS_WHATSAPP_TEMPLATE_SID, or answers later than 24 h wait until the resident writes"
        return Finding("whatsapp", State.WARNING, "Twilio lets us in, no template", mend)
    return Finding("whatsapp", State.WELL, "Twilio lets us in")


async def check_mail(patient: Patient) -> Finding:
    """Whether the mail server lets us in."""
    url = patient.settings.smtp_url
    if url is None:
        return Finding("e-mail", State.WELL, "off (no ZINTIS_SMTP_URL)")
    try:
        await MailServer(url.get_secret_value(), timeout=_MAIL_SECONDS).check()
    except ChannelUnavailable as unavailable:
        seen = f"the mail server: {unavailable.reason}"
        return Finding("e-mail", State.BROKEN, seen, _mend_mail(unavailable.reason))
    return Finding("e-mail", State.WELL, "the server lets us in")


def _mend_mail(reason: str) -> str:
    if reason == MailTrouble.UNKNOWN_CERTIFICATE:
        return "give it a certificate of a known issuer, or trust your own (SSL_CERT_FILE, docs/operator.md)"
    if reason == MailTrouble.EXPIRED_CERTIFICATE:
        return "renew the certificate of the mail server, and look at the clock of this one"
    if reason == MailTrouble.OTHERS_CERTIFICATE:
        return "name the host in ZINTIS_SMTP_URL as its certificate does"
    return "check host, port, user and password in ZINTIS_SMTP_URL (special letters as %40)"


async def check_alerts(patient: Patient) -> Finding:
    """Whether staff were told of everything in the last days, and told no more of whoever was erased."""
    if patient.database_url is None:
        return Finding("alerts", State.WARNING, "cannot be told without a database")
    database = Database(patient.database_url, pool_size=1)
    try:
        async with database.reading() as connection:
            since = datetime.now(UTC) - _TROUBLES_SINCE
            troubles = await alerts.list_troubles(connection, since=since)
            left = await post_erasures.list_open(connection, now=datetime.now(UTC))
    except DatabaseUnavailable:
        return Finding("alerts", State.WARNING, "cannot be told without a database")
    finally:
        await database.close()
    if left:
        seen = f"{len(left)} posts about erased residents still stand in groups of staff"
        return Finding("alerts", State.WARNING, seen, "look at /desk/pazinojumi as administrator")
    if troubles:
        seen = f"{len(troubles)} did not reach staff, the last: {troubles[0].error}"
        return Finding("alerts", State.WARNING, seen, "look at /desk/pazinojumi as administrator")
    return Finding("alerts", State.WELL, "all reached staff")


async def check_issuer(patient: Patient) -> Finding:
    """Whether the municipality's accounts answer, under the name that their tokens bear."""
    issuer = patient.settings.oidc_issuer
    if issuer is None:
        return Finding("accounts", State.WELL, "passwords only (no ZINTIS_OIDC_ISSUER)")
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        async with patient.web.get(url) as reply:
            named = (await reply.json(content_type=None))["issuer"]
    except (aiohttp.ClientError, TimeoutError, KeyError, TypeError, ValueError):
        mend = "check ZINTIS_OIDC_ISSUER and that this machine may reach it"
        return Finding("accounts", State.BROKEN, f"no answer from {url}", mend)
    if named != issuer:
        mend = f"set ZINTIS_OIDC_ISSUER={named}, to the letter"
        return Finding("accounts", State.BROKEN, "the issuer calls itself otherwise", mend)
    return Finding("accounts", State.WELL, f"{issuer} answers")


async def check_public_url(patient: Patient) -> Finding:
    """Whether the public address leads to us."""
    public = patient.settings.public_url
    if public is None:
        return Finding("public URL", State.WELL, "none: webhooks are off")
    try:
        async with patient.web.get(f"{public}/healthz") as reply:
            status = reply.status
    except (aiohttp.ClientError, TimeoutError):
        mend = "check DNS, the reverse proxy and its certificate (docs/operator.md)"
        return Finding("public URL", State.BROKEN, f"{public} does not answer", mend)
    if status != HTTPStatus.OK:
        mend = "let the reverse proxy pass everything to the web process (docs/operator.md)"
        return Finding("public URL", State.BROKEN, f"/healthz answers {status} there", mend)
    if urlsplit(public).scheme != "https":
        return Finding("public URL", State.WARNING, "is not https", "vendors post only to https")
    return Finding("public URL", State.WELL, f"{public} leads here")


async def check_clock(patient: Patient) -> Finding:
    """Whether this machine's clock agrees with Telegram's, and knows Riga."""
    try:
        ZoneInfo("Europe/Riga")
    except ZoneInfoNotFoundError:
        mend = "install the system package tzdata"
        return Finding("clock", State.BROKEN, "Europe/Riga is unknown here", mend)
    if not patient.settings.telegram_on:
        return Finding("clock", State.WELL, "nobody to compare with")
    try:
        async with patient.web.head(patient.settings.telegram_api_url) as reply:
            theirs = parsedate_to_datetime(reply.headers["Date"])
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
        return Finding("clock", State.WELL, "nobody to compare with")
    drift = abs(datetime.now(UTC) - theirs)
    if drift > _LARGEST_DRIFT:
        seen = f"is {drift.total_seconds():.0f} s off"
        return Finding("clock", State.WARNING, seen, "turn on NTP (timedatectl set-ntp true)")
    return Finding("clock", State.WELL, "agrees with the world")


async def check_disk(patient: Patient) -> Finding:
    """Whether there is room for the database and the logs."""
    folder = patient.settings.state_dir
    place = folder if folder.exists() else folder.parent
    free = shutil.disk_usage(place).free
    seen = f"{free / 1024**3:.1f} GB free at {place}"
    if free < _LEAST_DISK:
        return Finding("disk", State.WARNING, seen, "make room: less than 1 GB is little")
    return Finding("disk", State.WELL, seen)


CHECKS: tuple[Check, ...] = (
    check_database,
    check_content,
    check_model,
    check_nlu,
    check_telegram,
    check_whatsapp,
    check_mail,
    check_alerts,
    check_issuer,
    check_public_url,
    check_clock,
    check_disk,
)

"""Settings: environment variables with the prefix ZINTIS_, or the same names in a file `.env`.

Every setting is optional for `make run`. What is wrong is said in one sentence that names the variable and the mend.
docs/operator.md explains each of them; the docs test keeps the two lists equal.
"""

import difflib
import hashlib
import hmac
import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.errors import ZintisError

PREFIX = "ZINTIS_"
PROJECT = Path(__file__).resolve().parent.parent
"""The folder that holds domain/, actions/, bot/ and content/."""

TOOL_NAMES = frozenset({"ZINTIS_CHROMIUM"})
"""Variables of ours that are not settings of the service: they steer the tests."""


class SettingsInvalid(ZintisError):
    """Settings are wrong; the text names each variable and its mend, one per line."""


class TelegramMode(StrEnum):
    """How updates come: we ask for them, or Telegram posts them to our public URL."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class LogFormat(StrEnum):
    """For a person at a terminal, or one JSON object per line."""

    CONSOLE = "console"
    JSON = "json"


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a URL like https://example.org")
    return value.rstrip("/")


def _issuer(value: str) -> str:
    """Kept to the letter: an issuer is compared with what its tokens say, a slash at the end included."""
    parts = urlsplit(value)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise ValueError("must be a URL like https://login.example.lv")
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]


class Settings(BaseSettings):
    """What the operator decides. Secrets hide themselves: `settings.telegram_token.get_secret_value()`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",  # unknown names are reported by `unknown_names`, with a guess
        frozen=True,
    )

    database_url: str | None = None
    database_pool: int = Field(default=10, ge=2, le=200)
    state_dir: Path = PROJECT / ".zintis"
    content_dir: Path = PROJECT / "content"

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    public_url: HttpUrl | None = None
    privacy_url: HttpUrl | None = None
    keep_days: int | None = Field(default=None, ge=7, le=3650)
    embed_origins: str = Field(default="", pattern=r"^(https?://[\w.:-]+(\s+|$))*$")
    nlu_url: HttpUrl = "http://127.0.0.1:5005"
    nlu_token: SecretStr | None = None
    worker_concurrency: int = Field(default=8, ge=1, le=100)
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    log_format: LogFormat = LogFormat.CONSOLE

    telegram_token: SecretStr | None = None
    telegram_api_url: HttpUrl = "https://api.telegram.org"
    telegram_webhook_secret: SecretStr | None = None
    telegram_mode: TelegramMode | None = None
    telegram_pace: float = Field(default=30.0, gt=0, le=1000)

    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_api_url: HttpUrl = "https://api.twilio.com"
    whatsapp_from: str | None = Field(default=None, pattern=r"^whatsapp:\+\d{7,15}$")
    whatsapp_template_sid: str | None = Field(default=None, pattern=r"^HX[0-9a-fA-F]{32}$")
    whatsapp_pace: float = Field(default=80.0, gt=0, le=1000)

    smtp_url: SecretStr | None = None
    smtp_from: str | None = Field(default=None, pattern=r"^([^<>@\r\n]*<)?[^@\s<>]+@[^@\s<>]+>?$")

    oidc_issuer: Annotated[str, AfterValidator(_issuer)] | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_trust_emails: bool = False

    admin_email: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+$")
    admin_password: SecretStr | None = Field(default=None, min_length=10)

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("must be a URL like postgresql://user:password@host/database")
        return value

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _telegram_takes_it(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()):
            raise ValueError("must be 1-256 letters, digits, _ or -")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _is_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(value.get_secret_value()) if value else None
        if parts and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
            raise ValueError("must be a URL like smtp://user:password@mail.example.lv:587")
        return value

    @field_validator("nlu_token")
    @classmethod
    def _fits_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", value.get_secret_value()):
            raise ValueError("must be 16-256 letters, digits, _ or -")
        return value

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.telegram_mode is TelegramMode.WEBHOOK and self.public_url is None:
            raise ValueError("ZINTIS_TELEGRAM_MODE is webhook, so set ZINTIS_PUBLIC_URL too")
        missing = [name for name, value in self._whatsapp().items() if not value]
        if 0 < len(missing) < len(self._whatsapp()):
            raise ValueError(f"WhatsApp needs all of its settings, so set {', '.join(missing)} too")
        if (self.admin_email is None) is not (self.admin_password is None):
            raise ValueError("set both ZINTIS_ADMIN_EMAIL and ZINTIS_ADMIN_PASSWORD, or neither")
        if (self.smtp_url is None) is not (self.smtp_from is None):
            raise ValueError("set both ZINTIS_SMTP_URL and ZINTIS_SMTP_FROM, or neither")
        return self

    @model_validator(mode="after")
    def _accounts_belong_together(self) -> Self:
        missing = [name for name, value in self._oidc().items() if not value]
        if 0 < len(missing) < len(self._oidc()):
            raise ValueError(
                f"the municipality's accounts need all of their settings, so set {', '.join(missing)} too"
            )
        if self.oidc_issuer and self.public_url is None:
            raise ValueError("ZINTIS_OIDC_ISSUER is set, so set ZINTIS_PUBLIC_URL too")
        return self

    def _oidc(self) -> dict[str, object]:
        return {
            "ZINTIS_OIDC_ISSUER": self.oidc_issuer,
            "ZINTIS_OIDC_CLIENT_ID": self.oidc_client_id,
            "ZINTIS_OIDC_CLIENT_SECRET": self.oidc_client_secret,
        }

    def _whatsapp(self) -> dict[str, object]:
        return {
            "ZINTIS_TWILIO_ACCOUNT_SID": self.twilio_account_sid,
            "ZINTIS_TWILIO_AUTH_TOKEN": self.twilio_auth_token,
            "ZINTIS_WHATSAPP_FROM": self.whatsapp_from,
        }

    @property
    def nlu_token_file(self) -> Path:
        """Where `zintis run` leaves the token of its model server, for its own processes and our user's commands."""
        return self.state_dir / "nlu.token"

    @property
    def nlu_secret(self) -> str:
        """What the model server asks for: as set, else what `zintis run` made in this folder; empty without both."""
        if self.nlu_token is not None:
            return self.nlu_token.get_secret_value()
        try:
            return self.nlu_token_file.read_text(encoding="ascii")
        except OSError:
            return ""

    @property
    def telegram_on(self) -> bool:
        """Whether the Telegram channel runs."""
        return self.telegram_token is not None

    @property
    def whatsapp_on(self) -> bool:
        """Whether the WhatsApp channel runs."""
        return self.twilio_account_sid is not None

    @property
    def telegram_updates(self) -> TelegramMode:
        """How Telegram updates come: as set, else by webhook when there is a public URL."""
        if self.telegram_mode is not None:
            return self.telegram_mode
        return TelegramMode.WEBHOOK if self.public_url else TelegramMode.POLLING

    @property
    def telegram_secret(self) -> str:
        """What Telegram must send with each webhook: as set, else derived from the token, equal on all replicas."""
        if self.telegram_webhook_secret is not None:
            return self.telegram_webhook_secret.get_secret_value()
        token = self.telegram_token.get_secret_value() if self.telegram_token else ""
        return hmac.new(token.encode(), b"zintis telegram webhook", hashlib.sha256).hexdigest()


def load_settings() -> Settings:
    """The settings of this process. Raises `SettingsInvalid`."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsInvalid("\n".join(_mend(e) for e in error.errors())) from None


def names() -> list[str]:
    """Every setting as the operator writes it."""
    return sorted(PREFIX + field.upper() for field in Settings.model_fields)


def unknown_names(environment: Iterable[str]) -> list[str]:
    """One sentence for each ZINTIS_ variable that nobody reads, with the likeliest meaning."""
    known = names()
    strange = sorted(
        n for n in environment if n.startswith(PREFIX) and n not in known and n not in TOOL_NAMES
    )
    return [f"{name} is not a setting{_guess(name, known)}" for name in strange]


def _guess(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ", see docs/operator.md."


_MENDS = {
    "ZINTIS_EMBED_ORIGINS": "must be sites like https://www.example.lv, with spaces between",
    "ZINTIS_WHATSAPP_FROM": "must look like whatsapp:+37120000000",
    "ZINTIS_WHATSAPP_TEMPLATE_SID": "must be a Twilio content SID: HX and 32 hexadecimal digits",
    "ZINTIS_SMTP_FROM": "must be an e-mail address, or a name and one: Zintis <zintis@example.lv>",
    "ZINTIS_ADMIN_EMAIL": "must be an e-mail address",
    "ZINTIS_ADMIN_PASSWORD": "must have at least 10 characters",
}


def _mend(error: ErrorDetails) -> str:
    """The sentence for one problem; never with the value, which may be a secret."""
    said = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return f"{said}."
    name = PREFIX + str(error["loc"][0]).removeprefix(PREFIX.lower()).upper()
    return f"{name} {_MENDS.get(name, said[0].lower() + said[1:])}."

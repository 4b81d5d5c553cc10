"""Settings: the defaults suffice, and what is wrong is said with its mend."""

from pathlib import Path

import pytest

from bot.settings import SettingsInvalid, TelegramMode, load_settings, names, unknown_names


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)  # away from anybody's .env


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert not settings.telegram_on
    assert not settings.whatsapp_on


def test_settings_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ZINTIS_PORT=9000\nPOSTGRES_PASSWORD=whatever\n")
    assert load_settings().port == 9000


@pytest.mark.parametrize("url", ["mail.example.lv:587", "http://mail.example.lv", "smtp://"])
def test_a_mail_server_is_a_url(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ZINTIS_SMTP_URL", url)
    monkeypatch.setenv("ZINTIS_SMTP_FROM", "Zintis <zintis@example.lv>")
    with pytest.raises(SettingsInvalid, match="ZINTIS_SMTP_URL must be a URL like smtp://"):
        load_settings()


def test_a_mail_server_needs_a_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZINTIS_SMTP_URL", "smtp://mail.example.lv")
    with pytest.raises(SettingsInvalid, match="ZINTIS_SMTP_FROM"):
        load_settings()


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZINTIS_TELEGRAM_TOKEN", "")
    assert not load_settings().telegram_on


def test_telegram_is_polled_without_a_public_url(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().telegram_updates is TelegramMode.POLLING
    monkeypatch.setenv("ZINTIS_PUBLIC_URL", "https://asistents.example.lv/")
    assert load_settings().telegram_updates is TelegramMode.WEBHOOK
    assert load_settings().public_url == "https://asistents.example.lv"


def test_replicas_derive_the_same_webhook_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZINTIS_TELEGRAM_TOKEN", "1:token")
    first, second = load_settings().telegram_secret, load_settings().telegram_secret
    assert first == second
    assert "token" not in first


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ZINTIS_PORT", "http", "ZINTIS_PORT input should be a valid integer"),
        ("ZINTIS_PORT", "70000", "ZINTIS_PORT input should be less than or equal to 65535"),
        (
            "ZINTIS_DATABASE_URL",
            "sqlite:///x",
            "ZINTIS_DATABASE_URL must be a URL like postgresql://",
        ),
        ("ZINTIS_PUBLIC_URL", "example.lv", "ZINTIS_PUBLIC_URL must be a URL like https://"),
        ("ZINTIS_TELEGRAM_MODE", "webhook", "set ZINTIS_PUBLIC_URL too"),
        (
            "ZINTIS_TELEGRAM_MODE",
            "pull",
            "ZINTIS_TELEGRAM_MODE input should be 'polling' or 'webhook'",
        ),
        ("ZINTIS_TELEGRAM_WEBHOOK_SECRET", "with space", "must be 1-256 letters, digits, _ or -"),
        ("ZINTIS_NLU_TOKEN", "short", "must be 16-256 letters, digits, _ or -"),
        ("ZINTIS_WHATSAPP_FROM", "+37120000000", "must look like whatsapp:+37120000000"),
        (
            "ZINTIS_TWILIO_ACCOUNT_SID",
            "AC1",
            "set ZINTIS_TWILIO_AUTH_TOKEN, ZINTIS_WHATSAPP_FROM too",
        ),
        (
            "ZINTIS_OIDC_ISSUER",
            "https://login.example.lv",
            "so set ZINTIS_OIDC_CLIENT_ID, ZINTIS_OIDC_CLIENT_SECRET too",
        ),
        (
            "ZINTIS_OIDC_ISSUER",
            "http://login.example.lv",
            "ZINTIS_OIDC_ISSUER must be a URL like https://login.example.lv",
        ),
        (
            "ZINTIS_ADMIN_EMAIL",
            "a@example.lv",
            "set both ZINTIS_ADMIN_EMAIL and ZINTIS_ADMIN_PASSWORD",
        ),
        ("ZINTIS_ADMIN_PASSWORD", "short", "must have at least 10 characters"),
    ],
)
def test_a_wrong_value_is_named_with_its_mend(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid) as refused:
        load_settings()
    assert sentence in str(refused.value)


def test_the_municipalitys_accounts_need_an_address_to_come_back_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issuer = "https://login.example.lv/tenant/"
    monkeypatch.setenv("ZINTIS_OIDC_ISSUER", issuer)
    monkeypatch.setenv("ZINTIS_OIDC_CLIENT_ID", "desk")
    monkeypatch.setenv("ZINTIS_OIDC_CLIENT_SECRET", "secret")
    with pytest.raises(SettingsInvalid) as refused:
        load_settings()
    assert "set ZINTIS_PUBLIC_URL too" in str(refused.value)
    monkeypatch.setenv("ZINTIS_PUBLIC_URL", "https://asistents.example.lv")
    assert load_settings().oidc_issuer == issuer


def test_the_token_of_the_model_server_is_set_or_made_by_the_run_in_this_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZINTIS_STATE_DIR", str(tmp_path))
    assert load_settings().nlu_secret == ""
    load_settings().nlu_token_file.write_text("made-by-the-run-00")
    assert load_settings().nlu_secret == "made-by-the-run-00"
    monkeypatch.setenv("ZINTIS_NLU_TOKEN", "set-by-the-operator")
    assert load_settings().nlu_secret == "set-by-the-operator"


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZINTIS_ADMIN_PASSWORD", "tooshort")
    with pytest.raises(SettingsInvalid) as refused:
        load_settings()
    assert "tooshort" not in str(refused.value)


def test_a_misspelt_setting_is_noticed() -> None:
    assert unknown_names(["ZINTIS_TELEGRAM_TOKN", "ZINTIS_PORT", "PATH"]) == [
        "ZINTIS_TELEGRAM_TOKN is not a setting; did you mean ZINTIS_TELEGRAM_TOKEN?"
    ]

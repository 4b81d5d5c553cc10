"""The web process gives Telegram the menu of commands that the content names."""

from pydantic import SecretStr

from bot import server
from bot.app import services
from bot.settings import Settings
from simulators.server import LocalServer
from simulators.telegram import TOKEN, TelegramSimulator


async def test_telegram_shows_the_commands_of_the_content(database_url: str) -> None:
    async with TelegramSimulator() as telegram:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # a switch of pydantic-settings, not a setting
            telegram_token=SecretStr(TOKEN),
            telegram_api_url=telegram.url,
        )
        async with services(settings, database_url=database_url) as built:
            running = LocalServer(server.build(built))
            await running.start()
            await telegram.wait_for_call("setMyCommands")
            await running.stop()
            menu = built.content().command_menu()
    shown = [(command["command"], command["description"]) for command in telegram.commands]
    assert shown == list(menu)
    assert shown[0] == ("palidziba", "Visas tēmas")

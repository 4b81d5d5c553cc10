"""The menu of commands that Telegram shows: names made of the words in phrases.yml."""

import re
from dataclasses import replace

from bot.content import load
from domain.conversation import Commands
from domain.understanding import Intent
from tests.content.conftest import REAL_CONTENT


def test_the_menu_names_each_command_by_its_first_words() -> None:
    assert load(REAL_CONTENT).command_menu() == [
        ("palidziba", "Visas tēmas"),
        ("cilveks", "Jautāt darbiniekam"),
        ("mani_pieteikumi", "Mani pieteikumi"),
        ("mani_dati", "Kādi dati par mani glabājas"),
        ("dzest_manus_datus", "Dzēst manus datus"),
        ("sakt_no_jauna", "Sākt no jauna"),
    ]


def test_a_command_typed_from_the_menu_is_understood() -> None:
    content = load(REAL_CONTENT)
    typed = [content.commands.find(f"/{name}") for name, _ in content.command_menu()]
    assert typed == ["help", "ask_person", "my_tickets", "my_data", "erase_data", "restart"]


def test_telegram_takes_every_name_and_description() -> None:
    for name, description in load(REAL_CONTENT).command_menu():
        assert re.fullmatch(r"[a-z0-9_]{1,32}", name)
        assert 1 <= len(description) <= 256


def test_words_that_cannot_name_a_command_are_passed_over() -> None:
    words = {"помощь": "help", "palidziba " * 4: "help", "palidzi": "help", "человек": "ask_person"}
    commands = Commands({wording: Intent(intent) for wording, intent in words.items()})
    content = replace(load(REAL_CONTENT), commands=commands)
    assert content.command_menu() == [("palidzi", "Visas tēmas")]

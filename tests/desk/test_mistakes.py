"""A mistake of ours at the desk: the clerk reads Latvian and a number, the log has the same number and the reason."""

import pytest
from structlog.testing import capture_logs

from bot.desk import lists
from bot.desk.door import BACKGROUND
from tests.desk.office import Office


def _break(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(lists, "render", broken)


async def test_clerk_reads_what_to_do_and_the_number_that_is_in_the_log(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await office.at_work("Anna") as anna:
        _break(monkeypatch)
        with capture_logs() as logged:
            page = await anna.see("/desk/")
    assert page.status == 500
    assert "Vaina ir mūsu pusē" in page.words()
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    [broke] = [entry for entry in logged if entry["event"] == "desk.broke"]
    assert (broke["log_level"], broke["exc_info"]) == ("error", True)
    assert f"Kļūdas numurs: {broke['reference']}." in page.words()
    assert "ZeroDivisionError" not in page.text


async def test_what_a_page_fetches_by_itself_gets_no_page(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await office.at_work("Anna") as anna:
        _break(monkeypatch)
        page = await anna.see("/desk/", headers={BACKGROUND: "1"})
    assert (page.status, page.text) == (500, "Radās kļūda")

"""What `zintis content check` says."""

from datetime import date

from bot.content import check, report_text
from tests.content.conftest import Directory

TODAY = date(2026, 11, 20)


def test_good_content_has_one_warning_while_nobody_compared_it_with_its_sources(
    directory: Directory,
) -> None:
    report = check(directory.path, today=TODAY)

    assert report_text(report) == (
        "Brīdinājumi (asistents strādā, bet, lūdzu, apskatiet):\n"
        "  content/topics:1: ar avotu vēl nav salīdzināti 2 no 2 tematiem (verified_on: null); "
        "salīdziniet un ierakstiet datumu\n"
        "Saturs ir kārtībā. Temati: 2. Kļūdas: 0. Brīdinājumi: 1."
    )


def test_what_has_expired_or_will_within_a_month_is_named(directory: Directory) -> None:
    directory.edit("topics/bills/bills-pay-where.md", "2027-12-31", "2026-11-19")
    directory.edit("topics/meters/meters-how.md", "2027-12-31", "2026-12-20")
    directory.edit("centres.yml", "2027-03-31", "2026-11-20")

    report = check(directory.path, today=TODAY)

    assert [str(warning) for warning in report.warnings if warning.line > 1] == [
        "content/centres.yml:18: derīgs vairs tikai līdz 2026-11-20 (atlikušas dienas: 0); pārbaudiet un pagariniet",
        "content/topics/bills/bills-pay-where.md:21: derīgs bija līdz 2026-11-19; asistents to vairs nerāda – "
        "pārbaudiet un atjaunojiet",
        "content/topics/meters/meters-how.md:21: derīgs vairs tikai līdz 2026-12-20 (atlikušas dienas: 30); "
        "pārbaudiet un pagariniet",
    ]


def test_problems_come_first_and_change_the_verdict(directory: Directory) -> None:
    directory.edit("topics/bills/bills-pay-where.md", "queue: bills", "queue: water")

    text = report_text(check(directory.path, today=TODAY))

    assert text.splitlines()[:2] == [
        "Kļūdas (tās jāizlabo, citādi izmaiņas nesāks darboties):",
        "  content/topics/bills/bills-pay-where.md:25: queue: rindas „water” nav failā queues.yml",
    ]
    assert text.splitlines()[-1] == "Saturā ir kļūdas. Temati: 2. Kļūdas: 1. Brīdinājumi: 1."

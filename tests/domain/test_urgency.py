"""How the signs of danger are read: what is sure, what is doubtful, and what takes a sign back."""

import pytest

from domain.slips import Slips
from domain.urgency import Danger, Urgency
from domain.wordings import Wordings

DESPAIR, FIRE = Danger.DESPAIR, Danger.FIRE

URGENCY = Urgency(
    signs=Wordings.of(
        [("negrib * dzīvot", DESPAIR), ("gribu nomirt", DESPAIR), ("=deg * māj", FIRE)]
    ),
    doubtful=Wordings.of([("ugunsgrēk", FIRE)]),
    alone={"paliga": Danger.OTHER, "deg": FIRE},
    never=Wordings.of(
        [
            ("dzīvot * pilsēt", DESPAIR),
            ("nomirt no smiekl", DESPAIR),
            ("pabalst", FIRE),
            ("deg lampiņ", FIRE),
        ]
    ),
    slips=Slips.of(["negrib", "dzivot", "ugunsgrek"], others=["negrab"]),
)


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("negribu vairs dzīvot", DESPAIR),
        ("negribu dzīvot pilsētā", None),
        ("negribu dzīvot trokšņainā pilsētā", None),
        ("negribu dzīvot, esmu pilsētā", DESPAIR),
        ("negribu dzīvot pilsētā, gribu nomirt", DESPAIR),
        ("gribu nomirt no smiekliem un negribu dzīvot pilsētā", None),
        ("gribu nomirt no smiekliem, negribu dzīvot", DESPAIR),
    ],
)
def test_a_sure_sign_is_taken_back_only_by_words_that_it_shares(
    text: str, danger: Danger | None
) -> None:
    assert URGENCY.find(text) is danger


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("ugunsgrēks!", FIRE),
        ("ugunsgrēks. Kāds pienākas pabalsts?", None),
        ("ugunsgrēks, deg māja, vai būs pabalsts", FIRE),
        ("deg lampiņa mājā", None),
        ("ugunsgrēks, negribu dzīvot pilsētā", FIRE),
    ],
)
def test_a_doubtful_sign_is_taken_back_by_any_word_of_its_danger(
    text: str, danger: Danger | None
) -> None:
    assert URGENCY.find(text) is danger


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("Palīgā!!!", Danger.OTHER),
        ("palīgā palīgā", Danger.OTHER),
        ("nāciet palīgā", None),
        ("DEG", FIRE),
        ("deg lampiņa", None),
    ],
)
def test_a_word_alone_counts_only_alone(text: str, danger: Danger | None) -> None:
    assert URGENCY.find(text) is danger


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("negirbu dzīvot", DESPAIR),
        ("negrbu dzvot", DESPAIR),
        ("ugunsgerks", FIRE),
        ("ngeribu dzīvot", DESPAIR),
        ("engribu dzīvot", None),
        ("negrabu dzīvot", None),
    ],
)
def test_slips_are_undone(text: str, danger: Danger | None) -> None:
    assert URGENCY.find(text) is danger


def test_a_slip_of_one_word_that_is_another_word_is_left_alone() -> None:
    slips = Slips.of(["slikst"], others=["slikts"])
    assert slips.undone(["slikts", "silksts"]) == ["slikts", "slikst"]

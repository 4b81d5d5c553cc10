"""Who asks outright for a person, about what, and who only speaks of persons."""

import time

import pytest

from domain.wishes import person_wished

WISHES = {
    "cilvēku, lūdzu, par lampu pie skolas": "par lampu pie skolas",
    "cilvēks par lampu pie skolas": "par lampu pie skolas",
    "Cilvēks, lampa pie skolas nedeg": "lampa pie skolas nedeg",
    "Cilvēks. Man rēķins ir nepareizs": "Man rēķins ir nepareizs",
    "gribu runāt ar cilvēku par ceļu uz Vilci": "par ceļu uz Vilci",
    "vajag darbinieku par rēķinu": "par rēķinu",
    "man vajag dzīvu cilvēku, man rēķins nepareizs": "man rēķins nepareizs",
    "savienojiet ar cilvēku par atkritumiem": "par atkritumiem",
    "savieno mani ar cilvēku par apkuri": "par apkuri",
    "lūdzu savienot ar darbinieku, jautājums par nodokli": "jautājums par nodokli",
    "Lampa pie skolas nedeg. Gribu runāt ar cilvēku!": "Lampa pie skolas nedeg",
    "rēķins nepareizs, gribu cilvēku": "rēķins nepareizs",
    "vēlos sazināties ar pašvaldības darbinieku par zāles pļaušanu": "par zāles pļaušanu",
    "gribētu ar kādu dzīvu cilvēku parunāt par skaitītāju": "par skaitītāju",
    "vai varu parunāt ar darbinieku par pabalstu": "par pabalstu",
    "varu es ar cilvēku parunāt par pabalstu": "par pabalstu",
    "jautāt darbiniekam par lampu": "par lampu",
    "nododiet darbiniekam, ka lampa nedeg": "ka lampa nedeg",
    "lai man atbild cilvēks par lampu": "par lampu",
    "operatoru, lūdzu, par līgumu": "par līgumu",
    "mamma grib runāt ar cilvēku par rēķinu": "mamma, par rēķinu",
    "Nē, gribu runāt ar cilvēku par lampu": "par lampu",
    "Labdien, esmu no Elejas, gribu darbinieku par sniegu": "par sniegu",
    "gribu runāt ar cilvēku, kas atbild par ielām": "kas atbild par ielām",
    "esmu bez apkures, vajag cilvēku": "esmu bez apkures",
    "„cilvēku”, lūdzu 🙏 par lampu": "🙏 par lampu",
}

BARE = (
    "cilvēks",
    "Cilvēku, lūdzu!",
    "Labdien! Gribu runāt ar darbinieku",
    "lai man piezvana darbinieks",
    "gribu cilvēku, nevis robotu",
    "dod man cilvēku, tu neko nesaproti",
    "esmu no Elejas, gribu cilvēku",
    "gribu runāt ar cilvēku par savu lietu",
    "nodod manu jautājumu darbiniekam",
    "Jautāt darbiniekam",
)

ABOUT_PERSONS = (
    "cik cilvēku dzīvo novadā",
    "cilvēku skaits pagastā",
    "vai ir mācības cilvēkiem ar invaliditāti",
    "kurš cilvēks atbild par ielu",
    "kurš darbinieks atbild par ielām",
    "cilvēks, kurš atbild par ielām",
    "vajag darbinieku sarakstu",
    "vajag konkrēta darbinieka tālruni",
    "gribu sociālo darbinieku",
    "man vajag sociālo darbinieku Elejā",
    "gribu sūdzēties par darbinieku",
    "gribu kļūt par darbinieku",
    "darbinieks, Jānis, man uzkliedza",
    "ja vajag cilvēku, kam zvanīt",
    "kur var runāt ar cilvēku par pabalstu",
    "kā var satikt darbinieku klātienē",
    "gribu ar dzīvu cilvēku parunāt, kam zvanīt",
    "vajag cilvēku, kas palīdz ar malku",
    "vajag darbinieku, kas nāk uz mājām",
    "vai man vajag runāt ar darbinieku, lai nodotu rādījumu",
    "vai klientu centrā var parunāt ar valsts iestādes darbinieku",
    "vai drīkst cilvēku apglabāt citā pagastā",
    "negribu runāt ar cilvēku",
    "man nevajag cilvēku",
    "vecs cilvēks viens pats mājās, kas palīdz",
    "cilvēki saka, ka autobuss nebrauc",
    "cilveks@example.org",
    "",
)


def plain(text: str) -> str:
    """As it is typed without garumzīmes."""
    return text.translate(str.maketrans("āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ", "acegiklnsuzACEGIKLNSUZ"))


@pytest.mark.parametrize(("text", "matter"), WISHES.items())
def test_a_wish_tells_what_it_is_about(text: str, matter: str) -> None:
    assert person_wished(text) == matter
    assert person_wished(plain(text)) == plain(matter)


@pytest.mark.parametrize("text", [*BARE, *map(plain, BARE)])
def test_a_wish_may_say_nothing_more(text: str) -> None:
    assert person_wished(text) == ""


@pytest.mark.parametrize("text", [*ABOUT_PERSONS, *map(plain, ABOUT_PERSONS)])
def test_who_speaks_of_persons_asks_for_none(text: str) -> None:
    assert person_wished(text) is None


@pytest.mark.parametrize("repeated", ["gribu ", "lūdzu, ", "vai varu runāt ar ", " ", ", ", "a"])
def test_a_long_message_is_read_at_once(repeated: str) -> None:
    started = time.perf_counter()
    person_wished((repeated * 4096)[:4096])
    assert time.perf_counter() - started < 1

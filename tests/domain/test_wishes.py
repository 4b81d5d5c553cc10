"""Who asks outright for a person, about what, and who only speaks of persons."""

import time

import pytest

from domain.wishes import person_wished, tells_matter

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
    "„cilvēku”, lūdzu 🙏 par lampu": "par lampu",
    "cilvēku lūdzu, par manu ūdens skaitītāju": "par manu ūdens skaitītāju",
    "cilveeku luudzu par reekjinu": "par reekjinu",
    "vajag cilvēku par 2025. gada nodokli": "par 2025. gada nodokli",
    "vajag cilvēku par skaitītāju": "par skaitītāju",
    "vajag cilvēku, lai parunātu par rēķinu": "lai parunātu par rēķinu",
    "Jūs nesaprotat. Lampa pie skolas nedeg! Gribu cilvēku": "Lampa pie skolas nedeg",
    "mani sauc Ilze Bērziņa no Elejas, rēķins nepareizs, gribu cilvēku": "rēķins nepareizs",
    "esmu samaksājis rēķinu divreiz, gribu cilvēku": "esmu samaksājis rēķinu divreiz",
    "man nav ūdens, vai varu runāt ar cilvēku šodien?": "man nav ūdens",
    "kāpēc man nav ūdens gribu runāt ar cilvēku": "kāpēc man nav ūdens",
    "kad būs siltums gribu runāt ar cilvēku": "kad būs siltums",
    "Vai jūs varētu savienot mani ar darbinieku par rēķinu?": "par rēķinu",
    "gribu ar cilvēku par rēķinu": "par rēķinu",
    "cilvēku vajag par rēķinu": "par rēķinu",
    "vai varu runāt ar darbinieku par telefona rēķinu": "par telefona rēķinu",
    "gribu runāt ar cilvēku vārdā Anna par rēķinu": "vārdā Anna par rēķinu",
    "nezinu, kā rakstīt par rēķinu, gribu cilvēku": "kā rakstīt par rēķinu",
    "nosūtiet cilvēkam, ka lampa nedeg": "ka lampa nedeg",
    "nosūtiet cilvēkam manu jautājumu par lampu": "manu jautājumu par lampu",
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
    "nepalīdzēja, gribu runāt ar cilvēku",
    "gribu parunāt ar kādu darbinieku? Paldies jau iepriekš",
    "ei dod cilvēku",
    "Labdien, vai varu runāt ar cilvēku šodien?",
    "es nemāku rakstīt, gribu cilvēku",
    "nevaru saprast, gribu cilvēku",
    "Jūs nesaprotat, gribu runāt ar cilvēku",
    "man apnicis, dodiet cilvēku",
    "wtf, gribu cilvēku",
    "lol gribu cilvēku",
    "gribu runāt ar cilvēku, ja iespējams",
    "Man ir 78 gadi, gribu runāt ar cilvēku",
    "mani sauc Ilze Bērziņa no Elejas, gribu runāt ar cilvēku",
    "varētu lūdzu savienot ar operatoru",
    "tas nav tas, ko es jautāju, gribu cilvēku",
    "gribu cilvēku, par to",
    "vajag cilvēku un ātri",
    "cilveeku luudzu",
    "Vai jūs varētu savienot mani ar darbinieku?",
    "vai vari pasaukt cilvēku",
    "vai jūs varat pārslēgt uz operatoru",
    "gribu runāt ar kādu no darbiniekiem",
    "gribu runāt ar pašvaldības darbiniekiem",
    "gribu ar cilvēku",
    "cilvēku vajag",
    "paldies, cilvēku",
    "nē, cilvēku!",
    "Labdien mani sauc Ilze Bērziņa gribu cilvēku",
    "labi, cilvēku vajag",
    "nu dod taču cilvēku",
    "gribu cilvēku un viss",
    "ja iespējams gribētu runāt ar cilvēku",
    "Vai, lūdzu, varat savienot ar darbinieku?",
    "vienu un to pašu atbildi dodat, gribu cilvēku",
    "kāpēc tu neatbildi gribu runāt ar cilvēku",
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
    "vai varu runāt ar darbinieku pa telefonu?",
    "vai var sazināties ar darbinieku brīvdienās?",
    "vai varu runāt ar cilvēku krieviski",
    "vai var sazināties ar darbinieku pa e-pastu",
    "vēlos runāt ar darbinieku, kur braukt?",
    "kurp man jāiet, kur jāiet, gribu runāt ar cilvēku",
    "kam rakstīt, gribu runāt ar cilvēku",
    "gribu rakstīt darbiniekam, kāds e-pasts",
    "vajag cilvēku, lai nopļautu zāli",
    "vajag cilvēku par sētnieku",
    "vajag cilvēku un mašīnu malkas vešanai",
    "kāzām vajag cilvēku par liecinieku",
    "nosūtiet cilvēkam palīdzību, viņš nosalst",
    "pievienojiet cilvēku adresei",
    "lai cilvēks atbild par saviem suņiem",
    "vai var savienot ar darbinieku pa telefonu",
    "vai var nodot darbiniekam rādījumus",
    "kāpēc man vajag runāt ar cilvēku",
    "ko darīt, ja es gribu runāt ar cilvēku",
    "cilvēku vajag vairāk",
    "paldies, darbiniece",
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


@pytest.mark.parametrize(
    "text",
    [
        "par lampu",
        "par manu rēķinu",
        "lampa nedeg",
        "kāpēc nav ūdens",
        "Paldies! Lampa nedeg.",
        "лампа не горит",
    ],
)
def test_a_matter_is_told_by_par_or_in_enough_words(text: str) -> None:
    assert tells_matter(text)
    assert tells_matter(plain(text))


@pytest.mark.parametrize(
    "text",
    [
        *("cik ilgi vēl jāgaida", "labi gaidīšu", "es gaidu atbildi", "vai kāds te ir", "par to"),
        *(
            "par manu pieteikumu",
            "kas par kaunu",
            "сколько ещё ждать",
            "lampa",
            "mani sauc Ilze Bērziņa",
            "Man ir 78 gadi",
            "",
            "12 34",
        ),
    ],
)
def test_impatience_and_a_name_are_no_matter(text: str) -> None:
    assert not tells_matter(text)
    assert not tells_matter(plain(text))


@pytest.mark.parametrize(
    "repeated",
    [
        "gribu ",
        "lūdzu, ",
        "vai varu runāt ar ",
        " ",
        ", ",
        "a",
        "par ",
        "kad es gribu cilvēku ",
        "vajag cilvēku ",
    ],
)
def test_a_long_message_is_read_at_once(repeated: str) -> None:
    started = time.perf_counter()
    person_wished((repeated * 4096)[:4096])
    assert time.perf_counter() - started < 1

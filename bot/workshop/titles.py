"""Intents in editors' words."""

from bot.content import Content
from domain.understanding import Intent, topic_of

_FIXED = {
    "greet": "sveiciens",
    "goodbye": "atvadas",
    "thanks": "pateicība",
    "affirm": "jā",
    "deny": "nē",
    "help": "palīdzība",
    "out_of_scope": "nav mūsu joma",
    "nlu_fallback": "nesaprasts",
    "foreign_language": "cita valoda",
    "abuse": "lamāšanās",
    "crisis": "dzīvības krīze",
    "emergency": "nelaime, glābēji",
    "complaint": "sūdzība",
    "ask_person": "lūdz cilvēku",
    "my_tickets": "mani pieteikumi",
    "my_data": "mani dati",
    "erase_data": "dzēst datus",
    "official_application": "oficiāls iesniegums",
    "are_you_bot": "vai tu esi robots",
    "restart": "sākt no jauna",
    "centre_where": "kur ir KAC",
    "centre_hours": "KAC darba laiks",
    "centre_phone": "KAC tālrunis",
    "centre_list": "visi KAC",
    "access_points": "datori un Wi-Fi",
    "training_list": "tuvākās mācības",
    "": "(nav)",
}


def title_of(intent: str, content: Content) -> str:
    """The title of a topic, or what a fixed intent means."""
    topic = content.topics.get(topic_of(Intent(intent)) or "")
    return topic.title if topic else fixed_title(intent)


def fixed_title(intent: str) -> str:
    """What a fixed intent means."""
    return _FIXED.get(intent, intent)

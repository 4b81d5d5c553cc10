"""What the code needs from phrases.yml: so that an editor's slip is a message to the editor, not a broken answer.

Tests hold this page against every `Answer(…)` and choice in the code.
"""

from collections.abc import Mapping

REPLY_VALUES = ("vards", "numurs", "darbinieks", "rinda")
"""What prepared answers of staff may name, in editors' words."""

FORMS = ("phone", "day", "moment", "until", "until_ru", "until_en", "full", "since", "time")
"""What may stand behind a placeholder's colon, besides a family of phrases such as `channel_name`."""

_ALWAYS = frozenset({"assistant", "privacy_url", "phone"})
"""Known without the answer's help."""


def _phrases(**families: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    return {
        f"{family}.{outcome}": _ALWAYS | frozenset(names.split())
        for family, outcomes in families.items()
        for outcome, names in outcomes.items()
    }


_TICKET = "number answer_by"
_LISTED = "number answer_by opened subject"
_CASE = "number answer_by opened person"
_CENTRE = "name note"

PHRASES = _phrases(
    intro={"first": "", "menu": ""},
    web={"tagline": ""},
    greet={"hello": ""},
    goodbye={"bye": ""},
    thanks={"welcome": "", "noted": ""},
    are_you_bot={"yes": ""},
    abuse={"calm": ""},
    affirm={"nothing": ""},
    help={"menu": "", "group": "group"},
    restart={"done": ""},
    choices={"how": ""},
    clarify={"choices": "", "which": ""},
    repeat={"nothing": ""},
    followup={"unknown": "", "place_unknown": "place"},
    several={"rest": ""},
    not_understood={"first": ""},
    out_of_scope={"pointer": ""},
    foreign_language={"frame": ""},
    foreign={
        "answer_ru": "",
        "answer_en": "",
        "unsure_ru": "",
        "unsure_en": "",
        "urgent_ru": "",
        "urgent_en": "",
        **{
            f"{outcome}_{language}": names
            for language in ("ru", "en")
            for outcome, names in {
                "person": _TICKET,
                "claimed": "agent number",
                "late": _TICKET,
                "unsolved": "number solve_by",
                "helped": "number",
                "return": "number",
                "comment": "",
            }.items()
        },
    },
    topic={"next_step": "next_step", "phone": "", "source": "url site", "expired": ""},
    handoff={
        "opened_asked": _TICKET,
        "opened_not_understood": _TICKET,
        "opened_nlu_down": _TICKET,
        "opened_failed": _TICKET,
        "opened_unhappy": _TICKET,
        "opened_crisis": _TICKET,
        "opened_application": _TICKET,
        "opened_relayed": f"{_TICKET} person",
        "opened_registration": f"{_TICKET} title",
        "already": _TICKET,
    },
    staff={
        "claimed": "agent number",
        "reopened": "agent number",
        "late": _TICKET,
        "unsolved": "number solve_by",
    },
    helped={
        "ask": "number",
        "yes": "",
        "no_reopened": _TICKET,
        "same_ask": "number subject",
        "same_reopened": _TICKET,
        "left": "number",
        "same_not": "",
    },
    rating={
        "return": "number",
        "comment": "",
        "write": "",
        "noted": "",
        "thanks": "",
        "too_late": "number",
    },
    my_tickets={
        "none": "",
        "heading": "",
        "new": _LISTED,
        "claimed": _LISTED,
        "answered": _LISTED,
        "late": _LISTED,
        "solved": _LISTED,
        "closed": _LISTED,
    },
    my_data={"summary": "name channel messages tickets files since ambassador"},
    channel_name={"telegram": "", "whatsapp": "", "web": ""},
    erase={"confirm": "", "done": "", "cancelled": ""},
    masked={"personal_code": "", "card_number": "", "password": "", "several": ""},
    attachment={
        "photo": "",
        "document": "",
        "voice": "",
        "sticker": "",
        "contact": "",
        "location": "",
        "other": "",
    },
    official_application={"how": ""},
    emergency={
        "call": "",
        "fire": "",
        "gas": "",
        "medical": "",
        "violence": "",
        "pipe": "",
    },
    crisis={"call": "", "claimed": ""},
    join={"done": "", "already": "", "wrong": "", "too_often": "", "in_group": ""},
    relay={
        "ask_words": "",
        "ask_more": "count",
        "ask_person": "",
        "ask_reach": "person",
        "ask_phone": "person",
        "ask_addition": "person number",
        "consent_person": "person phone_number",
        "consent_both": "person phone_number",
        "consent_call": "person phone_number",
        "consent_ambassador": "person",
        "refused": "",
        "cancelled": "",
        "expired": "",
        "not_ambassador": "",
        "unknown_case": "",
        "case_closed": "number person",
        "added": "number person",
        "claimed": "agent number person",
        "reopened": "agent number person",
        "unsolved": "number person solve_by",
        "late": f"{_TICKET} person",
        "helped": "number person",
        "pass_on": "number person",
        "for_you": "number ambassador",
    },
    my_cases={
        "none": "",
        "heading": "",
        "new": _CASE,
        "claimed": _CASE,
        "answered": _CASE,
        "late": _CASE,
        "solved": _CASE,
        "closed": _CASE,
    },
    cancel={"nothing": ""},
    group={
        "private": "",
        "later": "",
        "not_linked": "",
        "link_done": "",
        "link_already": "",
        "link_wrong": "",
        "link_too_often": "",
        "link_how": "",
        "link_elsewhere": "",
    },
    centre={
        "which_place": "",
        "place_unknown": "place",
        "where": f"{_CENTRE} address",
        "where_unknown": _CENTRE,
        "open_until": f"{_CENTRE} time",
        "closed_now": f"{_CENTRE} opens",
        "hours_unknown": _CENTRE,
        "phone": _CENTRE,
        "phone_unknown": _CENTRE,
        "list": "centres",
        "open_on": f"{_CENTRE} day opens closes",
        "closed_on": f"{_CENTRE} day",
        "open_then": f"{_CENTRE} day opens closes",
        "closed_then": f"{_CENTRE} day opens closes",
    },
    day={"working": "day", "weekend": "day", "holiday": "day"},
    access={"list": "points", "none": "place"},
    training={"none": "", "one": "title starts address audience seats signup"},
    register={
        "ask": "title starts",
        "still": "",
        "still_phone": "",
        "phone": "",
        "cancelled": "",
        "over": "",
    },
)
"""Every key that code says, with the placeholders that it may hold."""

LABELS = frozenset(
    {
        "ask_person",
        "help",
        "none_of_these",
        "erase_data",
        "erase_yes",
        "erase_no",
        "stars_1",
        "stars_2",
        "stars_3",
        "stars_4",
        "stars_5",
        "return_yes",
        "return_no",
        "comment_skip",
        "same_yes",
        "same_no",
        "centre_where",
        "centre_where_of",
        "centre_hours",
        "centre_hours_of",
        "centre_phone",
        "centre_phone_of",
        "case_add_of",
        "centre_list",
        "access_points",
        "training_list",
        "register",
        "register_of",
        "register_no",
        "my_tickets",
        "my_data",
        "official_application",
        "restart",
        "new_case",
        "my_cases",
        "case_add",
        "relay_done",
        "relay_more",
        "relay_to_person",
        "relay_to_both",
        "relay_by_call",
        "relay_through_me",
        "relay_yes",
        "relay_no",
        "cancel",
    }
)
"""Intents offered as choices or in a channel's menu of commands; with `_of`, of a place or a ticket."""

COMMANDS = frozenset(
    {
        "help",
        "restart",
        "ask_person",
        "my_data",
        "erase_data",
        "my_tickets",
        "affirm",
        "deny",
        "noted",
        "repeat",
        "new_case",
        "my_cases",
        "cancel",
        "link_group",
        "abuse",
    }
)
"""Intents that have words which always work."""

MENU = ("help", "ask_person", "my_tickets", "my_data", "erase_data", "restart")
"""Commands that a channel's own menu shows, in this order."""

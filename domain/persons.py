"""A person with several contacts: what an agent may know it by."""

from enum import StrEnum


class Sameness(StrEnum):
    """Why an agent says that two contacts are one person. A name is no reason: everybody chooses their own."""

    PHONE = "phone"
    SAID = "said"
    """The person confirmed it."""
    KNOWN = "known"
    """The agent asked elsewhere, or knows them."""

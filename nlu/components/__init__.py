"""Zintis's own Rasa components for Latvian, and the way Rasa is started without what it never uses."""

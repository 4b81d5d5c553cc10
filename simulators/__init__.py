"""Stand-ins for the Bot API of Telegram and for Twilio's WhatsApp that refuse what the real ones refuse.

They speak the vendors' HTTP on 127.0.0.1, so the vendors' own client libraries talk to them unchanged. Tests, the
bench and anyone without tokens use them. They know nothing of the service and the service nothing of them.
`python -m simulators` serves both, with a page to write from.
"""

"""Stand-ins for the Bot API of Telegram, Twilio's WhatsApp and an OpenID Connect issuer: they refuse what real ones do.

They speak the vendors' HTTP on 127.0.0.1, so the vendors' own client libraries talk to them unchanged. Tests, the
bench and anyone without tokens use them. They know nothing of the service and the service nothing of them.
`python -m simulators` serves the first two, with a page to write from.
"""

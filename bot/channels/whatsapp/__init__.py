"""WhatsApp through Twilio: messages come by signed webhooks, leave through the REST API, their fate comes by callback.

Outcome of each kind of message: words, quick replies, places, cards, pictures, files, voice and stickers become an
`InboundMessage`; STOP and START become a `ChannelEvent`; anything else is of kind `other`. Twilio passes on neither
edits nor reactions, does not say who wrote a forwarded message first, and sends albums as single messages.
"""

from bot.channels.whatsapp.files import WhatsAppFiles, connect_files
from bot.channels.whatsapp.handing_over import PublicFiles
from bot.channels.whatsapp.inbound import StatusReport, to_inbound, to_report
from bot.channels.whatsapp.intake import WhatsAppIntake
from bot.channels.whatsapp.outbound import WhatsAppChannel, connect, to_twilio

__all__ = [
    "PublicFiles",
    "StatusReport",
    "WhatsAppChannel",
    "WhatsAppFiles",
    "WhatsAppIntake",
    "connect",
    "connect_files",
    "to_inbound",
    "to_report",
    "to_twilio",
]

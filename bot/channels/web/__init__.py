"""The web chat: a page at `/`, the same page inside the municipality's own site, and the interface behind both.

A visitor is whoever holds a random token; the browser keeps it and sends it with every request, we store only its
digest. There are no cookies, and nothing comes from any other server.
"""

from bot.channels.web.chat import WebChat
from bot.channels.web.inbound import to_inbound
from bot.channels.web.outbound import WebSender, to_web

__all__ = ["WebChat", "WebSender", "to_inbound", "to_web"]

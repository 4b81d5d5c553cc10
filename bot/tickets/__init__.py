"""What is done to tickets, each deed as one transaction: ticket, conversation and messages together.

One module for deeds that belong together; `TicketService` is all of them, `ConversationTickets` what a turn may do.
"""

from bot.tickets.conversation import ConversationTickets
from bot.tickets.service import TicketService

__all__ = ["ConversationTickets", "TicketService"]

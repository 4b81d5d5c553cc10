"""The model of Zintis and its rules, in plain Python.

Glossary. One word per thing; these words name tables, classes and log events everywhere.

Contact             a person who writes to the municipality
Person              contacts that an agent found to be one and the same; only staff see them together
Handle              a contact's id on one channel (a Telegram chat, a WhatsApp number, a web chat visitor)
Channel             Telegram, WhatsApp or the web chat
Conversation        everything said between a handle and the municipality; its mode is bot, waiting or staff
InboundMessage      what a resident sent, in our own form
Attachment          a photo, document, voice message, location or contact card within a message
Turn                one message (or several that belong together) understood, decided and answered
Understanding       what the NLU model made of a text: intent, confidence, ranking, entities
Intent              what the resident wants; `topic.<id>` asks for a topic, the others are fixed
Entity              a place, date or number found in a text
Answer              what the assistant decided to say: a key and values, no sentence
Aspect              what can be asked of any subject: its price, documents, deadline, hours …
Danger              what cannot wait (fire, gas, despair …), recognised by words alone
Gist                a message in another language as Latvian key words
Choice              one option offered to the resident: as a button, by number or by its words
OutboundMessage     one rendered message on its way to a resident
Delivery            how far an outbound message got: queued, sending, sent, delivered, read, parked, failed
Handoff             the typed event that a person must take over, with its reason
Ticket              a case that staff answer; has a number, a state and deadlines
Queue               who answers a ticket: a KAC or a specialist group
Deadline            the moment by which a ticket needs its first answer or its solution
Agent               a staff member at the desk
Editor              a staff member who edits content
Ambassador          digitālais vēstnesis, a volunteer who helps neighbours
Relay               a case forwarded by an ambassador
Centre              a KAC (klientu apkalpošanas centrs) or a parish administration
Place               a village, a parish (pagasts) or a town
AccessPoint         a library or centre with public computers or Wi-Fi
Training            a course that residents can attend
Registration        a resident's wish for a seat at a training: a ticket for those who run it
Topic               one answerable subject: one content file
"""

"""What alerts say in an e-mail: number, queue, deadline and where to look; nothing of the resident."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from bot.desk import words
from bot.storage.alerts import Alert, AlertKind
from domain.working_hours import RIGA

_SUBJECTS = {
    AlertKind.NEW: "Jauns pieteikums Nr. {}",
    AlertKind.REPLIED: "Iedzīvotājs atbildēja pieteikumā Nr. {}",
    AlertKind.OVERDUE: "Kavējas pieteikums Nr. {}",
    AlertKind.UNTAKEN: "Kavējas nepaņemts pieteikums Nr. {}",
    AlertKind.HANDED: "Jums nodeva pieteikumu Nr. {}",
    AlertKind.RETURNED: "Atkal brīvs pieteikums Nr. {}",
}
_PARTS = {
    AlertKind.HANDED: "Pieteikumi, ko Jums nodeva kolēģi",
    AlertKind.NEW: "Jauni pieteikumi Jūsu rindās",
    AlertKind.RETURNED: "Pieteikumi Jūsu rindās, kas atkal ir brīvi",
    AlertKind.UNTAKEN: "Nepaņemti pieteikumi Jūsu rindās, kuru termiņš ir pagājis",
    AlertKind.REPLIED: "Jūsu pieteikumi, kuros iedzīvotājs atbildēja",
    AlertKind.OVERDUE: "Jūsu pieteikumi, kuru termiņš ir pagājis",
}
_WHY = (
    "Šo vēstuli nosūtīja Zintis, jo Jūs to izvēlējāties darba galdā (Mans konts → Paziņojumi)."
    " Tur to var arī izslēgt. Uz šo vēstuli neatbildiet."
)


class MailWriter:
    """Writes the e-mails of one installation."""

    def __init__(self, *, sender: str, queues: Mapping[str, str], public_url: str | None) -> None:
        self._sender = sender
        self._queues = queues
        self._public_url = public_url

    def single(self, alert: Alert, *, to: str, now: datetime) -> EmailMessage:
        """About one ticket."""
        subject = _SUBJECTS[alert.kind].format(alert.ticket)
        return self._message(subject, self._about(alert), to=to, first=alert, now=now)

    def digest(self, alerts: Sequence[Alert], *, to: str, now: datetime) -> EmailMessage:
        """About everything since the last one."""
        parts = []
        for kind, title in _PARTS.items():
            chosen = [self._about(alert) for alert in alerts if alert.kind is kind]
            if chosen:
                parts.append("\n\n".join([f"{title}: {len(chosen)}", *chosen]))
        subject = f"Kopsavilkums: {words.tickets(len({alert.ticket for alert in alerts}))}"
        return self._message(subject, "\n\n\n".join(parts), to=to, first=alerts[0], now=now)

    def _about(self, alert: Alert) -> str:
        at = alert.deadline.astimezone(RIGA)
        lines = [
            f"Pieteikums Nr. {alert.ticket}",
            f"Rinda: {self._queues.get(alert.queue, alert.queue)}",
            f"Termiņš: {at:%d.%m.%Y.} plkst. {at:%H.%M}",
        ]
        if self._public_url:
            lines.append(f"{self._public_url}/desk/tickets/{alert.ticket}")
        return "\n".join(lines)

    def _message(
        self, subject: str, text: str, *, to: str, first: Alert, now: datetime
    ) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = format_datetime(now)
        # The same again after a crash: mail programs show what they have already only once.
        domain = self._sender.rpartition("@")[2].rstrip("> ")
        message["Message-ID"] = f"<zintis-alert-{first.id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(f"{text}\n\n-- \n{_WHY}\n")
        return message

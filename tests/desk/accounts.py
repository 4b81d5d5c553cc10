"""A desk whose agents may log in with the municipality's own accounts, which are simulated."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.desk.oidc import AFTERWARDS, CALLBACK, Issuer
from bot.processes import free_port
from bot.storage.database import Database
from simulators.oidc import CLIENT_ID, CLIENT_SECRET, OidcSimulator
from simulators.oidc import Person as Known
from tests.desk.office import HeldClock, Office, Person, Seen, email_of, open_office


@dataclass
class Municipality:
    """The desk and the issuer beside it."""

    office: Office
    accounts: OidcSimulator

    async def employs(self, name: str, *, methods: tuple[str, ...] = ("pwd",)) -> None:
        """Somebody with an account at both."""
        await self.office.hire(name)
        self.accounts.add(Known(email_of(name), methods=methods))


@asynccontextmanager
async def open_municipality(
    database: Database,
    *,
    algorithm: str = "RS256",
    secret_in_form: bool = False,
    trust_emails: bool = False,
    offers_logout: bool = True,
    secret: str = CLIENT_SECRET,
) -> AsyncIterator[Municipality]:
    """Both, knowing of each other."""
    clock, port = HeldClock(), free_port()
    public_url = f"http://127.0.0.1:{port}"
    async with OidcSimulator(
        redirect_url=public_url + CALLBACK,
        now=clock.now,
        algorithm=algorithm,
        secret_in_form=secret_in_form,
        afterwards_url=public_url + AFTERWARDS if offers_logout else None,
    ) as accounts:
        issuer = Issuer(
            accounts.url,
            client_id=CLIENT_ID,
            client_secret=secret,
            public_url=public_url,
            trust_emails=trust_emails,
            clock=clock,
        )
        async with open_office(
            database, clock=clock, port=port, public_url=public_url, issuer=issuer
        ) as office:
            yield Municipality(office, accounts)


async def leave(person: Person, page: Seen) -> str:
    """Press the button of a login page; the address at the issuer."""
    names = ("csrf", "next", "draft_answer", "draft_note")
    fields = {name: page.hidden_field(name) for name in names}
    seen = await person.post("/desk/login/konts", fields)
    assert seen.status == 200, seen.words()
    found = re.search(r'<a href="(http[^"]+)">atveriet', seen.text)
    assert found is not None, seen.words()
    return html.unescape(found[1])


async def choose(person: Person, address: str, email: str) -> str:
    """Say at the issuer who one is; the address that leads back."""
    async with person.http.get(address, allow_redirects=False) as response:
        page = await response.text()
        assert response.status == 200, page
    fields = {
        name: html.unescape(value)
        for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
    }
    where = address.partition("/authorize")[0]
    async with person.http.post(
        f"{where}/choose", data=fields | {"email": email}, allow_redirects=False
    ) as response:
        return response.headers["Location"]


async def come_back(person: Person, location: str, *, follow: bool = True) -> Seen:
    """Follow the issuer's redirect."""
    return await person.see("/desk" + location.partition("/desk")[2], follow=follow)


async def sign_in(person: Person, email: str, *, wanted: str = "/desk/") -> Seen:
    """The whole way."""
    page = await person.see(f"/desk/login?next={wanted}")
    return await come_back(person, await choose(person, await leave(person, page), email))

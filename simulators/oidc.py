"""A stand-in for the municipality's own accounts: OpenID Connect with authorization code, PKCE, state and nonce.

It refuses what real issuers refuse: an unknown client, another redirect address, a missing challenge, a wrong secret
or verifier, a code that is used, too old or another client's. Whoever logs out there by a token that is ours is led
back to a registered address; without one they are asked. `Forgery` makes it lie, for the tests of the other side.
"""

import base64
import hashlib
import html
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from urllib.parse import quote_plus, unquote_plus, urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from simulators.faults import Fault, Faults
from simulators.server import LocalServer

CLIENT_ID = "zintis desk"
CLIENT_SECRET = "simulated:secret/of+the client"  # noqa: S105 - it opens nothing but this simulator
"""Both with characters that must be encoded on their way."""

_CODE_LIVES = timedelta(minutes=1)
_TOKEN_LIVES = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account at the issuer, and how they prove it there."""

    email: str
    verified: bool | None = True
    """None: the issuer does not say."""
    methods: tuple[str, ...] = ("pwd",)
    subject: str = ""
    """What never changes of an account; by default made of the first e-mail."""

    @property
    def sub(self) -> str:
        """Who they are in tokens."""
        return self.subject or quote_plus(self.email)


@dataclass(slots=True)
class Forgery:
    """How the next ID tokens differ from honest ones."""

    claims: dict[str, object] = field(default_factory=dict)
    """Replaced; None takes a claim away."""
    header: dict[str, object] = field(default_factory=dict)
    make: Callable[[dict[str, object]], str] | None = None
    """Makes the whole token of its claims."""


@dataclass(frozen=True, slots=True)
class _Grant:
    """What a code stands for."""

    person: Person
    nonce: str
    challenge: str
    expires_at: datetime


class OidcSimulator:
    """The issuer, from `async with` on; people sign in on its page by choosing who they are."""

    def __init__(
        self,
        *,
        redirect_url: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        algorithm: str = "RS256",
        secret_in_form: bool = False,
        afterwards_url: str | None = None,
    ) -> None:
        """`redirect_url` is registered for the client; `secret_in_form` takes the secret in no other way.

        `afterwards_url` is registered too; None offers no logout.
        """
        self.redirect_url = redirect_url
        self.afterwards_url = afterwards_url
        self.signed_in: set[str] = set()
        """Whose browsers are logged in here, by their `sub`."""
        self.people: dict[str, Person] = {}
        self.forgery = Forgery()
        self.faults = Faults()
        self.name = ""
        """What it calls itself in its discovery document, by default its address."""
        self._now = now
        self._algorithm = algorithm
        self._secret_in_form = secret_in_form
        self._grants: dict[str, _Grant] = {}
        self._keys = KeySet([_new_key(algorithm)])
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._discovery)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/choose", self._choose)
        app.router.add_post("/token", self._token)
        app.router.add_get("/jwks", self._jwks)
        app.router.add_get("/logout", self._end_session)
        self._server = LocalServer(app)

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._server.stop()

    @property
    def url(self) -> str:
        """The issuer's name, which is its address."""
        return self._server.url

    @property
    def public_keys(self) -> KeySet:
        """What everybody may know of the keys."""
        return self._keys

    def add(self, person: Person) -> None:
        """Give somebody an account."""
        self.people[person.email] = person

    def exchange_keys(self) -> None:
        """Sign with another key from now on, as issuers do from time to time."""
        self._keys = KeySet([_new_key(self._algorithm)])

    def sign(self, claims: dict[str, object], *, key: RSAKey | ECKey | None = None) -> str:
        """An ID token; with another `key` it only looks like ours."""
        ours = self._keys.keys[0]
        header = {"alg": self._algorithm, "kid": ours.kid, **self.forgery.header}
        return jwt.encode(header, claims, key or ours, algorithms=[self._algorithm])

    # ---- what browsers and the service see

    async def _discovery(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take("discovery")
        if fault is not None:
            return await self._fail(request, fault)
        method = "client_secret_post" if self._secret_in_form else "client_secret_basic"
        logout = {"end_session_endpoint": f"{self.url}/logout?from=zintis"}
        return web.json_response(
            (logout if self.afterwards_url else {})
            | {
                "issuer": self.name or self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [self._algorithm],
                "token_endpoint_auth_methods_supported": [method],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _jwks(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take("jwks")
        if fault is not None:
            return await self._fail(request, fault)
        return web.json_response(self._keys.as_dict(private=False))

    async def _authorize(self, request: web.Request) -> web.Response:
        """The page on which people say who they are. Mistakes before the redirect address is known stay here."""
        asked = request.query
        if asked.get("client_id") != CLIENT_ID or asked.get("redirect_uri") != self.redirect_url:
            return web.Response(status=400, text="unknown client or redirect_uri")
        wanted = {"response_type": "code", "code_challenge_method": "S256"}
        missing = [name for name in ("state", "nonce", "code_challenge") if not asked.get(name)]
        whole = all(asked.get(name) == value for name, value in wanted.items())
        if missing or not whole or "openid" not in asked.get("scope", "").split():
            return self._back({"error": "invalid_request", "state": asked.get("state", "")})
        return web.Response(text=self._page(asked), content_type="text/html")

    def _page(self, asked: Mapping[str, str]) -> str:
        kept = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(asked[name])}">'
            for name in ("state", "nonce", "code_challenge")
        )
        people = "".join(
            f'<p><button name="email" value="{html.escape(email)}">{html.escape(email)}</button></p>'
            for email in self.people
        )
        return (
            '<!doctype html><html lang="lv"><meta charset="utf-8"><link rel="icon" href="data:,">'
            "<title>Pašvaldības konti</title><h1>Kas Jūs esat?</h1>"
            f'<form method="post" action="/choose">{kept}{people}'
            '<button name="email" value="">Atcelt</button></form></html>'
        )

    async def _choose(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        person = self.people.get(form["email"])
        if person is None:
            return self._back({"error": "access_denied", "state": form["state"]})
        self.signed_in.add(person.sub)
        code = secrets.token_urlsafe(16)
        self._grants[code] = _Grant(
            person=person,
            nonce=form["nonce"],
            challenge=form["code_challenge"],
            expires_at=self._now() + _CODE_LIVES,
        )
        return self._back({"code": code, "state": form["state"], "iss": self.url})

    def _back(self, said: Mapping[str, str]) -> web.Response:
        location = f"{self.redirect_url}?{urlencode(said)}"
        return web.Response(status=302, headers={"Location": location})

    async def _token(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take("token")
        if fault is not None:
            return await self._fail(request, fault)
        form = {name: str(value) for name, value in (await request.post()).items()}
        if not self._is_client(request, form):
            return web.json_response({"error": "invalid_client"}, status=401)
        # A code is used up by the first try, right or wrong.
        grant = self._grants.pop(form.get("code", ""), None)
        right = (
            grant is not None
            and form.get("grant_type") == "authorization_code"
            and form.get("redirect_uri") == self.redirect_url
            and grant.expires_at > self._now()
            and _challenge_of(form.get("code_verifier", "")) == grant.challenge
        )
        if grant is None or not right:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response(
            {
                "access_token": secrets.token_urlsafe(16),
                "token_type": "Bearer",
                "expires_in": int(_TOKEN_LIVES.total_seconds()),
                "id_token": self._id_token(grant),
            }
        )

    def _is_client(self, request: web.Request, form: Mapping[str, str]) -> bool:
        if self._secret_in_form:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return False
        login, _, password = base64.b64decode(encoded).decode().partition(":")
        return (unquote_plus(login), unquote_plus(password)) == (CLIENT_ID, CLIENT_SECRET)

    def _id_token(self, grant: _Grant) -> str:
        now = self._now()
        claims: dict[str, object] = {
            "iss": self.url,
            "sub": grant.person.sub,
            "aud": CLIENT_ID,
            "iat": int(now.timestamp()),
            "exp": int((now + _TOKEN_LIVES).timestamp()),
            "nonce": grant.nonce,
            "email": grant.person.email,
            "email_verified": grant.person.verified,
            "amr": list(grant.person.methods),
        } | self.forgery.claims
        said = {name: value for name, value in claims.items() if value is not None}
        return self.forgery.make(said) if self.forgery.make else self.sign(said)

    async def _end_session(self, request: web.Request) -> web.Response:
        """OpenID Connect RP-Initiated Logout 1.0, as Keycloak reads it."""
        asked = request.query
        back, hint = asked.get("post_logout_redirect_uri"), asked.get("id_token_hint", "")
        if back is not None and (back != self.afterwards_url or not (hint or "client_id" in asked)):
            return web.Response(status=400, text="invalid post_logout_redirect_uri")
        if asked.get("client_id", CLIENT_ID) != CLIENT_ID:
            return web.Response(status=400, text="unknown client")
        subject = self._subject_of(hint) if hint else None
        if hint and subject is None:
            return web.Response(status=400, text="invalid id_token_hint")
        if subject is None:
            return web.Response(text="Vai tiešām iziet?", content_type="text/html")
        self.signed_in.discard(subject)
        if back is None:
            return web.Response(text="Jūs esat izgājis.", content_type="text/html")
        return web.Response(status=302, headers={"Location": back})

    def _subject_of(self, hint: str) -> str | None:
        """Whose token it is; it may have expired, but must be one of ours for this client."""
        try:
            claims = jwt.decode(hint, self._keys, algorithms=[self._algorithm]).claims
        except (JoseError, ValueError):
            return None
        return str(claims["sub"]) if claims["aud"] == CLIENT_ID else None

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        return await self._server.break_off(request, fault)


def _new_key(algorithm: str) -> RSAKey | ECKey:
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", auto_kid=True)
    return RSAKey.generate_key(2048, auto_kid=True)


def _challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

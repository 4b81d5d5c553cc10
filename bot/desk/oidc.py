"""The municipality's own accounts: OpenID Connect, authorization code flow with PKCE, state and nonce.

Discovery document and keys are read anew for each sign-in: people sign in a few times a day, and so a key that the
issuer exchanged needs no thought. Nothing of an ID token is believed before its signature has been checked.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from bot.storage.issuer_accounts import IssuerAccount
from domain.errors import ZintisError
from domain.ports import Clock

ALGORITHMS = ("RS256", "ES256")
"""How an ID token may be signed; `none` and everything with a shared secret is refused."""

CALLBACK = "/desk/login/konts/atpakal"
"""Where the issuer sends the browser back to, under the public URL."""

AFTERWARDS = "/desk/login/konts/izgajis"
"""Where it sends the browser after a logout."""

_SCOPE = "openid email"
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_LEAVING_TIMEOUT = aiohttp.ClientTimeout(total=4)
"""Who leaves is out here already, and should not have to wait for an issuer that is away."""

_LONGEST_HINT = 4_000
"""Some issuers put dozens of groups into a token, and addresses may not be longer than their servers allow."""

_LEEWAY = 60
"""Seconds that the issuer's clock may differ from ours."""

_TOKEN_BYTES = 32
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PROBLEMS = (JoseError, KeyError, TypeError, ValueError)
"""What a document or token of another shape than agreed raises while it is read."""


class IssuerUnavailable(ZintisError):
    """The issuer does not answer, or not as OpenID Connect says: try later, or use the password."""


class SignInRefused(ZintisError):
    """The issuer's word cannot be believed; the text says why, for the log."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """Three secrets of one sign-in, each for another danger."""

    state: str
    """That the answer belongs to a sign-in that this browser began."""
    nonce: str
    """That the ID token was made for this sign-in."""
    verifier: str
    """That whoever redeems the code began the sign-in (PKCE)."""


def new_proofs() -> Proofs:
    """Proofs for one sign-in."""
    return Proofs(*(secrets.token_urlsafe(_TOKEN_BYTES) for _ in range(3)))


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the issuer says it is."""

    account: IssuerAccount
    email: str | None
    """None when the issuer vouches for none: enough for somebody whose account is known, for nobody else."""
    second_factor: bool
    """The issuer asked for a second factor itself."""


@dataclass(frozen=True, slots=True)
class _Metadata:
    """What we need of a discovery document."""

    authorize_url: str
    token_url: str
    keys_url: str
    logout_url: str | None
    secret_in_form: bool


class Issuer:
    """Sends people to the issuer and learns who came back."""

    def __init__(
        self,
        url: str,
        *,
        client_id: str,
        client_secret: str,
        public_url: str,
        trust_emails: bool,
        clock: Clock,
    ) -> None:
        """`trust_emails` believes e-mails that the issuer does not call verified."""
        self.url = url
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_url = public_url + CALLBACK
        self._afterwards_url = public_url + AFTERWARDS
        self._trust_emails = trust_emails
        self._clock = clock

    async def address(self, proofs: Proofs) -> str:
        """Where a browser goes to sign in. Raises `IssuerUnavailable`."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as http:
            metadata = await self._discover(http)
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_url,
            "scope": _SCOPE,
            "state": proofs.state,
            "nonce": proofs.nonce,
            "code_challenge": challenge_of(proofs.verifier),
            "code_challenge_method": "S256",
        }
        return _with_query(metadata.authorize_url, asked)

    async def way_out(self, account: IssuerAccount) -> str | None:
        """Where a browser goes to log out at the issuer too, None when it offers that to nobody.

        Raises `IssuerUnavailable`. OpenID Connect RP-Initiated Logout 1.0: without the token issuers ask people whether
        they mean it, and some do not lead back.
        """
        async with aiohttp.ClientSession(timeout=_LEAVING_TIMEOUT) as http:
            metadata = await self._discover(http)
        if metadata.logout_url is None:
            return None
        asked = {"client_id": self._client_id, "post_logout_redirect_uri": self._afterwards_url}
        if len(account.id_token) <= _LONGEST_HINT:
            asked["id_token_hint"] = account.id_token
        return _with_query(metadata.logout_url, asked)

    async def identify(self, code: str, *, nonce: str, verifier: str) -> Identity:
        """Who came back with a code. Raises `IssuerUnavailable`, `SignInRefused`."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as http:
            metadata = await self._discover(http)
            id_token = await self._redeem(http, metadata, code=code, verifier=verifier)
            keys = await _read(http, metadata.keys_url)
        return self._believe(id_token, keys, nonce=nonce)

    async def _discover(self, http: aiohttp.ClientSession) -> _Metadata:
        document = await _read(http, f"{self.url.rstrip('/')}/.well-known/openid-configuration")
        try:
            if document["issuer"] != self.url:
                raise IssuerUnavailable("the discovery document is another issuer's")
            methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            logout_url = document.get("end_session_endpoint")
            return _Metadata(
                authorize_url=self._endpoint(document["authorization_endpoint"]),
                token_url=self._endpoint(document["token_endpoint"]),
                keys_url=self._endpoint(document["jwks_uri"]),
                logout_url=None if logout_url is None else self._endpoint(logout_url),
                secret_in_form=isinstance(methods, list) and "client_secret_basic" not in methods,
            )
        except _PROBLEMS as error:
            raise IssuerUnavailable("the discovery document is not whole") from error

    def _endpoint(self, url: object) -> str:
        """An address of the issuer; secrets never travel in the open."""
        if not isinstance(url, str) or not is_safe(url):
            raise ValueError("an endpoint without https")
        return url

    async def _redeem(
        self, http: aiohttp.ClientSession, metadata: _Metadata, *, code: str, verifier: str
    ) -> str:
        """The ID token for a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_url,
            "code_verifier": verifier,
        }
        headers = {"Accept": "application/json"}
        if metadata.secret_in_form:
            form |= {"client_id": self._client_id, "client_secret": self._client_secret}
        else:
            # RFC 6749, 2.3.1: both are form-encoded before they are joined.
            login, password = quote_plus(self._client_id), quote_plus(self._client_secret)
            headers["Authorization"] = aiohttp.encode_basic_auth(login, password)
        try:
            async with http.post(
                metadata.token_url, data=form, headers=headers, allow_redirects=False
            ) as reply:
                said = await reply.json(content_type=None)
                status = reply.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise IssuerUnavailable("the token endpoint does not answer") from error
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise IssuerUnavailable(f"the token endpoint answers {status}")
        id_token = said.get("id_token") if isinstance(said, dict) else None
        if status != HTTPStatus.OK or not isinstance(id_token, str):
            raise SignInRefused(f"the token endpoint refused the code with {status}")
        return id_token

    def _believe(self, id_token: str, keys: Mapping[str, object], *, nonce: str) -> Identity:
        """What a token says, once everything about it is right (OpenID Connect Core, 3.1.3.7)."""
        wanted = jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=_LEEWAY,
            iss={"essential": True, "value": self.url},
            sub={"essential": True},
            aud={"essential": True, "value": self._client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            token = jwt.decode(
                id_token,
                _signing_keys(keys),
                # Unknown header fields must be ignored (RFC 7515, 4), and issuers send some.
                registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False),
            )
            wanted.validate(token.claims)
        except _PROBLEMS as error:
            raise SignInRefused(f"the ID token is not right: {error}") from error
        claims = token.claims
        if isinstance(claims["nonce"], list) or not self._is_for_us(claims):
            raise SignInRefused("the ID token is for somebody else")
        return self._identity(claims, id_token)

    def _is_for_us(self, claims: Mapping[str, object]) -> bool:
        """With several audiences, whom it was issued to must be named, and it must be us."""
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        party = claims.get("azp")
        return party == self._client_id if several or party is not None else True

    def _identity(self, claims: Mapping[str, object], id_token: str) -> Identity:
        subject, email, methods = claims["sub"], claims.get("email"), claims.get("amr")
        if not isinstance(subject, str) or not subject:
            raise SignInRefused("the ID token names nobody")
        verified = claims.get("email_verified") is True or self._trust_emails
        return Identity(
            IssuerAccount(self.url, subject, id_token),
            email=email if verified and isinstance(email, str) and email else None,
            second_factor=isinstance(methods, list) and "mfa" in methods,
        )


def _with_query(url: str, asked: Mapping[str, str]) -> str:
    joint = "&" if urlsplit(url).query else "?"
    return f"{url}{joint}{urlencode(asked)}"


def challenge_of(verifier: str) -> str:
    """What the issuer learns of a verifier at first (RFC 7636, S256)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_safe(url: str) -> bool:
    """Whether secrets may be sent there: by https, or within this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def _signing_keys(document: Mapping[str, object]) -> KeySet:
    """The public keys of a key set; what else is in it (shared secrets, keys to encrypt) is left out."""
    keys = document["keys"]
    if not isinstance(keys, list):
        raise TypeError("keys must be a list")
    return KeySet.import_key_set({"keys": [key for key in keys if key.get("kty") in ("RSA", "EC")]})


async def _read(http: aiohttp.ClientSession, url: str) -> dict[str, object]:
    """A document of the issuer."""
    try:
        async with http.get(url, allow_redirects=False) as reply:
            reply.raise_for_status()
            document = await reply.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise IssuerUnavailable("the issuer does not answer") from error
    if not isinstance(document, dict):
        raise IssuerUnavailable("the issuer answers no document")
    return document

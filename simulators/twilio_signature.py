"""Twilio's signature of a webhook: https://www.twilio.com/docs/usage/security#validating-requests."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

HEADER = "X-Twilio-Signature"


def sign(url: str, form: Mapping[str, str], *, auth_token: str) -> str:
    """The signature over the exact address and every field, empty ones too, in the order of names.

    The fragment (connection overrides such as `#rc=2`) never leaves Twilio and is not signed.
    """
    fields = "".join(name + form[name] for name in sorted(form))
    text = url.partition("#")[0] + fields
    # S324: SHA-1 is what Twilio signs with; HMAC does not depend on its collision resistance.
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()

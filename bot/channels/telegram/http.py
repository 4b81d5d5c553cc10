"""How the Telegram library speaks HTTP: with aiohttp, as everything else here does.

The library's own client costs 3 ms of processor time for each call, this one a fifth of that; measured with
`TelegramChannel` against the simulator on two cores.
"""

import io
import re

import aiohttp
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 10.0
_UPLOAD = aiohttp.ClientTimeout(connect=_CONNECT_SECONDS, total=120.0)
"""10 MB through a slow line, and the time that Telegram takes to look at them."""


class AiohttpRequest(BaseRequest):
    """The library's own seam for another HTTP client; it can only be used by inheriting."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for an answer when a call does not say otherwise."""
        return _READ_SECONDS

    async def initialize(self) -> None:
        """Nothing to do: the session is opened and closed by its owner."""

    async def shutdown(self) -> None:
        """Nothing to do: the session is opened and closed by its owner."""

    async def do_request(  # noqa: PLR0917 - the library's signature
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One call. Raises `TimedOut` or `NetworkError`."""
        wait = read_timeout if isinstance(read_timeout, int | float) else _READ_SECONDS
        timeout = aiohttp.ClientTimeout(connect=_CONNECT_SECONDS, sock_read=wait)
        data: aiohttp.MultipartWriter | dict[str, str] | None = None
        if request_data is not None and request_data.contains_files:
            timeout = _UPLOAD
            data = _form(request_data)
        elif request_data is not None:
            data = request_data.json_parameters
        try:
            async with self._session.request(method, url, data=data, timeout=timeout) as response:
                return response.status, await response.read()
        except TimeoutError as exc:
            raise TimedOut from exc
        except aiohttp.ClientError as exc:
            raise NetworkError(f"{type(exc).__name__} while calling Telegram") from exc


def _form(request_data: RequestData) -> aiohttp.MultipartWriter:
    """The call as a form with files. Their names stand in plain UTF-8, which `FormData` would write another way."""
    form = aiohttp.MultipartWriter("form-data")
    for field, value in request_data.json_parameters.items():
        form.append(value, {"Content-Disposition": f'form-data; name="{field}"'})
    for field, (name, content, media_type) in request_data.multipart_data.items():
        plain = re.sub(r'["\\\r\n]', "_", name)
        headers = {
            "Content-Disposition": f'form-data; name="{field}"; filename="{plain}"',
            "Content-Type": media_type,
        }
        form.append(io.BytesIO(content) if isinstance(content, bytes) else content, headers)
    return form

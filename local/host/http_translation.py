"""HTTP requests and responses as the Functions host passes them to and from a worker."""

from __future__ import annotations

from email.utils import formatdate
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from local.host.messages import RpcHttp, RpcHttpCookie, TypedData

# What the front computes itself and a function may not say.
_OWN_HEADERS = frozenset({"content-length", "transfer-encoding", "connection", "date", "server"})

_SAME_SITE_WORDS = {
    RpcHttpCookie.SameSite.Lax: "lax",
    RpcHttpCookie.SameSite.Strict: "strict",
    RpcHttpCookie.SameSite.ExplicitNone: "none",
}


def write_request(request: Request, parameters: dict[str, str], body: bytes) -> TypedData:
    """The trigger value of an HTTP function: path and query in `url` exactly as the client sent them."""
    raw_path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query = request.url.query
    host = request.headers.get("host", "127.0.0.1")
    path = raw_path.decode("ascii").partition("?")[0]
    url = f"{request.url.scheme}://{host}{path}" + (f"?{query}" if query else "")
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return TypedData(
        http=RpcHttp(
            body=TypedData(bytes=body),
            headers=headers,
            method=request.method,
            url=url,
            params=parameters,
            query=dict(request.query_params),
        )
    )


def read_response(value: TypedData | None) -> Response:
    """The response that a function returned: an HttpResponse, a text, or nothing (204)."""
    if value is None:
        return Response(status_code=204)
    if value.kind == "http":
        return _read_http(value.http)
    return Response(str(value.value), media_type="text/plain" if value.kind == "string" else "application/json")


def write_set_cookie(cookie: RpcHttpCookie) -> str:
    """The Set-Cookie header that the host writes. ASP.NET percent-encodes the value."""
    parts = [f"{cookie.name}={quote(cookie.value, safe='-._~')}"]
    if cookie.expires is not None:
        parts.append(f"expires={formatdate(cookie.expires.value.seconds, usegmt=True)}")
    if cookie.max_age is not None:
        parts.append(f"max-age={int(cookie.max_age.value)}")
    if cookie.domain is not None and cookie.domain.value:
        parts.append(f"domain={cookie.domain.value}")
    if cookie.path is not None and cookie.path.value:
        parts.append(f"path={cookie.path.value}")
    if cookie.secure is not None and cookie.secure.value:
        parts.append("secure")
    if cookie.same_site in _SAME_SITE_WORDS:
        parts.append(f"samesite={_SAME_SITE_WORDS[RpcHttpCookie.SameSite(cookie.same_site)]}")
    if cookie.http_only is not None and cookie.http_only.value:
        parts.append("httponly")
    return "; ".join(parts)


def _read_http(message: RpcHttp) -> Response:
    headers = {name: value for name, value in message.headers.items() if name.lower() not in _OWN_HEADERS}
    response = Response(_read_body(message.body), int(message.status_code or 200), headers)
    for cookie in message.cookies or []:
        response.headers.append("set-cookie", write_set_cookie(cookie))
    return response


def _read_body(body: TypedData | None) -> bytes:
    match body.value if body is not None else None:
        case None:
            return b""
        case bytes() as raw:
            return raw
        case other:
            return str(other).encode()

"""How an operation fails: a reason the guest makes Node's error code of, and a message for the action's author.

egress_denied         the policy refuses the address; the message says what to allow and how
dns_failed            the name has no address
connect_refused       nobody listens there
connect_failed        the network says no
connect_timeout       no answer to a connection attempt in time
tls_failed            the handshake failed: a certificate that is not trusted, most often
tls_refused           certificates are to be left unchecked, which the operator did not allow
connection_closed     the peer, or the end of the run, closed it
http_failed           the answer is no HTTP, or no body of the encoding that it names
too_many_redirects    more redirects than a request may follow
redirect_refused      a redirect where none is wanted, or to where none can lead
too_many_connections  more at the same time than a run or a tenant may have
too_many_bytes        more than a run may send or receive
bad_request           the guest's own arguments are wrong

Messages name hosts, ports and addresses, never a path, a query, a header or a body: they may stand in logs.
"""

from typing import Final

from interlock.sandbox import OperationFailed

EGRESS_DENIED: Final = "egress_denied"
DNS_FAILED: Final = "dns_failed"
CONNECT_REFUSED: Final = "connect_refused"
CONNECT_FAILED: Final = "connect_failed"
CONNECT_TIMEOUT: Final = "connect_timeout"
TLS_FAILED: Final = "tls_failed"
TLS_REFUSED: Final = "tls_refused"
CONNECTION_CLOSED: Final = "connection_closed"
HTTP_FAILED: Final = "http_failed"
TOO_MANY_REDIRECTS: Final = "too_many_redirects"
REDIRECT_REFUSED: Final = "redirect_refused"
TOO_MANY_CONNECTIONS: Final = "too_many_connections"
TOO_MANY_BYTES: Final = "too_many_bytes"
BAD_REQUEST: Final = "bad_request"


def bad_request(message: str) -> OperationFailed:
    """Return the failure of arguments that are wrong."""
    return OperationFailed(BAD_REQUEST, message)


def closed(message: str) -> OperationFailed:
    """Return the failure of a connection that is gone."""
    return OperationFailed(CONNECTION_CLOSED, message)


def http_failed(message: str) -> OperationFailed:
    """Return the failure of an answer that cannot be read."""
    return OperationFailed(HTTP_FAILED, message)

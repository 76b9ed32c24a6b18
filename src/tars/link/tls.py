"""Whose certificates the dialling side believes, and why it does not believe one, in plain words."""

import functools
import ssl
from datetime import date
from pathlib import Path

from tars.files import read_small
from tars.link.errors import LinkLost, Patience
from tars.link.http_answers import HTTP2_ONLY

# OpenSSL's names for what is wrong with a certificate: X509_V_ERR_...
_NOT_YET_VALID = 9
_EXPIRED = 10
_UNKNOWN_ISSUER = frozenset({2, 7, 18, 19, 20, 21, 30})
_OTHER_NAME = frozenset({62, 64})
_NO_COMMON_PROTOCOL = "TLSV1_ALERT_NO_APPLICATION_PROTOCOL"
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST"})


@functools.cache
def system_context() -> ssl.SSLContext:
    """The system's authorities; reading them takes tens of milliseconds, too many for every dial."""
    return _offering_http1(ssl.create_default_context())


def trusting(authority: Path) -> ssl.SSLContext:
    """Trust the authorities in that PEM file alone. Raise `OSError`; `ssl.SSLError` where it holds none."""
    content = read_small(authority).decode("ascii", "ignore")  # names beside the certificates may be in any script
    # without any text, the system's authorities would count
    return _offering_http1(ssl.create_default_context(cadata=content or "no certificate"))


def _offering_http1(context: ssl.SSLContext) -> ssl.SSLContext:
    """Name the protocol (ALPN, RFC 7301), so that a proxy that speaks HTTP/2 only says so."""
    context.set_alpn_protocols(["http/1.1"])
    return context


def tls_loss(exc: ssl.SSLError, host: str, address: str) -> LinkLost:
    """What a failed TLS handshake with `host` at `address` means.

    Dates are waited for as usual: a Pi that has just started lags until it has asked the network for the time. Any
    other certificate that is not accepted stays so until a person does something.
    """
    if not isinstance(exc, ssl.SSLCertVerificationError):
        if exc.reason == _NO_COMMON_PROTOCOL:
            return LinkLost(f"{address} {HTTP2_ONLY}")
        said = (exc.reason or str(exc)).replace("_", " ").lower()
        if exc.reason in _NOT_TLS or isinstance(exc, ssl.SSLEOFError):
            return LinkLost(f"no TLS with {address}: {said}; a server without a certificate is dialled by ws://")
        return LinkLost(f"no TLS with {address}: {said}")
    certificate, code = f"the certificate of {address}", exc.verify_code
    if code == _EXPIRED:
        return LinkLost(
            f"{certificate} has expired, by this device's clock, where it is {date.today()};"
            " `tars-server make-certificate` renews it"
        )
    if code == _NOT_YET_VALID:
        return LinkLost(
            f"{certificate} is not valid yet; this device's clock says {date.today()}, and is probably wrong"
        )
    if code in _OTHER_NAME:
        return LinkLost(
            f"{certificate} is for other names than {host}; dial one of those, or make one for it on the server:"
            f" `tars-server make-certificate --host {host}`",
            patience=Patience.CAP,
        )
    if code in _UNKNOWN_ISSUER:
        return LinkLost(
            f"{certificate} comes from an authority that this device does not trust: pair it again, or set tls_ca",
            patience=Patience.CAP,
        )
    return LinkLost(f"{certificate} is not accepted: {exc.verify_message}", patience=Patience.CAP)

"""Field types that several messages share: what the wire allows, stated once."""

from typing import Annotated

from msgspec import Meta

DEVICE_ID_PATTERN = r"\A[A-Za-z0-9._-]{1,64}\Z"

DeviceId = Annotated[str, Meta(pattern=DEVICE_ID_PATTERN)]
Identifier = Annotated[str, Meta(min_length=1, max_length=64)]
"""A session, utterance or notification: unique text made by whoever starts it (a UUID when TARS does)."""
ClientName = Annotated[str, Meta(max_length=64)]
"""A program and its version, such as `tars-pi/0.1.0`."""
ByteCount = Annotated[int, Meta(ge=0, le=2**53)]
Score = Annotated[float, Meta(ge=0, le=1)]
Rate = Annotated[int, Meta(ge=1_000, le=192_000)]
Channels = Annotated[int, Meta(ge=1, le=8)]
Width = Annotated[int, Meta(ge=1, le=4)]
Seconds = Annotated[float, Meta(ge=0)]

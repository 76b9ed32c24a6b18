"""What TARS said on each device in the last day, so that no joke is told twice."""

from collections import OrderedDict, deque
from datetime import UTC, datetime, timedelta

import attrs

from tars.server.brains.brain import Request

_DAY = timedelta(days=1)
_MAX_DEVICES = 1024
"""Devices that are kept; those that were silent longest go first."""
_MAX_REPLIES = 200
"""Replies kept for one device: more than a talkative day has."""


@attrs.frozen
class _Reply:
    text: str
    noted: datetime


@attrs.define(eq=False)
class SaidToday:
    """The replies that devices have heard.

    Only spoken replies count: an answer may be prepared and dropped. So a reply is noted when the next request
    tells it as the device's last one.
    """

    _devices: OrderedDict[str, deque[_Reply]] = attrs.field(factory=OrderedDict)

    def recall(self, request: Request) -> tuple[str, ...]:
        """Note the last reply that `request` tells, and return all of the last 24 hours on its device."""
        now = request.now.astimezone(UTC)
        replies = self._devices.pop(request.device_id, None) or deque(maxlen=_MAX_REPLIES)
        if request.last_reply and not (replies and replies[-1].text == request.last_reply):
            replies.append(_Reply(request.last_reply, now))
        while len(replies) > 1 and now - replies[0].noted >= _DAY:  # the last one stays, to be known again
            replies.popleft()
        if replies:
            self._devices[request.device_id] = replies
        while len(self._devices) > _MAX_DEVICES:
            self._devices.popitem(last=False)
        return tuple(reply.text for reply in replies if now - reply.noted < _DAY)

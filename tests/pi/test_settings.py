import re

import pytest

from tars.errors import UserError
from tars.messages import DEVICE_ID_PATTERN
from tars.pi.program import make_client
from tars.pi.settings import Settings, choose_device_id


@pytest.mark.parametrize(
    ("hostname", "device_id"),
    [("kitchen", "kitchen"), ("Bob's Pi", "Bob-s-Pi"), ("küche.local", "k-che.local"), ("", "tars-pi")],
)
def test_a_device_is_called_after_its_machine(hostname: str, device_id: str) -> None:
    assert choose_device_id(None, hostname) == device_id
    assert re.match(DEVICE_ID_PATTERN, choose_device_id(None, hostname * 70))


def test_a_device_id_that_will_not_do_is_a_users_mistake() -> None:
    assert choose_device_id("Kitchen_1.a-b") == "Kitchen_1.a-b"
    for wrong in ("", "a b", "a/b", "x" * 65, "é"):
        with pytest.raises(UserError, match="device_id"):
            choose_device_id(wrong)


@pytest.mark.parametrize("url", ["http://host/", "host:7456", "ws://", "ws://host:99999999/"])
def test_an_address_that_will_not_do_is_a_users_mistake(url: str) -> None:
    with pytest.raises(UserError, match="server"):
        make_client(Settings(server=url))


def test_settings_do_not_show_the_token() -> None:
    assert "secret" not in repr(Settings(token="secret"))
    assert "secret" not in repr(Settings(server="ws://me:secret@host/"))
    assert "secret" not in repr(Settings(server="ws://me:secret@host:door/"))

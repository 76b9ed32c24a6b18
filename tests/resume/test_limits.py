"""What a device hands over at once after an outage has room wherever it passes."""

from tars.audio.formats import MICROPHONE
from tars.link.policy import SERVER_POLICY
from tars.pi.outbox import RESUMING_LIMIT
from tars.pi.tape import CAPACITY, RESERVE
from tars.server.conversation.ears import BACKLOG
from tars.server.stt.worker import MAX_WAITING
from tars.server.workers.policy import WorkerPolicy

WHAT_COMES_MEANWHILE = MICROPHONE.bytes_in(5.0)


def test_a_whole_tape_has_room_on_its_way_to_the_recogniser() -> None:
    at_once = CAPACITY + RESERVE + WHAT_COMES_MEANWHILE
    line = WorkerPolicy().line_queue_bytes
    rooms = (SERVER_POLICY.audio_rate.burst, SERVER_POLICY.inbox_audio_bytes, BACKLOG, line, MAX_WAITING)
    assert min(RESUMING_LIMIT, *rooms) >= at_once

import subprocess
import sys
from pathlib import Path

import pytest

from tars.errors import UserError
from tars.pi.hotword.catalogue import bundled_hotwords, find_models


def test_the_wheels_own_hotwords_are_known_by_name() -> None:
    assert {"alexa", "hey_jarvis", "hey_mycroft"} <= set(bundled_hotwords())
    assert not {"melspectrogram", "embedding_model", "silero_vad"} & set(bundled_hotwords())


@pytest.mark.parametrize("spelling", ["hey_jarvis", "hey jarvis", "Hey Jarvis", " hey-jarvis "])
def test_a_name_may_be_spelt_as_it_is_said(spelling: str) -> None:
    (found,) = find_models([spelling]).hotwords
    assert found.name == "hey_jarvis"
    assert found.path.name.startswith("hey_jarvis")


def test_several_hotwords_and_each_once() -> None:
    found = find_models(["alexa", "hey jarvis", "alexa"]).hotwords
    assert [hotword.name for hotword in found] == ["alexa", "hey_jarvis"]


def test_any_onnx_file_is_a_hotword_named_after_itself(tmp_path: Path) -> None:
    own = tmp_path / "computer_v1.2.onnx"
    own.touch()
    (found,) = find_models([str(own)]).hotwords
    assert (found.name, found.path) == ("computer", own)


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        ("jarvis", r"no hotword 'jarvis'; there are alexa, hey_jarvis, .* or give a \.onnx file"),
        ("/nowhere/computer.onnx", r"'/nowhere/computer\.onnx' is not there"),
        (__file__, r"test_catalogue\.py' is not an ONNX model"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(wanted: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        find_models([wanted])


def test_no_hotword_at_all_is_refused() -> None:
    with pytest.raises(UserError, match="no hotword is configured"):
        find_models([])


def test_the_detector_works_without_importing_openwakeword_and_its_heavy_company() -> None:
    program = (
        "import sys\n"
        "from tests.pi.hotword.support import detections\n"
        "detections(bytes(25_600), gate=False)\n"
        "print([name for name in ('openwakeword', 'sklearn', 'scipy') if name in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"

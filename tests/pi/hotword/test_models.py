from pathlib import Path

import pytest

from tars.errors import UserError
from tars.pi.hotword.catalogue import bundled_hotwords, find_models
from tars.pi.hotword.models import load_models
from tests.pi.hotword.support import models


def test_a_model_with_several_outputs_names_each_of_them() -> None:
    (classifier,) = models("timer").classifiers
    assert classifier.hotwords[0] is None
    assert "10_minute_timer" in classifier.hotwords
    assert models("timer").window == classifier.window == 34


def test_every_bundled_hotword_loads() -> None:
    loaded = load_models(find_models(bundled_hotwords()))
    assert len(loaded.classifiers) == len(bundled_hotwords())


@pytest.mark.parametrize("content", [b"", b"this is not a network", b"\x08\x07\x12\x07pytorch" * 50])
def test_a_file_that_is_no_model_is_named(tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(content)
    with pytest.raises(UserError, match=r"broken\.onnx' cannot be loaded \(\w.*\w\); give an"):
        load_models(find_models([str(broken)]))


def test_a_model_of_something_else_is_named() -> None:
    something_else = find_models(["alexa"]).embedding
    with pytest.raises(UserError, match=r"embedding_model\.onnx' is not one of openWakeWord's: its input is \["):
        load_models(find_models([str(something_else)]))

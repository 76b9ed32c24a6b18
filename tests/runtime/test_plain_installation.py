"""TARS imports nothing that an installation made as the documents say does not have."""

import subprocess
import sys
from importlib.metadata import packages_distributions
from importlib.util import find_spec

from packaging.utils import canonicalize_name

from tests.support.limits import HANG
from tests.support.plain_installation import PROJECT, closure, models
from tests.support.real import need

EVERYTHING = """
import importlib, pkgutil, sys
class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name in sys.argv[1:]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, NotInstalled())
import numpy
import tars
for module in pkgutil.walk_packages(tars.__path__, "tars."):
    importlib.import_module(module.name)
from tars.pi.hotword.catalogue import find_models
from tars.pi.hotword.models import load_models
loaded = load_models(find_models(["hey_jarvis"]))
loaded.melspectrogram(numpy.zeros((1, 16_000), numpy.float32))
from tars.server.stt.moonshine.model import load_moonshine
load_moonshine().decode(bytes(32_000), None)
"""


def test_all_modules_and_the_models_work_with_what_the_extras_bring() -> None:
    need(None not in (find_spec("openwakeword"), find_spec("moonshine_voice")), "the models (models.txt)")
    installed = closure("all") | models() | {"tars", PROJECT["name"]}  # an old environment has it by the old name
    missing = [
        module
        for module, names in packages_distributions().items()
        if not {canonicalize_name(name) for name in names} & installed
    ]
    assert {"scipy", "pytest"} <= set(missing)
    ran = subprocess.run(
        [sys.executable, "-c", EVERYTHING, *missing], capture_output=True, text=True, timeout=HANG, check=False
    )
    assert ran.returncode == 0, ran.stderr

"""All skills, understood and listened for. Made once for all tests: it takes a while, and nothing changes it."""

from tars.server.brains.skills.table import SKILLS
from tars.server.brains.templates import build_grammar
from tars.server.brains.understanding import Understanding

UNDERSTANDING = Understanding(SKILLS)
GRAMMAR = build_grammar(["hey_jarvis"])

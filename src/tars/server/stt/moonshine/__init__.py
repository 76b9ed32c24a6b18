"""Moonshine tiny-en in onnxruntime: English speech to text, free and bound by a grammar.

The model has 27 million parameters and the MIT licence; the wheel `moonshine-voice` carries it.
"""

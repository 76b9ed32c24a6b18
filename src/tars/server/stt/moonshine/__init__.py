"""Moonshine tiny-en (27 million parameters, MIT) in onnxruntime: English speech to text, free and bound by a grammar."""

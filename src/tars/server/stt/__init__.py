"""Hearing: voice activity, endpointing and recognition, in worker processes of their own."""

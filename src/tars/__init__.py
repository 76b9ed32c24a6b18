"""TARS: a voice assistant whose link never makes you wait and never lies to you."""

__version__ = "0.1.0"

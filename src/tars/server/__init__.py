"""The server: hears, thinks and speaks, for many devices."""

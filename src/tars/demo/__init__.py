"""The demonstration: both programs, a spoken question, a killed server, a second question."""

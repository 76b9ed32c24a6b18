"""Device and server, both whole, over a link that breaks anywhere: rule 5 of docs/protocol.md."""

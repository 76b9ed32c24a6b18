"""The web port: pages for those who watch over the server. Nothing of it touches the devices' links."""

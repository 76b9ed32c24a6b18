"""The device: hears the hotword, streams the microphone, plays the answer."""

"""Audio as data: formats, frames, WAV files, resampling. No trio, no sound card."""

"""The running service: channels, desk, storage, settings and the straight line of one message."""

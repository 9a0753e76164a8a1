"""The terminal itself: its clipboard, colours, speed, signals and keys."""

"""The terminal itself: its clipboard, its speed, its signals and its keys."""

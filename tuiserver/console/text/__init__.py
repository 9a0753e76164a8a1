"""Text that is safe to draw: untrusted bytes escaped to one cell per character, and lines of messages, logs and hexdumps."""

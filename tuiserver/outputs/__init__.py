"""Where events go besides the screen: the log and the lines of a headless run."""

"""What is sent without a key being pressed: repeats, files, placeholders; and saved and typed messages.

Rules of this folder:
- It speaks events and commands only, and never imports the engine, the worker or the console.
"""

"""The console: the only folder that imports textual or rich.

app        wires the link, the models and the panes, and routes events and keys
panes/     what is drawn      dialogs/   what is asked
models/    what is shown, as plain objects
text/      untrusted text to safe cells
terminal/  clipboard, flow control, signals, keys
"""

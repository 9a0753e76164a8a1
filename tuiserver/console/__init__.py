"""The console: the only folder that imports textual or rich.

run          shows the console, and again if the screen failed
app          wires the parts and routes what the toolkit calls
faults       keeps the console going when a handler raises
workspace    panes, focus, zoom          selection    what commands apply to
operator     keys to commands            intake       events to models
naming       names of connections        command_list the commands of the palette
frame_clock  when to draw
layout       positions of the panes      themes       colours
context      what the parts share
panes/       what is drawn               dialogs/     what is asked
models/      what is shown, as plain objects
keymap/      the table of all actions and their keys
text/        untrusted text to safe cells
terminal/    clipboard, colours, flow control, signals, keys
"""

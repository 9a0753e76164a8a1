"""Background jobs (repeats, file transfers), and the placeholders, history and saved messages of the send bar.

    jobs = JobList(link.send, roster, report, now=time.monotonic, schedule=loop.call_later, next_token=tokens)
    jobs.start(RepeatRequest(plan, ids, make))       # or any other request in `registry.KINDS`

Rules of this folder:
- It speaks events and commands only, and never imports the engine, the worker or the console.
- It reads no clock and sets no timer of its own: time is injected.
- A new kind of job is one file, and one line in `registry.py`.
"""

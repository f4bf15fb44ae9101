"""Drills on the real thing, apart from the real thing.

Each drill that is going on has an engine of its own: the same flows, turns, timers and tables, on a
database of its own (`drills/ID.sqlite3` beside the real one) and a clock of its own, which may go
faster. Nothing in it can open a real case, stand in a real list or fall into a real report, because
it isn't there.

    hall.py     one drill's engine: its database, its people, its turns
    door.py     between the two: what people write for it goes in, what it says goes out, marked,
                in the bulk lane of the real outbox
    halls.py    all that are going on; what a turn may know of them; the recall
    clock.py    the drill's own time
    guests.py   who came with a drill's code and isn't enrolled: erased after it
    report.py   what came of one, read from its database (the figures: flows/drill/review.py)
    page.py     the report as a page and as rows; paper.py as a PDF; picture.py for the chat
    scripts.py  the scripts of locales/en/drills and of the operator
"""

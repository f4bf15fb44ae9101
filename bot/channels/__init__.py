"""One folder per channel: parse.py and render.py are pure, client.py is the only I/O."""

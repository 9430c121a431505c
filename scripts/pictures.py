"""Types at the demo in a pseudo-terminal and draws its screen as PNG, twice as large as a terminal would."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

import pyte
from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono{}.ttf"
SIZE = 28
PAPER, INK = "#14161b", "#d5d8de"
NAMED = {"black": "#1d2026", "red": "#e06c75", "green": "#98c379", "brown": "#e5c07b", "blue": "#61afef",
         "magenta": "#c678dd", "cyan": "#56b6c2", "white": "#c8ccd4", "brightblack": "#737985", "brightred": "#f08a92",
         "brightgreen": "#b5e090", "brightbrown": "#f5d796", "brightblue": "#85c5ff", "brightmagenta": "#dc9bef",
         "brightcyan": "#7fd5e0", "brightwhite": "#ffffff"}
ENTER, RIGHT, ESC = "\r", "\x1b[C", "\x1b"

# Name of the picture, columns, rows, then what is typed and the words that must be on screen before the next is typed.
PICTURES = [
    ("desk", 140, 42, [("ada@", "Ada Lovelace"), (ENTER, "4242")]),
    ("refund", 140, 42, [("ada@", "Ada Lovelace"), (ENTER, "4242"), ("r", "a reason must be chosen"), (RIGHT, "Type")]),
    ("cancel", 140, 42, [("grace@", "Grace Hopper"), (ENTER, "Pro"), ("3", "Pro"), ("x", "period end")]),
    ("palette", 140, 42, [("ada@", "Ada Lovelace"), (ENTER, "4242"), (":", "refund charge")]),
    ("explain", 140, 42, [("alan@", "Alan Turing"), (ENTER, "Growth"), ("e", "read from")]),
    ("duplicates", 140, 42, [("ada@", "Ada Lovelace"), (ENTER, "4242"), ("D", "to be refunded")]),
    ("timeline", 140, 42, [("ada@", "Ada Lovelace"), (ENTER, "4242"), ("t", "▤ invoice"), ("w", "where it is")]),
    ("monitor", 140, 42, [(ESC, "DEMO"), ("m", "by reason")]),
    ("small", 80, 24, [("ada@", "Ada Lovelace"), (ENTER, "4242")]),
]


class Screen:
    def __init__(self, command, columns, rows, home):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            environment = {"HOME": home, "PAYDESK_DATA_DIR": f"{home}/data", "PAYDESK_AGENT": "maya", "LANG": "C.UTF-8",
                           "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execve(command[0], command, environment)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)

    def text(self):
        return "\n".join(self.screen.display)

    def hear(self, seconds):
        """One piece of what the program writes; False after that many silent seconds."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        self.stream.feed(os.read(self.fd, 65536))
        return True

    def until(self, words):
        deadline = time.monotonic() + 20
        while words not in self.text():
            assert time.monotonic() < deadline, f"never came: {words}\n{self.text()}"
            self.hear(0.1)
        # Everything that belongs to it has come once the program is silent.
        while self.hear(0.8):
            pass

    def type(self, keys):
        # An arrow is one key: its bytes go together, or the program reads an Esc.
        for key in [keys] if keys.startswith("\x1b") else keys:
            os.write(self.fd, key.encode())

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        try:
            while os.read(self.fd, 65536):
                pass
        except OSError:
            pass
        os.waitpid(self.pid, 0)


def colour(name, default):
    return default if name == "default" else NAMED.get(name, f"#{name}")


def draw(screen, path):
    plain, bold = (ImageFont.truetype(FONT.format(end), SIZE) for end in ("", "-Bold"))
    width, height = round(plain.getlength("M")), sum(plain.getmetrics())
    margin = width
    image = Image.new("RGB", (width * screen.columns + 2 * margin, height * screen.lines + 2 * margin), PAPER)
    brush = ImageDraw.Draw(image)
    for row in range(screen.lines):
        for column in range(screen.columns):
            cell = screen.buffer[row][column]
            ink, paper = colour(cell.fg, INK), colour(cell.bg, PAPER)
            if cell.reverse:
                ink, paper = paper, ink
            x, y = margin + column * width, margin + row * height
            if paper != PAPER:
                brush.rectangle([x, y, x + width - 1, y + height - 1], fill=paper)
            if cell.data.strip():
                brush.text((x, y), cell.data, font=bold if cell.bold else plain, fill=ink)
            if cell.underscore:
                brush.line([x, y + height - 3, x + width, y + height - 3], fill=ink, width=2)
    if not screen.cursor.hidden:
        x, y = margin + screen.cursor.x * width, margin + screen.cursor.y * height
        brush.rectangle([x, y, x + 3, y + height - 1], fill=INK)
    image.quantize(64).save(path, optimize=True)


def main():
    binary, work, folder = sys.argv[1:]
    for name, columns, rows, steps in PICTURES:
        home = f"{work}/{name}"
        os.makedirs(home)
        screen = Screen([os.path.abspath(binary), "demo"], columns, rows, home)
        try:
            screen.until("DEMO")
            for keys, words in steps:
                screen.type(keys)
                screen.until(words)
            draw(screen.screen, f"{folder}/{name}.png")
            print(f"{folder}/{name}.png")
        finally:
            screen.close()


main()

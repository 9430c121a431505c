"""Types at the program in a pseudo-terminal and draws its screen, cell by cell, as PNG.

Run by scripts/pictures, which says what is needed. Each scene is a size, and keys with waits for text on the screen.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

import pyte
from PIL import Image, ImageDraw, ImageFont

# name: (columns, rows, arguments, steps). A step is what to type, then what must be on the screen before the next.
SCENES = {
    "desk": (140, 42, [], [("", "Welcome"), ("ada@", "ada@example.com"), ("\r", "$99.00  ● paid"), ("", "next")]),
    "refund": (140, 42, [], [
        ("", "Welcome"), ("ada@", "ada@example.com"), ("\r", "$99.00  ● paid"), ("", "next"),
        ("r", "left to refund"), (" ", "a reason is given"),
    ]),
    "cancel": (140, 42, [], [
        ("", "Welcome"), ("grace@", "grace@example"), ("\r", "renews"), ("", "next"), ("3x", "unused days"),
    ]),
    "small": (80, 24, [], [("", "DEMO"), ("ada@", "Ada Lovelace"), ("\r", "● paid")]),
}
GROUND, INK = (22, 24, 28), (208, 210, 212)
NAMES = {
    "black": (29, 31, 33), "red": (204, 102, 102), "green": (159, 191, 106), "brown": (240, 198, 116),
    "blue": (129, 162, 190), "magenta": (178, 148, 187), "cyan": (138, 190, 183), "white": (197, 200, 198),
}
SIZE, MARGIN, PATIENCE_S = 18, 14, 20


def colour(name, default):
    if name == "default":
        return default
    if name in NAMES:
        return NAMES[name]
    try:
        return tuple(int(name[at:at + 2], 16) for at in (0, 2, 4))
    except ValueError:
        return default


class Sitting:
    """The program on a terminal of its own."""

    def __init__(self, program, arguments, columns, rows):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8", TZ="UTC")
            os.environ.pop("NO_COLOR", None)
            os.execv(program, [program, "demo", "--latency", "5", *arguments])
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        if select.select([self.terminal], [], [], seconds)[0]:
            self.stream.feed(os.read(self.terminal, 65536))
            return True
        return False

    def step(self, keys, wanted):
        for key in keys:
            os.write(self.terminal, key.encode())
            self.read(0.03)
        end = time.monotonic() + PATIENCE_S
        while wanted not in "\n".join(self.screen.display):
            if time.monotonic() > end:
                sys.exit(f"`{wanted}` never came:\n" + "\n".join(self.screen.display))
            self.read(0.1)
        while self.read(0.6):
            pass

    def close(self):
        os.write(self.terminal, b"\x03")
        os.close(self.terminal)
        os.waitpid(self.child, 0)


def font(bold):
    folder = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono"
    path = folder + ("-Bold.ttf" if bold else ".ttf")
    if not os.path.exists(path):
        sys.exit(f"{path} is missing: install Debian's fonts-dejavu-core")
    return ImageFont.truetype(path, SIZE)


def draw(screen, path):
    fonts = {bold: font(bold) for bold in (False, True)}
    width, height = round(fonts[False].getlength("M")), round(SIZE * 1.25)
    image = Image.new("RGB", (width * screen.columns + 2 * MARGIN, height * screen.lines + 2 * MARGIN), GROUND)
    pen = ImageDraw.Draw(image)
    for row in range(screen.lines):
        for column in range(screen.columns):
            cell = screen.buffer[row][column]
            ink, ground = colour(cell.fg, INK), colour(cell.bg, GROUND)
            if cell.reverse:
                ink, ground = ground, ink
            x, y = MARGIN + column * width, MARGIN + row * height
            if ground != GROUND:
                pen.rectangle([x, y, x + width - 1, y + height - 1], fill=ground)
            if cell.data.strip():
                pen.text((x, y), cell.data, font=fonts[bool(cell.bold)], fill=ink)
            if cell.underscore:
                pen.line([x, y + height - 2, x + width - 1, y + height - 2], fill=ink)
    image.quantize(colors=128).save(path, optimize=True)


def main(program, folder):
    os.makedirs(folder, exist_ok=True)
    for name, (columns, rows, arguments, steps) in SCENES.items():
        sitting = Sitting(os.path.abspath(program), arguments, columns, rows)
        for keys, wanted in steps:
            sitting.step(keys, wanted)
        draw(sitting.screen, os.path.join(folder, name + ".png"))
        sitting.close()
        print(os.path.join(folder, name + ".png"))


main(*sys.argv[1:3])

"""The desk in a pseudo-terminal: keys go in, the screen is read back, and time passes only until what is awaited stands on it."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import pyte

COLUMNS, ROWS = 140, 42
# A debug build on a busy machine; only a program that hangs waits that long.
PATIENCE = 60.0
# The screen is still once nothing came for so long.
STILL = 0.3


class Desk:
    def __init__(self, binary, environment):
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execve(binary, [binary], environment | {"TERM": "xterm-256color", "LANG": "C.UTF-8"})
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.kill(self.process, signal.SIGWINCH)

    def text(self):
        # The second cell of a wide letter is empty.
        rows = (self.screen.buffer[row] for row in range(ROWS))
        return "\n".join("".join(row[column].data for column in range(COLUMNS)).rstrip() for row in rows)

    def _hear(self, seconds):
        """Whether something came within this time."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return False
        try:
            read = os.read(self.terminal, 1 << 16)
        except OSError:
            read = b""
        self.stream.feed(read)
        return bool(read)

    def until(self, *words, gone=()):
        """Until all of the words stand on the screen, and none of those that have to go."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            text = self.text()
            if all(word in text for word in words) and not any(word in text for word in gone):
                return self
            self._hear(0.1)
        raise AssertionError(f"the screen never had {words} without {gone}:\n{self.text()}")

    def still(self):
        """Until nothing more is drawn."""
        end = time.monotonic() + PATIENCE
        while self._hear(STILL) and time.monotonic() < end:
            pass
        return self

    def press(self, keys):
        os.write(self.terminal, keys.encode())
        return self

    def close(self):
        """Leaves the desk, and says how it ended."""
        os.kill(self.process, signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self._hear(0.05)
            ended, status = os.waitpid(self.process, os.WNOHANG)
            if ended:
                os.close(self.terminal)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        raise AssertionError(f"the desk does not end:\n{self.text()}")

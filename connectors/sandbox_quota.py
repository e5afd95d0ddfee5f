"""A vendor's rate limit as the fake counts it."""

from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Quota:
    """`limit` calls in a window of `seconds`: a sliding one, or one that starts anew at each
    whole multiple of the clock. Counts always; refuses only while `on`."""

    limit: int
    seconds: float
    sliding: bool = False
    on: bool = False
    _calls: deque[float] = field(default_factory=deque)

    def spend(self, now: float) -> bool:
        """Count a call; False when it is one too many and the quota is on."""
        start = now - self.seconds if self.sliding else now - now % self.seconds
        while self._calls and self._calls[0] < start:
            self._calls.popleft()
        if self.on and len(self._calls) >= self.limit:
            return False
        self._calls.append(now)
        return True

    @property
    def remaining(self) -> int:
        """What is left of the window; while off, as after its first call."""
        return max(0, self.limit - len(self._calls)) if self.on else self.limit - 1

    def reset(self, now: float) -> float:
        """Seconds until a call is free again."""
        if not self.sliding:
            return self.seconds - now % self.seconds
        return max(0.0, self._calls[0] + self.seconds - now) if self._calls else 0.0

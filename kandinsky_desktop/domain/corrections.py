"""By how much a machine takes more or less memory than is predicted: learnt from its phases."""

from dataclasses import replace

from kandinsky_desktop.domain.events import PhaseRan, Progress, Report
from kandinsky_desktop.domain.memory import MIB

LEAST_LEARNT = 64 * MIB  # activations from which a phase says anything: less is workspaces alone
SHARE_OF_NEW = 0.25  # of a measurement beside all that was learnt before
CORRECTIONS = 0.8, 2.0  # beyond them something else was measured


class Lesson:
    """What the phases of a job say of a machine: by how much predictions are to be corrected."""

    def __init__(self, correction: float) -> None:
        """`correction` is the one with which the job is planned."""
        self.before = self.correction = correction

    def learn(self, ran: PhaseRan) -> None:
        """Take note of a phase whose peak was measured."""
        took = ran.memory
        if took is None or not took.peak or took.activations < LEAST_LEARNT:
            return
        seen = self.before * (1 + (took.peak - took.predicted) / took.activations)
        low, high = CORRECTIONS
        if low <= seen <= high:
            self.correction += SHARE_OF_NEW * (seen - self.correction)

    def noting(self, report: Report) -> Report:
        """Return a report that learns from what it passes on, and says what it learnt."""

        def noted(progress: Progress) -> None:
            if isinstance(progress, PhaseRan) and progress.memory is not None:
                self.learn(progress)
                memory = replace(progress.memory, correction=self.correction)
                progress = replace(progress, memory=memory)
            report(progress)

        return noted

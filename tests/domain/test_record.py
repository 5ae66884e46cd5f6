"""What a picture says of how it was made."""

from dataclasses import replace

from kandinsky_desktop.domain.job import Job
from kandinsky_desktop.domain.record import unlike
from tests.fakes import HERE, record, request


def test_the_same_conditions_are_alike() -> None:
    assert unlike(HERE, replace(HERE)) == ()


def test_what_changed_is_said_with_both_values() -> None:
    now = replace(HERE, libraries=("torch 3",), threads=8)
    assert unlike(HERE, now) == (
        "the number of threads (then 1, now 8)",
        "the libraries (then torch 2, diffusers 0, now torch 3)",
    )


def test_a_record_knows_its_seeds() -> None:
    third = record(request(count=4, prior_seed=10, seed=20), 2)
    assert (third.prior_seed, third.seed) == (12, 22)


def test_a_job_knows_what_it_lacks() -> None:
    assert Job(request(count=4), made=(2, 0)).missing == (1, 3)
    assert Job(request(count=2), made=(0, 1)).missing == ()

import errno
import os
import stat
from pathlib import Path

import pytest

from tests.investigation.decisions import NOON, minutes, opening
from triage_tui.investigation.decision import Decision
from triage_tui.investigation.events import QuestionAnswered, StepEntered
from triage_tui.investigation.journal import (
    Journal,
    JournalBusyError,
    JournalError,
    JournalWriteError,
    encode_record,
    investigation_folders,
    new_investigation_id,
    read_journal,
)
from triage_tui.investigation.steps import Step


def write(folder: Path, *decisions: Decision) -> Path:
    journal = Journal(folder, NOON)
    for decision in decisions:
        journal.append(decision)
    journal.close()
    return journal.path


def moved(step: Step) -> StepEntered:
    return StepEntered(at=minutes(1), step=step)


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    answered = QuestionAnswered(at=minutes(2), question="alert.what", text="Überlauf ␛ \U0001f4a5")
    write(tmp_path / "one", opening(), answered, moved(Step.IMPACT))
    reading = read_journal(tmp_path / "one")
    assert reading.decisions == (opening(), answered, moved(Step.IMPACT))
    assert reading.damaged == 0


def test_files_and_folders_are_private(tmp_path: Path) -> None:
    path = write(tmp_path / "state" / "triage" / "one", opening())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_each_run_of_the_program_has_its_own_file_and_runs_are_read_in_order(tmp_path: Path) -> None:
    first = Journal(tmp_path, NOON)
    first.append(opening())
    first.close()
    second = Journal(tmp_path, minutes(3))
    second.append(moved(Step.FIX))
    second.close()
    assert first.path != second.path
    assert read_journal(tmp_path).decisions == (opening(), moved(Step.FIX))


@pytest.mark.parametrize("kept", range(0, len(encode_record(moved(Step.FIX))) - 1, 7))
def test_a_torn_tail_is_skipped_counted_and_left_alone(tmp_path: Path, kept: int) -> None:
    path = write(tmp_path, opening())
    torn = path.read_bytes() + encode_record(moved(Step.FIX))[:kept]
    path.write_bytes(torn)
    reading = read_journal(tmp_path)
    assert reading.decisions == (opening(),)
    assert reading.damaged == (1 if kept else 0)
    assert path.read_bytes() == torn


def test_a_flipped_byte_costs_one_record_only(tmp_path: Path) -> None:
    path = write(tmp_path, opening(), moved(Step.IMPACT), moved(Step.FIX))
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b'"step":2', b'"step":7')
    path.write_bytes(b"".join(lines))
    reading = read_journal(tmp_path)
    assert reading.decisions == (opening(), moved(Step.FIX))
    assert reading.damaged == 1


def test_a_second_run_on_the_same_investigation_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path, NOON)
    with pytest.raises(JournalBusyError, match="another terminal"):
        Journal(tmp_path, minutes(1))
    journal.close()
    Journal(tmp_path, minutes(2)).close()


def test_a_short_write_is_cut_back_and_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path, NOON)
    journal.append(opening())
    whole_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: whole_write(descriptor, data[:10]))
    with pytest.raises(JournalWriteError, match="took 10 of"):
        journal.append(moved(Step.FIX))
    monkeypatch.undo()
    journal.append(moved(Step.IMPACT))
    journal.close()
    reading = read_journal(tmp_path)
    assert (reading.decisions, reading.damaged) == ((opening(), moved(Step.IMPACT)), 0)


def test_a_full_disk_is_reported_and_the_file_stays_whole() -> None:
    if not Path("/dev/full").exists():
        pytest.fail("this test needs /dev/full")
    journal = Journal.__new__(Journal)
    journal.path = Path("/dev/full")
    journal._file = os.open("/dev/full", os.O_WRONLY)
    with pytest.raises(JournalWriteError, match=r"No space left|torn record"):
        journal.append(moved(Step.FIX))
    os.close(journal._file)


def test_a_file_whose_name_is_not_on_disk_is_begun_anew_by_the_next_decision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(descriptor: int) -> None:
        raise OSError(errno.EIO, f"Input/output error of {descriptor}")

    journal = Journal(tmp_path, NOON)
    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(JournalWriteError, match="Input/output error"):
        journal.append(opening())
    monkeypatch.undo()
    journal.append(opening())
    journal.close()
    assert read_journal(tmp_path).decisions == (opening(),)


def test_a_folder_that_cannot_be_written_to_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalWriteError, match="cannot keep a journal here"):
        Journal(tmp_path / "file" / "one", NOON)


def test_a_link_in_place_of_a_journal_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("{}")
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "x.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalError, match="cannot be read"):
        read_journal(tmp_path / "one")


def test_investigations_are_listed_newest_first(tmp_path: Path) -> None:
    older, newer = new_investigation_id(NOON), new_investigation_id(minutes(5))
    write(tmp_path / older, opening())
    write(tmp_path / newer, opening())
    (tmp_path / "killed before its first record").mkdir()
    assert [path.name for path in investigation_folders(tmp_path)] == [newer, older]
    assert investigation_folders(tmp_path / "nowhere") == ()

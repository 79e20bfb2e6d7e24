from __future__ import annotations

import numpy as np

from triage_tui.logs.codes import Names
from triage_tui.logs.texts import Texts


def test_bytes_that_are_shown_as_one_text_have_one_code() -> None:
    written = [b"web-\xff", b"web-\xfe", "web-\ufffd".encode(), b"web-1"]
    data = np.frombuffer(b"".join(written) + bytes(512), np.uint8)
    ends = np.cumsum([len(one) for one in written])
    names = Names()
    codes = names.codes.at(Texts(data, np.append(0, ends[:-1])), ends)
    assert len(set(codes[:3].tolist())) == 1
    assert codes[3] != codes[0]
    assert sorted(names.texts) == ["web-1", "web-\ufffd"]
    assert names.codes.of("web-\ufffd") == codes[0]

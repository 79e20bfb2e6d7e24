from __future__ import annotations

import numpy as np

from triage_tui.logs.quick.codes import Names
from triage_tui.logs.quick.texts import Texts


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


def test_short_texts_have_the_codes_that_they_have_among_long_ones() -> None:
    written = [
        b"info",
        b"warn",
        b"",
        b"info\0",
        b"error",
        b"info",
        b"critical",
        b"fatal",
        b"trace",
        b"debug",
        b"in",
        b"i",
    ]
    for order in (written, written[::-1], written[:3], [*written, b"a longer one"]):
        data, ends = np.frombuffer(b"".join(order) + bytes(512), np.uint8), np.cumsum([len(one) for one in order])
        names = Names()
        for size in (2, 4, len(order), 3):
            codes = names.codes.at(Texts(data, np.append(0, ends[:-1])[:size]), ends[:size])
            assert codes.tolist() == [names.codes.of(one.decode()) for one in order[:size]]

"""TextEncoder, TextDecoder, atob, btoa. What is expected was computed by Node 24 (but for two wordings)."""

from typing import Any

import pytest

CASES = [
    (
        "two encoded surrogates are no character",
        (
            "(() => { const bytes = new Uint8Array([0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]); return "
            "[new TextDecoder().decode(bytes), "
            "fail(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes))[0]] })()"
        ),
        ["\ufffd" * 6, "TypeError"],
    ),
    (
        "characters whose bytes begin like a surrogate",
        "new TextDecoder('utf-8', { fatal: true }).decode(new TextEncoder().encode('\ud7ff한'))",
        "\ud7ff한",
    ),
    (
        "encodeInto what was transferred",
        (
            "(() => { const view = new Uint8Array(4); structuredClone(view, { transfer: [view.buffer] }); "
            "return new TextEncoder().encodeInto('', view) })()"
        ),
        {"read": 0, "written": 0},
    ),
    (
        "members can be seen",
        "[Object.keys(TextEncoder.prototype), Object.keys(TextDecoder.prototype).sort(), String(new TextEncoder())]",
        [["encoding", "encode", "encodeInto"], ["decode", "encoding", "fatal", "ignoreBOM"], "[object TextEncoder]"],
    ),
    (
        "encode",
        "[...new TextEncoder().encode('é✓😀')]",
        [195, 169, 226, 156, 147, 240, 159, 152, 128],
    ),
    (
        "encode nothing",
        "[new TextEncoder().encode().length, new TextEncoder().encoding]",
        [0, "utf-8"],
    ),
    (
        "encode a lone surrogate",
        "[...new TextEncoder().encode('a\\ud800b')]",
        [97, 239, 191, 189, 98],
    ),
    (
        "encode what is no string",
        "[...new TextEncoder().encode(12)]",
        [49, 50],
    ),
    (
        "encodeInto",
        (
            "(() => { const d = new Uint8Array(4); const r = new TextEncoder().encodeInto('aé✓', d); return "
            "[r.read, r.written, [...d]] })()"
        ),
        [2, 3, [97, 195, 169, 0]],
    ),
    (
        "encodeInto never splits a character",
        (
            "(() => { const d = new Uint8Array(4); const r = new TextEncoder().encodeInto('a😀', d); return "
            "[r.read, r.written, [...d]] })()"
        ),
        [1, 1, [97, 0, 0, 0]],
    ),
    (
        "encodeInto counts UTF-16 units",
        "new TextEncoder().encodeInto('😀😀', new Uint8Array(7)).read",
        2,
    ),
    (
        "decode",
        "new TextDecoder().decode(new Uint8Array([0xc3, 0xa9, 0xe2, 0x9c, 0x93]))",
        "é✓",
    ),
    (
        "decode an ArrayBuffer and a view",
        (
            "[new TextDecoder().decode(new Uint8Array([104, 105]).buffer), new TextDecoder().decode(new "
            "DataView(new Uint8Array([104, 105]).buffer, 1))]"
        ),
        ["hi", "i"],
    ),
    (
        "decode nothing",
        "new TextDecoder().decode()",
        "",
    ),
    (
        "broken sequences",
        (
            "[[0xff], [0xe2, 0x82], [0xe2, 0x82, 0x41], [0xed, 0xa0, 0x80], [0xf0, 0x80, 0x80], [0xc0, 0xaf], "
            "[0xf0, 0x9f, 0x98], [0xf4, 0x90, 0x80, 0x80], [0x80, 0x41]].map((b) => new "
            "TextDecoder().decode(new Uint8Array(b)))"
        ),
        ["�", "�", "�A", "���", "���", "��", "�", "����", "�A"],
    ),
    (
        "a byte order mark is taken off",
        "new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x41])).length",
        1,
    ),
    (
        "unless told to leave it",
        "new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x41])).length",
        2,
    ),
    (
        "a replacement character is no error",
        "new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xef, 0xbf, 0xbd]))",
        "�",
    ),
    (
        "fatal",
        "fail(() => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0x41, 0xff])))",
        ["TypeError", "The encoded data was not valid for encoding utf-8"],
    ),
    (
        "fatal on the unfinished",
        "fail(() => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xe2, 0x82])))",
        ["TypeError", "The encoded data was not valid for encoding utf-8"],
    ),
    (
        "streams",
        (
            "(() => { const d = new TextDecoder(); return [d.decode(new Uint8Array([0xf0, 0x9f]), { stream: "
            "true }), d.decode(new Uint8Array([0x98]), { stream: true }), d.decode(new Uint8Array([0x80]))] })()"
        ),
        ["", "", "😀"],
    ),
    (
        "streams flush what is unfinished",
        (
            "(() => { const d = new TextDecoder(); return [d.decode(new Uint8Array([0x41, 0xe2, 0x82]), { "
            "stream: true }), d.decode()] })()"
        ),
        ["A", "�"],
    ),
    (
        "streams see one byte order mark",
        (
            "(() => { const d = new TextDecoder(); return [d.decode(new Uint8Array([0xef, 0xbb]), { stream: "
            "true }), d.decode(new Uint8Array([0xbf, 0x41]), { stream: true }), d.decode(new Uint8Array([0xef, "
            "0xbb, 0xbf])).length] })()"
        ),
        ["", "A", 1],
    ),
    (
        "streams do not hold back the impossible",
        "(() => { const d = new TextDecoder(); return d.decode(new Uint8Array([0xed, 0xa0]), { stream: true }) })()",
        "��",
    ),
    (
        "labels",
        (
            "['utf8', ' UTF-8 ', 'latin1', 'ascii', 'utf-16', 'shift-jis', 'windows-1251'].map((l) => new "
            "TextDecoder(l).encoding)"
        ),
        ["utf-8", "utf-8", "windows-1252", "windows-1252", "utf-16le", "shift_jis", "windows-1251"],
    ),
    (
        "windows-1252",
        "new TextDecoder('latin1').decode(new Uint8Array([0x80, 0xe9]))",
        "€é",
    ),
    (
        "utf-16le",
        "new TextDecoder('utf-16le').decode(new Uint8Array([0x68, 0, 0x3d, 0xd8, 0, 0xde]))",
        "h😀",
    ),
    (
        "utf-16be",
        "new TextDecoder('utf-16be').decode(new Uint8Array([0, 0x68]))",
        "h",
    ),
    (
        "shift_jis",
        "new TextDecoder('shift_jis').decode(new Uint8Array([0x82, 0xa0]))",
        "あ",
    ),
    (
        "gbk and euc-kr",
        (
            "[new TextDecoder('gbk').decode(new Uint8Array([0xc4, 0xe3])), new "
            "TextDecoder('euc-kr').decode(new Uint8Array([0xb0, 0xa1]))]"
        ),
        ["你", "가"],
    ),
    (
        "an unknown label",
        "fail(() => new TextDecoder('nope')).slice(0, 1)",
        ["RangeError"],
    ),
    (
        "properties",
        (
            "(() => { const d = new TextDecoder('utf8', { fatal: true }); return [d.encoding, d.fatal, "
            "d.ignoreBOM, Object.prototype.toString.call(d)] })()"
        ),
        ["utf-8", True, False, "[object TextDecoder]"],
    ),
    (
        "what is no buffer",
        "fail(() => new TextDecoder().decode('text')).slice(0, 1)",
        ["TypeError"],
    ),
    (
        "btoa and atob",
        "[btoa('hé'), atob('aOk='), atob(' aG k ')]",
        ["aOk=", "hé", "hi"],
    ),
    (
        "btoa of what is not Latin-1",
        "fail(() => btoa('✓'))",
        ["InvalidCharacterError", "String contains an invalid character"],
    ),
    (
        "atob of what is not base64",
        "fail(() => atob('a'))",
        ["InvalidCharacterError", "The string to be decoded is not correctly encoded"],
    ),
]


@pytest.mark.parametrize(("name", "expression", "expected"), CASES, ids=[case[0] for case in CASES])
def test_encoding_answers_as_in_node(value_of: Any, name: str, expression: str, expected: Any) -> None:
    assert value_of(expression) == expected

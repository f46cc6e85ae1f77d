"""WinterTC's Minimum Common Web API, https://min-common-api.proposal.wintertc.org/, and what is left out of it."""

from typing import Any

INTERFACES = """
    AbortController AbortSignal Blob ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy Crypto CryptoKey
    CustomEvent DecompressionStream DOMException ErrorEvent Event EventTarget File FormData Headers MessageChannel
    MessageEvent MessagePort Performance PromiseRejectionEvent ReadableByteStreamController ReadableStream
    ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader
    Request Response SubtleCrypto TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream
    TransformStreamDefaultController URL URLPattern URLSearchParams WritableStream WritableStreamDefaultController
    WritableStreamDefaultWriter
""".split()

MEMBERS = """
    globalThis atob btoa console crypto fetch navigator.userAgent performance.now performance.timeOrigin queueMicrotask
    reportError self setTimeout clearTimeout setInterval clearInterval structuredClone WebAssembly onerror
    onunhandledrejection onrejectionhandled
""".split()

LEFT_OUT = {
    "URLPattern": "no action is known to need it",
    "WebAssembly": "no code but an action's own JavaScript runs in a guest",
    "self": "programs take it for a browser",
    "onerror": "an exception that nothing catches fails the run",
    "onunhandledrejection": "the same",
    "onrejectionhandled": "the same",
}

WITH_WEB_CRYPTO = {"Crypto", "CryptoKey", "SubtleCrypto"}


def test_the_common_api_is_there_but_for_what_is_left_out(value_of: Any) -> None:
    names = [*INTERFACES, *MEMBERS]
    found = value_of(
        f"{names}.filter((name) => name.split('.').reduce((o, key) => o?.[key], globalThis) !== undefined)"
    )
    assert {*names} - {*found} - WITH_WEB_CRYPTO == {*LEFT_OUT}


def test_each_interface_has_its_name_and_tag(value_of: Any) -> None:
    ours = [name for name in INTERFACES if name not in {*LEFT_OUT, *WITH_WEB_CRYPTO}]
    assert value_of(f"{ours}.map((name) => globalThis[name].name)") == ours
    assert value_of(f"{ours}.map((name) => globalThis[name].prototype[Symbol.toStringTag] ?? name)") == ours

"""Another SUA scheme, as a holder of one would write it outside the package: HMAC-SHA-256.

It is a toy, unlike the synthetic model in algorithm, lengths and messages alike, and it passes the
same tests of the gate: nothing there knows how a code is made.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from hanbench.protocol.errors import SecurityError
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage
from hanbench.protocol.sua import AnswerScope, SuaScope


class ToyScheme:
    name = "TOY-HMAC"
    code_octets = 12

    def issue(self, key: Key, scope: SuaScope) -> bytes:
        text = f"code/{scope.eui64}/{scope.group}/{scope.key_version}/{scope.counter}/"
        return self._mac(key, text.encode() + scope.digest)[: self.code_octets]

    def verify(self, key: Key, scope: SuaScope, code: bytes) -> None:
        if not hmac.compare_digest(self.issue(key, scope), code):
            raise SecurityError("no")

    def key_check_value(self, key: Key, eui64: Eui64, version: int) -> bytes:
        return self._mac(key, f"check/{eui64}/{version}".encode())[:3]

    def answer_mac(self, key: Key, scope: AnswerScope) -> bytes:
        text = f"answer/{scope.eui64}/{scope.key_version}/{scope.outcome:d}/{scope.last_counter}/"
        return self._mac(key, text.encode() + scope.request_digest + scope.payload)[:10]

    def verify_answer(self, key: Key, scope: AnswerScope, mac: bytes) -> None:
        if not hmac.compare_digest(self.answer_mac(key, scope), mac):
            raise SecurityError("no")

    def proof(self, key: Key, eui64: Eui64, version: int, nonce: bytes) -> bytes:
        return self._mac(key, f"proof/{eui64}/{version}/".encode() + nonce)[:10]

    def wrap(self, master: Key, key: Key) -> bytes:
        return aes_key_wrap(master.require(KeyUsage.MASTER), key.require(KeyUsage.SUA))[::-1]

    def unwrap(self, master: Key, wrapped: bytes) -> Key:
        try:
            value = aes_key_unwrap(master.require(KeyUsage.MASTER), wrapped[::-1])
        except InvalidUnwrap as error:
            raise SecurityError("no") from error
        return Key(KeyUsage.SUA, value, is_test_material=True)

    def _mac(self, key: Key, message: bytes) -> bytes:
        return hmac.digest(key.require(KeyUsage.SUA), message, hashlib.sha256)


TOY = ToyScheme()

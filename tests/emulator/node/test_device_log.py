"""The device log: who may join, with which key, and what is remembered of those who went."""

from hanbench.emulator.instant import Instant
from hanbench.emulator.node.trust_centre.device_log import HISTORIC_MAX, DeviceLog
from hanbench.protocol.identifiers import Eui64
from hanbench.protocol.keys import Key, KeyUsage, derive_test_key

A, B = Eui64(1), Eui64(2)
FROM, HALF, UNTIL = Instant(100), Instant(150), Instant(200)


def key(number: int) -> Key:
    return derive_test_key("log", KeyUsage.LINK, number)


def test_who_is_not_on_the_log_is_not_let_in() -> None:
    log = DeviceLog()

    assert A not in log
    assert log.key_for(A, FROM) is None
    assert not log.remove(A)


def test_a_new_device_is_let_in_with_its_install_code() -> None:
    log = DeviceLog()

    assert log.add(A, key(1), FROM, UNTIL)
    assert A in log
    assert log.key_for(A, FROM) == log.key_for(A, HALF) == key(1)
    assert [eui64 for eui64, _ in log.entries] == [A]


def test_adding_one_that_is_there_leaves_its_key_alone() -> None:
    log = DeviceLog()
    log.add(A, key(1), FROM, UNTIL)
    log.established(A, key(9))

    assert not log.add(A, key(2), FROM, UNTIL)
    assert log.key_for(A, FROM) == key(9)
    assert log.key_for(A, HALF) == key(1)


def test_one_that_comes_back_has_its_old_key_for_half_the_window() -> None:
    log = DeviceLog()
    log.add(A, key(1), FROM, UNTIL)
    log.established(A, key(9))
    assert log.remove(A)
    assert log.historic == (A,)

    log.add(A, key(2), FROM, UNTIL)

    assert log.key_for(A, Instant(HALF - 1)) == key(9)
    assert log.key_for(A, HALF) == key(2)


def test_one_that_never_made_a_key_leaves_nothing_behind() -> None:
    log = DeviceLog()
    log.add(A, key(1), FROM, UNTIL)

    log.remove(A)

    assert log.historic == ()


def test_the_historic_log_forgets_the_oldest() -> None:
    log = DeviceLog()
    for number in range(HISTORIC_MAX + 1):
        eui64 = Eui64(100 + number)
        log.add(eui64, key(number), FROM, UNTIL)
        log.established(eui64, key(number))
        log.remove(eui64)

    assert len(log.historic) == HISTORIC_MAX
    assert log.historic[0] == Eui64(101)
    log.established(B, key(1))
    assert B not in log

"""The native join table: grandfathered members stay, new ones need the device log."""

from hanbench.emulator.node.trust_centre.join_table import JoinTable, Member, MemberKind
from hanbench.protocol.identifiers import Eui64


def member(name: str, eui64: int, kind: MemberKind, join_order: int) -> Member:
    return Member(name=name, eui64=Eui64(eui64), kind=kind, join_order=join_order)


def table() -> JoinTable:
    return JoinTable(
        [
            member("ppmid-new", 3, MemberKind.PPMID, 3),
            member("esme", 1, MemberKind.ESME, 1),
            member("ppmid-old", 2, MemberKind.PPMID, 2),
            member("display", 4, MemberKind.THIRD_PARTY, 4),
        ],
        capacity=5,
    )


def test_members_are_listed_in_the_order_of_joining() -> None:
    assert [one.name for one in table().members] == ["esme", "ppmid-old", "ppmid-new", "display"]


def test_the_last_joined_of_a_kind_is_found() -> None:
    last = table().last_joined(MemberKind.PPMID)
    assert last is not None
    assert last.name == "ppmid-new"
    assert table().last_joined(MemberKind.CAD) is None


def test_migration_grandfathers_a_third_party_display_that_no_log_names() -> None:
    joined = table()
    joined.grandfather()
    display = joined.named("display")
    assert display is not None
    assert display.is_grandfathered


def test_a_new_device_joins_only_if_the_device_log_names_it() -> None:
    joined = table()
    assert not joined.join("ihd", Eui64(9), MemberKind.IHD, is_in_device_log=False)
    assert joined.of(Eui64(9)) is None
    assert joined.join("ihd", Eui64(9), MemberKind.IHD, is_in_device_log=True)
    newcomer = joined.of(Eui64(9))
    assert newcomer is not None
    assert newcomer.join_order == 5
    assert not newcomer.is_grandfathered


def test_joining_again_is_a_success_that_changes_nothing() -> None:
    joined = table()
    assert joined.join("esme", Eui64(1), MemberKind.ESME, is_in_device_log=False)
    assert len(joined.members) == 4


def test_a_full_table_admits_nobody() -> None:
    joined = table()
    assert joined.join("ihd", Eui64(9), MemberKind.IHD, is_in_device_log=True)
    assert not joined.join("cad", Eui64(10), MemberKind.CAD, is_in_device_log=True)


def test_a_device_that_unjoins_is_gone() -> None:
    joined = table()
    assert joined.unjoin(Eui64(4))
    assert not joined.unjoin(Eui64(4))
    assert joined.named("display") is None

"""The fields of the commands of OTA Upgrade and Key Establishment in tshark 4.0."""

from tests.foreign.tshark_fields import Say, Table, plain, within

from hanbench.protocol.zigbee import certificates
from hanbench.protocol.zigbee.attributes import ZIGBEE_EPOCH_UNIX_S
from hanbench.protocol.zigbee.certificates import Suite
from hanbench.protocol.zigbee.clusters import key_establishment, ota_upgrade

OTA, KE = "zbee_zcl_general.ota.", "zbee_zcl_se.ke."
IMAGE: dict[str, Say] = {
    f"{OTA}manufacturer_code": lambda it: it.manufacturer,
    f"{OTA}image.type": lambda it: it.image_type,
    f"{OTA}file.version": lambda it: it.version,
}
OFFERED: dict[str, Say] = {**within("image", IMAGE), f"{OTA}image.size": lambda it: it.size}
RUNNING = "query_next_image_req.field_ctrl"
WANTED = "image_block_req.field_ctrl"
PAGED = "image_page_req.field_ctrl"


def _of(kind: type, fields: dict[str, Say]) -> dict[str, Say]:
    """Say the fields of what a block response holds, if it holds that."""

    def of_content(say: Say) -> Say:
        return lambda it: say(it.content) if isinstance(it.content, kind) else None

    return {name: of_content(say) for name, say in fields.items()}


FIRMWARE: dict[type, Table] = {
    ota_upgrade.ImageNotify: Table(
        {
            **plain(OTA, query_jitter="query_jitter"),
            f"{OTA}payload.type": lambda it: it.names,
            **IMAGE,
        }
    ),
    ota_upgrade.QueryNextImageRequest: Table(
        {
            f"{OTA}{RUNNING}": lambda it: it.field_control,
            f"{OTA}{RUNNING}.hw_ver_present": lambda it: it.field_control & 1,
            f"{OTA}{RUNNING}.reserved": lambda it: it.field_control >> 1,
            f"{OTA}hw_ver": lambda it: it.hardware,
            **within("running", IMAGE),
        }
    ),
    ota_upgrade.QueryNextImageResponse: Table(
        {**plain(OTA, status="status"), **within("offered", OFFERED)}
    ),
    ota_upgrade.ImageBlockRequest: Table(
        {
            f"{OTA}{WANTED}": lambda it: it.field_control,
            f"{OTA}{WANTED}.request_node_addr_present": lambda it: it.field_control & 1,
            f"{OTA}{WANTED}.min_block_period": lambda it: it.field_control >> 1 & 1,
            # tshark gives the reserved bits the name of another command's.
            f"{OTA}{RUNNING}.reserved": lambda it: it.field_control >> 2,
            f"{OTA}file.offset": lambda it: it.offset,
            f"{OTA}max_data_size": lambda it: it.size_max,
            f"{OTA}ieee_addr": lambda it: it.node,
            f"{OTA}min_block_period": lambda it: it.delay_ms,
            **within("image", IMAGE),
        }
    ),
    ota_upgrade.ImagePageRequest: Table(
        {
            f"{OTA}{PAGED}": lambda it: it.field_control,
            f"{OTA}{RUNNING}.request_node_addr_present": lambda it: it.field_control & 1,
            f"{OTA}{PAGED}.reserved": lambda it: it.field_control >> 1,
            f"{OTA}file.offset": lambda it: it.offset,
            f"{OTA}max_data_size": lambda it: it.size_max,
            f"{OTA}page.size": lambda it: it.page_size,
            f"{OTA}rsp_spacing": lambda it: it.spacing_ms,
            f"{OTA}ieee_addr": lambda it: it.node,
            **within("image", IMAGE),
        }
    ),
    ota_upgrade.ImageBlockResponse: Table(
        {
            **plain(OTA, status="status"),
            **_of(
                ota_upgrade.Block,
                {
                    **within("image", IMAGE),
                    f"{OTA}file.offset": lambda it: it.offset,
                    f"{OTA}data_size": lambda it: len(it.data),
                    f"{OTA}image.data": lambda it: it.data,
                },
            ),
            # How long to wait between blocks from then on, tshark does not show.
            **_of(
                ota_upgrade.Later,
                {
                    f"{OTA}current_time": lambda it: it.current_utc,
                    f"{OTA}request_time": lambda it: it.request_utc,
                },
            ),
        }
    ),
    ota_upgrade.UpgradeEndRequest: Table({**plain(OTA, status="status"), **within("image", IMAGE)}),
    ota_upgrade.UpgradeEndResponse: Table(
        {
            **within("image", IMAGE),
            f"{OTA}current_time": lambda it: it.current_utc,
            f"{OTA}upgrade_time": lambda it: it.upgrade_utc,
        }
    ),
    ota_upgrade.QuerySpecificFileRequest: Table(
        {
            **within("image", IMAGE),
            f"{OTA}ieee_addr": lambda it: it.node,
            f"{OTA}zb_stack.ver": lambda it: it.stack_version,
        }
    ),
    ota_upgrade.QuerySpecificFileResponse: Table(
        {**plain(OTA, status="status"), **within("offered", OFFERED)}
    ),
}
SUITE_1: dict[str, Say] = {
    f"{KE}cert.reconst": lambda it: it.public_data,
    # Subject and issuer stand big-endian in a certificate, and there alone.
    f"{KE}cert.subject": lambda it: it.subject.to_bytes(8, "big"),
    f"{KE}cert.issuer": lambda it: it.issuer,
    f"{KE}cert.profile": lambda it: it.attributes,
}
SUITE_2: dict[str, Say] = {
    **{name: SUITE_1[name] for name in list(SUITE_1)[:3]},
    f"{KE}cert.serialno": lambda it: int.from_bytes(it.serial, "big"),
    f"{KE}cert.type": lambda _: 0,
    f"{KE}cert.curve": lambda _: 13,
    f"{KE}cert.hash": lambda _: 8,
    f"{KE}cert.valid.from": lambda it: it.valid_from_unix_s - ZIGBEE_EPOCH_UNIX_S,
    f"{KE}cert.key.usage.agreement": lambda it: it.key_usage >> 3 & 1,
    f"{KE}cert.key.usage.signature": lambda it: it.key_usage >> 7 & 1,
}


_INITIATE = Table(
    {
        f"{KE}attr.suite": lambda it: it.suites,
        f"{KE}init.ephemeral.time": lambda it: it.ephemeral_data_s,
        f"{KE}init.confirm.time": lambda it: it.confirm_key_s,
    },
    lambda it: [
        (name, say(certificates.decode(it.certificate, Suite(it.suites))))
        for name, say in (SUITE_1 if it.suites == Suite.SUITE_1 else SUITE_2).items()
    ],
)
_TERMINATE = Table(
    {
        f"{KE}attr.suite": lambda it: it.suites,
        f"{KE}terminate.status": lambda it: it.status,
        f"{KE}terminate.wait.time": lambda it: it.wait_s,
    }
)
KEYS: dict[type, Table] = {
    key_establishment.InitiateRequest: _INITIATE,
    key_establishment.InitiateResponse: _INITIATE,
    key_establishment.EphemeralDataRequest: Table(plain(KE, qeu="point")),
    key_establishment.EphemeralDataResponse: Table(plain(KE, qev="point")),
    key_establishment.ConfirmKeyRequest: Table(plain(KE, macu="mac")),
    key_establishment.ConfirmKeyResponse: Table(plain(KE, macv="mac")),
    key_establishment.TerminateByClient: _TERMINATE,
    key_establishment.TerminateByServer: _TERMINATE,
}
SPREAD = (*SUITE_1, *SUITE_2)
"""The fields of a certificate, which hang on its suite."""
TABLES: dict[type, Table] = {**FIRMWARE, **KEYS}
BITS = (f"{OTA}file.version.",)
"""How the fields begin that are bits of a number that is compared as a whole."""

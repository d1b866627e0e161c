"""The configuration files of the OpenStack services. Only what differs from the default, and why."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from openstack_lab.config import BIN, PASSWORD, VENV, Cloud

Section = dict[str, object]
PACKAGED_ETC = VENV / "etc"
SERVICES = ("keystone", "glance", "placement", "nova", "neutron", "cinder")
TAGGED = ("floatingip", "network", "policy", "port", "router", "security_group", "subnet", "subnetpool", "trunk")


def write_settings(cloud: Cloud) -> None:
    for service in SERVICES:
        (cloud.data / service / "tmp").mkdir(parents=True, exist_ok=True)
    cloud.access.mkdir(parents=True, exist_ok=True)
    cloud.logs.mkdir(parents=True, exist_ok=True)
    write_ini(cloud.etc / "keystone/keystone.conf", _keystone(cloud))
    write_ini(cloud.etc / "placement/placement.conf", _placement(cloud))
    write_ini(cloud.etc / "glance/glance-api.conf", _glance(cloud))
    write_ini(cloud.etc / "cinder/cinder.conf", _cinder(cloud))
    write_ini(cloud.etc / "neutron/neutron.conf", _neutron(cloud))
    write_ini(cloud.etc / "neutron/plugins/ml2/ml2_conf.ini", _ml2())
    nova = _nova(cloud)
    write_ini(cloud.etc / "nova/nova.conf", nova)
    # nova-compute must not know the databases, or it complains of "No DB access allowed in nova-compute".
    write_ini(
        cloud.etc / "nova/nova-compute.conf", {k: v for k, v in nova.items() if k not in ("database", "api_database")}
    )
    for service in ("nova", "neutron", "cinder"):
        shutil.copy(PACKAGED_ETC / service / "api-paste.ini", cloud.etc / service / "api-paste.ini")
    _write_neutron_policy(cloud)


def config_arguments(cloud: Cloud, service: str, file: str | None = None) -> list[str]:
    names = {"glance": ["glance-api.conf"], "neutron": ["neutron.conf", "plugins/ml2/ml2_conf.ini"]}
    files = [file] if file else names.get(service, [f"{service}.conf"])
    return [argument for name in files for argument in ("--config-file", str(cloud.etc / service / name))]


def write_ini(path: Path, sections: Mapping[str, Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = [
        "\n".join([f"[{name}]", *(f"{k} = {v}" for k, v in options.items()), ""]) for name, options in sections.items()
    ]
    path.write_text("\n".join(blocks))


# -- parts that several services have


def _common(**more: object) -> Section:
    return {"use_stderr": "true", "log_date_format": "%Y-%m-%d %H:%M:%S", **more}


def _database(cloud: Cloud, name: str, **driver: str) -> Section:
    return {
        "connection": cloud.database_url(name, **driver),
        "max_pool_size": 5,
        "max_overflow": 20,
        "connection_recycle_time": 280,
    }


def _login(cloud: Cloud, user: str) -> Section:
    return {
        "auth_type": "password",
        "auth_url": cloud.url("keystone"),
        "username": user,
        "password": PASSWORD,
        "project_name": "service",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
        "region_name": cloud.offer.region,
    }


def _token_check(cloud: Cloud, user: str) -> Section:
    return {
        **_login(cloud, user),
        "www_authenticate_uri": cloud.url("keystone"),
        "service_token_roles": "service",
        "service_token_roles_required": "true",
    }


def _messaging() -> dict[str, Section]:
    return {
        "oslo_messaging_rabbit": {"heartbeat_in_pthread": "false", "rpc_conn_pool_size": 10},
        "oslo_messaging_notifications": {"driver": "noop"},
    }


def _locks(cloud: Cloud, service: str) -> dict[str, Section]:
    return {"oslo_concurrency": {"lock_path": f"{cloud.data}/{service}/locks"}}


def _privileged_helper(cloud: Cloud, service: str) -> Section:
    """Starts the privsep daemon directly: there may be no sudo, and the failure shows as GlanceMetadataNotFound."""
    return {"helper_command": " ".join([f"{BIN}/privsep-helper", *config_arguments(cloud, service)])}


# -- one function per service


def _keystone(cloud: Cloud) -> dict[str, Section]:
    return {
        "DEFAULT": _common(public_endpoint=cloud.url("keystone").removesuffix("/v3")),
        "database": _database(cloud, "keystone"),
        "token": {"provider": "fernet", "expiration": 14400},
        "fernet_tokens": {"key_repository": f"{cloud.data}/keystone/fernet"},
        "fernet_receipts": {"key_repository": f"{cloud.data}/keystone/fernet"},
        "credential": {"key_repository": f"{cloud.data}/keystone/credential"},
        # The default of 12 rounds costs 0.2 s of CPU per login, and every service logs in.
        "identity": {"password_hash_rounds": 4},
        # In memory is enough because each cloud has one Keystone process.
        "cache": {"enabled": "true", "backend": "dogpile.cache.memory"},
        "oslo_messaging_notifications": {"driver": "noop"},
    }


def _placement(cloud: Cloud) -> dict[str, Section]:
    return {
        "DEFAULT": _common(),
        "placement_database": _database(cloud, "placement"),
        "api": {"auth_strategy": "keystone"},
        "keystone_authtoken": _token_check(cloud, "placement"),
        **_locks(cloud, "placement"),
    }


def _glance(cloud: Cloud) -> dict[str, Section]:
    data = cloud.data / "glance"
    for folder in ("images", "staging", "tasks"):
        (data / folder).mkdir(parents=True, exist_ok=True)
    limit = cloud.offer.image_size_limit_bytes
    return {
        "DEFAULT": _common(
            enabled_backends="local:file",
            transport_url=cloud.rabbit_url,
            bind_port=cloud.port("glance"),
            worker_self_reference_url=cloud.url("glance"),
            node_staging_uri=f"file://{data}/staging",
            enabled_import_methods="[glance-direct,copy-image]",
            **({"image_size_cap": limit} if limit else {}),
        ),
        "database": _database(cloud, "glance"),
        "glance_store": {"default_backend": "local"},
        "local": {
            "filesystem_store_datadir": f"{data}/images",
            "store_description": "local files",
            # Zeros of an image become holes: a raw disk costs what it holds.
            "filesystem_thin_provisioning": "true",
        },
        "os_glance_staging_store": {"filesystem_store_datadir": f"{data}/staging"},
        "os_glance_tasks_store": {"filesystem_store_datadir": f"{data}/tasks"},
        "paste_deploy": {"flavor": "keystone", "config_file": PACKAGED_ETC / "glance/glance-api-paste.ini"},
        "keystone_authtoken": _token_check(cloud, "glance"),
        "oslo_messaging_notifications": {"driver": "noop"},
        **_locks(cloud, "glance"),
    }


def _nova(cloud: Cloud) -> dict[str, Section]:
    return {
        "DEFAULT": _common(
            host=compute_host(cloud),
            my_ip="127.0.0.1",
            transport_url=cloud.rabbit_url,
            state_path=cloud.data / "nova",
            compute_driver="lab_virt.LabDriver",
            rootwrap_config=PACKAGED_ETC / "nova/rootwrap.conf",
            enabled_apis="osapi_compute",
            default_availability_zone=cloud.offer.zone,
            max_concurrent_builds=4,
            reserved_host_memory_mb=0,
            reserved_host_disk_mb=0,
            # Each report costs two daemons some 50 ms of CPU, and a slow machine must not miss two of them.
            report_interval=30,
            service_down_time=120,
            # Each round asks Placement once for every server that is there, whoever has made or deleted nothing.
            update_resources_interval=-1,
            # Each minute it asks Neutron about a server whose ports nobody has touched; who touches one tells Nova.
            heal_instance_info_cache_interval=-1,
            # No agent plugs anything: Neutron reports every port ACTIVE as soon as it is bound.
            vif_plugging_timeout=10,
            vif_plugging_is_fatal="false",
            graceful_shutdown_timeout=2,
        ),
        "api_database": _database(cloud, "nova_api"),
        "database": _database(cloud, "nova"),
        "api": {"auth_strategy": "keystone", "max_limit": 1000},
        "keystone_authtoken": _token_check(cloud, "nova"),
        "service_user": {**_login(cloud, "nova"), "send_service_user_token": "true"},
        "placement": _login(cloud, "placement"),
        "neutron": {**_login(cloud, "neutron"), "http_retries": 3},
        "cinder": {
            **_login(cloud, "cinder"),
            "catalog_info": "volumev3::publicURL",
            "os_region_name": cloud.offer.region,
        },
        "glance": {"region_name": cloud.offer.region, "valid_interfaces": "public"},
        "conductor": {"workers": 1},
        "scheduler": {"workers": 1},
        "filter_scheduler": {
            "available_filters": "lab_scheduler.lab_filters",
            "enabled_filters": "ComputeFilter,ComputeCapabilitiesFilter,ImagePropertiesFilter,"
            "ServerGroupAffinityFilter,ServerGroupAntiAffinityFilter",
        },
        "workarounds": {"disable_group_policy_check_upcall": "true"},
        "wsgi": {"api_paste_config": cloud.etc / "nova/api-paste.ini"},
        "vnc": {"enabled": "false"},
        "nova_sys_admin": _privileged_helper(cloud, "nova"),
        **_locks(cloud, "nova"),
        **_messaging(),
    }


def compute_host(cloud: Cloud) -> str:
    return f"{cloud.name}-compute"


def _neutron(cloud: Cloud) -> dict[str, Section]:
    return {
        "DEFAULT": _common(
            host=f"{cloud.name}-network",
            core_plugin="ml2",
            service_plugins="router,qos,trunk,port_forwarding",
            transport_url=cloud.rabbit_url,
            auth_strategy="keystone",
            state_path=cloud.data / "neutron",
            api_paste_config=cloud.etc / "neutron/api-paste.ini",
            dhcp_agent_notification="false",
            rpc_workers=0,
            notify_nova_on_port_status_changes="true",
            notify_nova_on_port_data_changes="true",
        ),
        "database": _database(cloud, "neutron"),
        "keystone_authtoken": _token_check(cloud, "neutron"),
        "nova": _login(cloud, "nova"),
        "placement": _login(cloud, "placement"),
        "oslo_policy": {"policy_file": cloud.etc / "neutron/policy.yaml"},
        **_locks(cloud, "neutron"),
        **_messaging(),
    }


def _ml2() -> dict[str, Section]:
    return {
        "ml2": {
            "type_drivers": "flat,vlan,vxlan",
            "tenant_network_types": "vxlan",
            "mechanism_drivers": "lab",
            "extension_drivers": "port_security,qos",
        },
        "ml2_type_flat": {"flat_networks": "external"},
        "ml2_type_vlan": {"network_vlan_ranges": "physnet1:100:199"},
        "ml2_type_vxlan": {"vni_ranges": "1000:9999"},
        "securitygroup": {"enable_security_group": "true"},
    }


def _write_neutron_policy(cloud: Cloud) -> None:
    rules = [] if cloud.offer.members_choose_mac else ["create_port:mac_address"]
    if not cloud.offer.members_use_tags:
        rules += [f"{verb}_{resource}:tags" for resource in TAGGED for verb in ("create", "update", "delete")]
    lines = [f'"{rule}": "role:admin"\n' for rule in rules]
    (cloud.etc / "neutron/policy.yaml").write_text("".join(lines) or "{}\n")


def _cinder(cloud: Cloud) -> dict[str, Section]:
    data = cloud.data / "cinder"
    for folder in ("volumes", "conversion", "coordination"):
        (data / folder).mkdir(parents=True, exist_ok=True)
    helper = _privileged_helper(cloud, "cinder")
    return {
        "DEFAULT": _common(
            host=f"{cloud.name}-block",
            my_ip="127.0.0.1",
            transport_url=cloud.rabbit_url,
            state_path=data,
            api_paste_config=cloud.etc / "cinder/api-paste.ini",
            rootwrap_config=PACKAGED_ETC / "cinder/rootwrap.conf",
            resource_query_filters_file=PACKAGED_ETC / "cinder/resource_filters.json",
            auth_strategy="keystone",
            enabled_backends="files",
            default_volume_type=cloud.offer.volume_types[0],
            storage_availability_zone=cloud.offer.zone,
            glance_api_servers=cloud.url("glance"),
            image_conversion_dir=data / "conversion",
            volume_clear="none",
            # Cinder compresses what it uploads, and so does the source. At the target only verify reads such images.
            image_compress_on_upload=cloud.name == "source",
            osapi_volume_listen_port=cloud.port("cinder"),
            report_interval=10,
            service_down_time=60,
            graceful_shutdown_timeout=2,
            # Into the tenant's own account, in the driver's own container "volumebackups", with the tenant's own token.
            backup_driver="cinder.backup.drivers.swift.SwiftBackupDriver",
            backup_swift_enable_progress_timer="false",
            # The scheduler forgets the pools when it restarts and learns them from this report only: at the default of
            # 60 s, volumes asked for meanwhile go to error.
            backend_stats_polling_interval=10,
        ),
        "files": {
            "volume_driver": "lab_cinder.FileDriver",
            "volume_backend_name": "files",
            "lab_volume_dir": data / "volumes",
        },
        # Its daemons run on eventlet, all threads of which would wait for each answer to a driver in C.
        "database": _database(cloud, "cinder", driver="pymysql"),
        "keystone_authtoken": _token_check(cloud, "cinder"),
        "service_user": {**_login(cloud, "cinder"), "send_service_user_token": "true"},
        "nova": {**_login(cloud, "nova"), "interface": "public", "token_auth_url": cloud.url("keystone")},
        "cinder_sys_admin": helper,
        "privsep_osbrick": helper,
        "coordination": {"backend_url": f"file://{data}/coordination"},
        **_locks(cloud, "cinder"),
        **_messaging(),
    }

"""Stop a group with openstacksdk and otcextensions, which find SDRS in IAM's catalogue; print what they saw."""

from __future__ import annotations

import json
import sys

import openstack
import otcextensions.sdk

url, user, password, domain, project, region, group_id = sys.argv[1:]
cloud = openstack.connect(
    auth_url=f"{url}/v3",
    username=user,
    password=password,
    user_domain_name=domain,
    project_name=project,
    project_domain_name=domain,
    region_name=region,
    load_yaml_config=False,
    load_envvars=False,
)
otcextensions.sdk.register_otc_extensions(cloud)
groups = [group.name for group in cloud.sdrs.protection_groups(limit=2)]
before = cloud.sdrs.get_protection_group(group_id)
answer = cloud.sdrs.disable_protection(before).json()
job = cloud.sdrs.get_job(answer["job_id"])
during = cloud.sdrs.get_protection_group(group_id)
print(json.dumps({"groups": groups, "before": before.status, "during": during.status, "job": job.job_type}))

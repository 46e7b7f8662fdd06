"""Stop the protection of a Huawei Cloud SDRS protection group, follow the job, publish how it ended."""

__version__ = "0.2.0"

"""Made-up accounts and protection groups that a simulator has unless others are given."""

from __future__ import annotations

from typing import Any

REGION = "cn-north-4"
PROJECT_ID = "0605a1b2c3d4e5f60718293a4b5c6d7e"
ACCESS_KEY = "SIMULATEDACCESSKEY01"
SECRET_KEY = "simulated-secret-key-of-no-account"
USER = "standdown"
PASSWORD = "simulated-password"
DOMAIN = "simulated-domain"

ERP_PROD = "40df180b-9fe2-471a-8c64-1b758dc84189"

GROUPS: tuple[dict[str, Any], ...] = (
    {"id": ERP_PROD, "name": "erp-prod", "status": "protected", "pairs": 2},
    {"id": "5a1c7c0e-3f62-4d0b-9a57-2f4f6a0f1b02", "name": "crm-prod", "status": "protected", "pairs": 3},
    {"id": "6b2d8d1f-4073-4e1c-8b68-306f7b102c03", "name": "billing", "status": "error-stopping", "pairs": 1},
    {"id": "7c3e9e20-5184-4f2d-9c79-417f8c213d04", "name": "intranet", "status": "available", "pairs": 1},
    {"id": "8d4faf31-6295-403e-8d8a-528f9d324e05", "name": "archive", "status": "failed-over", "pairs": 1},
    {"id": "9e50b042-73a6-414f-9e9b-639fae435f06", "name": "lab", "status": "protected", "pairs": 0},
)

"""A stand-in for Huawei Cloud's SDRS and IAM, with fault switches. See README.md; needs nothing but Python."""

from simulator.server import Simulator as Simulator
from simulator.service import Reply as Reply
from simulator.service import SdrsService as SdrsService

"""One stack's account at Huawei Cloud: the only caller of the SDRS client."""

# SPDX-License-Identifier: MIT
"""What the black-box tests share: a scripted DNS server and a client for the policy protocol."""

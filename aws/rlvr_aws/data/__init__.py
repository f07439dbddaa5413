"""Training data for reinforcement fine-tuning: checks against the platforms' rules and the rewards of a suite.

::

    file ──lines_of──▶ lines ──findings_of──▶ repaired rows ──RewardChecker──▶ findings ──check_data──▶ report
                                                │
                                                └──clean_data──▶ cleaned file ──object_step──▶ S3
"""

from rlvr_aws.data.checking import DataReport, check_data
from rlvr_aws.data.cleaning import Cleaning, clean_data
from rlvr_aws.data.rules import RULES, TARGETS, DataTarget, Finding, Rule

__all__ = ["RULES", "TARGETS", "Cleaning", "DataReport", "DataTarget", "Finding", "Rule", "check_data", "clean_data"]

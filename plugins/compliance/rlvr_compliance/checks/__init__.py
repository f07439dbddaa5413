"""Verifiable instructions: the checks of IFEval, IFEvalG and IFBench, by their published ids."""

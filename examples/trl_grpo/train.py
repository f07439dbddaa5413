"""GRPO with TRL on a tiny model that is made on the spot: the mean reward rises, without a download.

Needs trl==1.16.0, torch, rlvr-text and rlvr-trainers. `python examples/trl_grpo/train.py` writes `curve.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing is downloaded
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer

from rlvr_trainers.trl import reward

HERE = Path(__file__).parent
PROMPTS = [f"Say seven, number {number}: " for number in range(16)]


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Return a tokenizer of 128 tokens, trained on the prompts and the digits."""
    names = {"pad_token": "<pad>", "eos_token": "<eos>", "unk_token": "<unk>"}
    tokenizer = Tokenizer(models.BPE(unk_token=names["unk_token"]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=128, special_tokens=list(names.values()), show_progress=False)
    tokenizer.train_from_iterator([*PROMPTS, "0 1 2 3 4 5 6 7 8 9"], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)


def make_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """Return a model of about 85,000 parameters."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=128,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    return LlamaForCausalLM(config)


def train(steps: int = 20, seed: int = 7) -> list[dict[str, Any]]:
    """Train, and return TRL's log: a row for each step, with the metrics of the suite under their names."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)  # more of them wait for each other on so small a model
    tokenizer = make_tokenizer()
    with tempfile.TemporaryDirectory() as folder:
        arguments = GRPOConfig(
            output_dir=folder,
            max_steps=steps,
            per_device_train_batch_size=64,
            num_generations=8,
            max_completion_length=6,
            learning_rate=5e-3,
            beta=0.0,
            temperature=1.0,
            logging_steps=1,
            save_strategy="no",
            report_to=[],
            use_cpu=True,
            bf16=False,
            disable_tqdm=True,
            seed=seed,
        )
        trainer = GRPOTrainer(
            model=make_model(tokenizer),
            args=arguments,
            train_dataset=Dataset.from_list([{"prompt": prompt} for prompt in PROMPTS]),
            processing_class=tokenizer,
            reward_funcs=reward(HERE / "seven.yaml", num_generations=8),
        )
        trainer.train()
    return [row for row in trainer.state.log_history if "reward" in row]


def main() -> None:
    """Train, and write the log of each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--out", type=Path, default=HERE / "curve.json")
    given = parser.parse_args()
    log = train(given.steps)
    names = ("reward", *sorted(name for name in log[0] if name.startswith(("seven", "short", "rlvr/"))))
    curve = {name: [round(float(row[name]), 4) for row in log] for name in names}
    given.out.write_text(json.dumps(curve, indent=1) + "\n")
    print(f"mean reward {curve['reward'][0]} -> {curve['reward'][-1]}")  # noqa: T201  # a program


if __name__ == "__main__":
    main()

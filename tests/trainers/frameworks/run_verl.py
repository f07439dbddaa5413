"""Score by verl's own loader of reward functions and its reward manager, on the processor; prints what it returns."""

import asyncio
import json
import os
import sys
from pathlib import Path

import numpy as np
import torch
from omegaconf import OmegaConf
from tensordict import TensorDict
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from verl import DataProto
from verl.experimental.reward_loop.reward_manager.naive import NaiveRewardManager
from verl.trainer.ppo.reward import get_custom_reward_fn


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Return a tokenizer whose tokens are bytes, so that it decodes every text to itself."""
    names = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({name: place for place, name in enumerate(names)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, clean_up_tokenization_spaces=False)


async def run(function: str, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Score rows, one at a time as its reward loop does, by a function of the adapter."""
    kwargs = {"suite": os.environ["RLVR_SUITE"]}
    custom = {"path": "pkg://rlvr_trainers.verl", "name": function, "reward_kwargs": kwargs}
    config = OmegaConf.create({"reward": {"custom_reward_function": custom}, "custom_reward_function": custom})
    tokenizer = make_tokenizer()
    manager = NaiveRewardManager(config, tokenizer, get_custom_reward_fn(config))

    async def score(row: dict[str, object]) -> dict[str, object]:
        words = tokenizer(row["completion"])["input_ids"]
        truth = row["answer"]
        tensors = {
            "prompts": torch.tensor([[0]]),
            "responses": torch.tensor([words]),
            "attention_mask": torch.ones(1, 1 + len(words), dtype=torch.long),
        }
        columns = {
            "data_source": np.array([row["data_source"]], dtype=object),
            "reward_model": np.array([{"ground_truth": np.array(truth) if isinstance(truth, list) else truth}]),
            "extra_info": np.array([{"question": row["question"]}], dtype=object),
        }
        data = DataProto(batch=TensorDict(tensors, batch_size=[1]), non_tensor_batch=columns)
        result = await manager.run_single(data)
        return {"score": float(result["reward_score"]), **result["reward_extra_info"]}

    return list(await asyncio.gather(*map(score, rows)))


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text())
    json.dump([asyncio.run(run(name, given)) for name in ("compute_score", "compute_score_async")], sys.stdout)

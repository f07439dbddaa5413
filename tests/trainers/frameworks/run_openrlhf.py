"""Score by OpenRLHF's own executor of single turns, with a file and with the service; prints a reward of each row."""

import asyncio
import json
import os
import sys
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from rlvr_trainers.serving.server import serving

# The packages import deepspeed and vLLM; the module of the agent does not.
for package in ("openrlhf", "openrlhf.utils"):
    module = ModuleType(package)
    module.__path__ = [str(distribution("openrlhf").locate_file(package.replace(".", "/")))]
    sys.modules[package] = module
from openrlhf.utils.agent import SingleTurnAgentExecutor  # noqa: E402  # after the packages

END = "<|im_end|>\n"


class Bytes:
    """A tokenizer whose tokens are characters."""

    def __call__(self, text: str, **_named: Any) -> dict[str, Any]:
        """Return the tokens of a text as OpenRLHF asks for them."""
        return {"input_ids": [SimpleNamespace(tolist=lambda: list(map(ord, text)))]}

    def decode(self, tokens: list[int], **_named: Any) -> str:
        """Return the text of tokens."""
        return "".join(map(chr, tokens))


class Says:
    """An engine that writes one completion."""

    def __init__(self, completion: str) -> None:
        self._completion = completion

    async def generate(self, *_arguments: Any, **_named: Any) -> Any:
        """Return the completion with the token that ends its turn."""
        tokens = list(map(ord, self._completion + END))
        return SimpleNamespace(outputs=[SimpleNamespace(token_ids=tokens, finish_reason="stop", logprobs=None)])


async def score(rows: list[dict[str, Any]], endpoint: str) -> list[dict[str, Any]]:
    """Return what OpenRLHF keeps of each row."""
    executor = SingleTurnAgentExecutor(endpoint)
    sampling = SimpleNamespace(max_tokens=4_000, logprobs=None)
    found = []
    for row in rows:
        prompt = f"<|im_start|>user\n{row['question']}<|im_end|>\n<|im_start|>assistant\n"
        label = {key: row[key] for key in ("answer", "data_source")}
        engine = Says(row["completion"])
        output = await executor.execute(prompt, label, sampling, 10_000, Bytes(), engine)
        found.append({"score": output["reward"], "scores": output["scores"], **output["extra_logs"]})
    return found


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text())
    file = Path(sys.argv[2]) / "reward.py"
    file.write_text("from rlvr_trainers.openrlhf import reward_func\n")
    with serving(os.environ["RLVR_SUITE"], token="secret") as address:  # noqa: S106
        remote = address.replace("http://", "http://any:secret@") + "/openrlhf"
        runs = [asyncio.run(score(given, endpoint)) for endpoint in (str(file), remote)]
    json.dump(runs, sys.stdout)

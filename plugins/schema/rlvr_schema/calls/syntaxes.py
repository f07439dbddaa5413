"""The syntaxes in which models write tool calls as text: one entry per family, with a sample and its source.

The table is data.
``marked`` finds the marks of all families in one pass; ``bodies`` reads the text between two marks.
To add a family, add an entry; tests generate their cases from the samples.
"""

from __future__ import annotations

import re

import msgspec

NAME = r"[A-Za-z_][\w.\-]{0,199}+"
"""A function's name in a mark, as a regular expression."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of marks around a call, around several calls, or around other marks.

    Attributes:
        opening: A regular expression; its group, if it has one, is the function's name.
        closings: Literal texts, each of which ends the call.
        may_stay_open: The call may also end at the next opening mark or at the end of the text.
        list_may_stay_open: A whole JSON array of calls may also end with the text.
    """

    opening: str
    closings: tuple[str, ...] = ()
    may_stay_open: bool = False
    list_may_stay_open: bool = False


class Syntax(msgspec.Struct, frozen=True, kw_only=True):
    """One family of syntaxes.

    Attributes:
        family: The models or the library that use it.
        source: Where the syntax is published.
        sample: A call of ``weather`` with the city Oslo and 3 days.
        two: The same call twice; two samples, one per line, if empty.
        marks: The marks of the family; empty for plain JSON and Python notation.
        signs: Literal texts that only occur inside a call; outside of a call that was read they are a malformed call.
    """

    family: str
    source: str
    sample: str
    two: str = ""
    marks: tuple[Mark, ...] = ()
    signs: tuple[str, ...] = ()

    @property
    def sample_of_two(self) -> str:
        """A text with the same call twice."""
        return self.two or f"{self.sample}\n{self.sample}"


def _pair(opening: str, *closings: str, may_stay_open: bool = False) -> Mark:
    return Mark(opening=re.escape(opening), closings=closings, may_stay_open=may_stay_open)


_CALL = '{"name": "weather", "arguments": {"city": "Oslo", "days": 3}}'
_PARAMETERS = '{"name": "weather", "parameters": {"city": "Oslo", "days": 3}}'
_ARGUMENTS = '{"city": "Oslo", "days": 3}'
_PYTHON = 'weather(city="Oslo", days=3)'
_FUNCTION_TAG = (
    "<function=weather>\n<parameter=city>\nOslo\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>"
)
_INVOKE = (
    '<invoke name="weather">\n<parameter name="city">Oslo</parameter>\n<parameter name="days">3</parameter>\n</invoke>'
)
_PREFIX = "antml:"  # of the tags of newer prompts
_GEMMA = 'call:weather{city:<|"|>Oslo<|"|>,days:3}'
# The vertical bars of DeepSeek's marks are full-width, the strokes between words are lower one eighth blocks.
_DEEPSEEK = "<｜tool▁call▁begin｜>weather<｜tool▁sep｜>" + _ARGUMENTS + "<｜tool▁call▁end｜>"  # noqa: RUF001
_DSML = (
    '<｜DSML｜invoke name="weather">\n<｜DSML｜parameter name="city" string="true">Oslo</｜DSML｜parameter>\n'  # noqa: RUF001
    '<｜DSML｜parameter name="days" string="false">3</｜DSML｜parameter>\n</｜DSML｜invoke>'  # noqa: RUF001
)
_STEP = (
    '<｜tool_call_begin｜>function<｜tool_sep｜><steptml:invoke name="weather">'  # noqa: RUF001
    '<steptml:parameter name="city">Oslo</steptml:parameter><steptml:parameter name="days">3</steptml:parameter>'
    "</steptml:invoke><｜tool_call_end｜>"  # noqa: RUF001
)

SYNTAXES: tuple[Syntax, ...] = (
    Syntax(
        family="JSON: name and arguments",
        source="BFCL, xLAM data sets",
        sample=_CALL,
        two=f"[{_CALL}, {_CALL}]",
    ),
    Syntax(
        family="JSON: name and parameters",
        source="Llama 3.1 model card, JSON tool calls; vLLM's parser llama3_json separates calls with ;",
        sample=_PARAMETERS,
        two=f"{_PARAMETERS}; {_PARAMETERS}",
    ),
    Syntax(
        family="JSON: OpenAI Chat Completions, tool_calls",
        source="OpenAI API reference, chat completion object",
        sample='{"tool_calls": [{"id": "1", "type": "function", "function": {"name": "weather", "arguments": '
        '"{\\"city\\": \\"Oslo\\", \\"days\\": 3}"}}]}',
    ),
    Syntax(
        family="JSON: OpenAI function_call",
        source="OpenAI API reference, chat completion object, deprecated field",
        sample='{"function_call": {"name": "weather", "arguments": "{\\"city\\": \\"Oslo\\", \\"days\\": 3}"}}',
    ),
    Syntax(
        family="JSON: OpenAI Responses item",
        source="OpenAI API reference, function call item",
        sample='{"type": "function_call", "call_id": "1", "name": "weather", "arguments": '
        '"{\\"city\\": \\"Oslo\\", \\"days\\": 3}"}',
    ),
    Syntax(
        family="JSON: OpenAI multi_tool_use.parallel",
        source="OpenAI community reports of tool_uses",
        sample='{"tool_uses": [{"recipient_name": "functions.weather", "parameters": ' + _ARGUMENTS + "}]}",
    ),
    Syntax(
        family="JSON: Bedrock toolUse",
        source="Amazon Bedrock API reference, ToolUseBlock",
        sample='{"toolUse": {"toolUseId": "1", "name": "weather", "input": ' + _ARGUMENTS + "}}",
    ),
    Syntax(
        family="JSON: Anthropic tool_use",
        source="Anthropic API reference, tool_use content block",
        sample='{"type": "tool_use", "id": "1", "name": "weather", "input": ' + _ARGUMENTS + "}",
    ),
    Syntax(
        family="JSON: Gemini functionCall",
        source="Gemini API reference, FunctionCall",
        sample='{"functionCall": {"name": "weather", "args": ' + _ARGUMENTS + "}}",
    ),
    Syntax(
        family="JSON: LangChain action",
        source="LangChain, structured chat agent",
        sample='```json\n{"action": "weather", "action_input": ' + _ARGUMENTS + "}\n```",
    ),
    Syntax(
        family="Python notation",
        source="BFCL, Llama 3.2 and 4 model cards, OLMo 3, ToolACE",
        sample=f"[{_PYTHON}]",
        two=f"[{_PYTHON}, {_PYTHON}]",
    ),
    Syntax(
        family="Hermes, Qwen 2.5 and 3, Granite 4",
        source="NousResearch/Hermes-Function-Calling; Qwen chat templates",
        sample=f"<tool_call>\n{_CALL}\n</tool_call>",
        marks=(Mark(opening="<tool_call>", closings=("</tool_call>",), list_may_stay_open=True),),  # Granite 3
    ),
    Syntax(
        family="Qwen3-Coder, Nemotron 3, Step 3.5",
        source="Qwen3-Coder chat template; vLLM's parser qwen3_coder",
        sample=f"<tool_call>\n{_FUNCTION_TAG}\n</tool_call>",
        marks=(Mark(opening=rf"<function=({NAME})>", closings=("</function>",)),),
        signs=("<parameter=",),
    ),
    Syntax(
        family="Seed-OSS",
        source="ByteDance Seed-OSS chat template",
        sample=f"<seed:tool_call>\n{_FUNCTION_TAG}\n</seed:tool_call>",
        marks=(_pair("<seed:tool_call>", "</seed:tool_call>"),),
    ),
    Syntax(
        family="Llama 3.1 custom tools, functionary 3.1",
        source="Llama 3.1 prompt format, user-defined custom tools",
        sample=f"<function=weather>{_ARGUMENTS}</function>",
    ),
    Syntax(
        family="Llama 3 python tag",
        source="Llama 3.1 prompt format",
        sample=f"<|python_tag|>{_PARAMETERS}<|eom_id|>",
        marks=(_pair("<|python_tag|>", "<|eom_id|>", "<|eot_id|>", may_stay_open=True),),
    ),
    Syntax(
        family="Llama 4",
        source="Llama 4 prompt format",
        sample=f"<|python_start|>[{_PYTHON}]<|python_end|>",
        marks=(_pair("<|python_start|>", "<|python_end|>"),),
    ),
    Syntax(
        family="Mistral up to tokenizer v10",
        source="mistral-common, tokenizer v3",
        sample=f"[TOOL_CALLS] [{_CALL}]",
        two=f"[TOOL_CALLS] [{_CALL}, {_CALL}]",
        marks=(_pair("[TOOL_CALLS]", may_stay_open=True),),
    ),
    Syntax(
        family="Mistral from tokenizer v11",
        source="mistral-common, tokenizers v11 and v13",
        sample=f"[TOOL_CALLS]weather[CALL_ID]abc123DEF[ARGS]{_ARGUMENTS}",
        two=f"[TOOL_CALLS]weather[ARGS]{_ARGUMENTS}[TOOL_CALLS]weather[ARGS]{_ARGUMENTS}",
        signs=("[ARGS]", "[CALL_ID]"),
    ),
    Syntax(
        family="DeepSeek V3 and R1",
        source="DeepSeek-V3-0324 chat template",
        sample="<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n"  # noqa: RUF001
        + _ARGUMENTS
        + "\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",  # noqa: RUF001
        marks=(
            _pair("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"),  # noqa: RUF001
            _pair("<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>"),  # noqa: RUF001
        ),
        signs=("<｜tool▁sep｜>",),  # noqa: RUF001
    ),
    Syntax(
        family="DeepSeek V3.1",
        source="DeepSeek-V3.1 chat template",
        sample=f"<｜tool▁calls▁begin｜>{_DEEPSEEK}<｜tool▁calls▁end｜>",  # noqa: RUF001
        two=f"<｜tool▁calls▁begin｜>{_DEEPSEEK}{_DEEPSEEK}<｜tool▁calls▁end｜>",  # noqa: RUF001
    ),
    Syntax(
        family="DeepSeek V3.2 and V4",
        source="DeepSeek-V3.2 encoding, DSML",
        sample=f"<｜DSML｜function_calls>\n{_DSML}\n</｜DSML｜function_calls>",  # noqa: RUF001
        two=f"<｜DSML｜tool_calls>\n{_DSML}\n{_DSML}\n</｜DSML｜tool_calls>",  # noqa: RUF001
        marks=(
            _pair("<｜DSML｜function_calls>", "</｜DSML｜function_calls>"),  # noqa: RUF001
            _pair("<｜DSML｜tool_calls>", "</｜DSML｜tool_calls>"),  # noqa: RUF001
            Mark(opening=rf'<｜DSML｜invoke name="({NAME})">', closings=("</｜DSML｜invoke>",)),  # noqa: RUF001
        ),
        signs=("<｜DSML｜parameter", "<｜DSML｜invoke"),  # noqa: RUF001
    ),
    Syntax(
        family="Kimi K2",
        source="Kimi-K2-Instruct, tool call guidance",
        sample="<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>"
        f"{_ARGUMENTS}<|tool_call_end|><|tool_calls_section_end|>",
        marks=(
            _pair("<|tool_calls_section_begin|>", "<|tool_calls_section_end|>"),
            _pair("<|tool_call_begin|>", "<|tool_call_end|>"),
        ),
        signs=("<|tool_call_argument_begin|>",),
    ),
    Syntax(
        family="GLM 4.5 and later",
        source="GLM-4.5 chat template",
        sample="<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n"
        "<arg_key>days</arg_key>\n<arg_value>3</arg_value>\n</tool_call>",
        signs=("<arg_key>", "<arg_value>"),
    ),
    Syntax(
        family="MiniMax M1, Jamba, Hunyuan",
        source="MiniMax-M1 function call guide; Jamba chat template",
        sample=f"<tool_calls>\n{_CALL}\n</tool_calls>",
        two=f"<tool_calls>\n{_CALL}\n{_CALL}\n</tool_calls>",
        marks=(_pair("<tool_calls>", "</tool_calls>"),),
    ),
    Syntax(
        family="MiniMax M2",
        source="MiniMax-M2 chat template",
        sample=f"<minimax:tool_call>\n{_INVOKE}\n</minimax:tool_call>",
        two=f"<minimax:tool_call>\n{_INVOKE}\n{_INVOKE}\n</minimax:tool_call>",
        marks=(_pair("<minimax:tool_call>", "</minimax:tool_call>"),),
    ),
    Syntax(
        family="Anthropic invoke",
        source="Anthropic, legacy tool use prompts",
        sample=f"<function_calls>\n{_INVOKE}\n</function_calls>",
        marks=(
            _pair("<function_calls>", "</function_calls>"),
            _pair(f"<{_PREFIX}function_calls>", f"</{_PREFIX}function_calls>"),
            Mark(opening=rf'<(?:{_PREFIX})?invoke name="({NAME})">', closings=("</invoke>", f"</{_PREFIX}invoke>")),
        ),
        signs=("<invoke", f"<{_PREFIX}invoke", "<parameter name="),
    ),
    Syntax(
        family="Claude Instant and others, tool_use tags",
        source="Cherry Studio, LibreChat: prompts for models without native calls",
        sample=f"<tool_use>{_CALL}</tool_use>",
        marks=(_pair("<tool_use>", "</tool_use>"),),
    ),
    Syntax(
        family="Gemma 3",
        source="Gemma, function calling guide: tool_code",
        sample=f"```tool_code\n{_PYTHON}\n```",
        two=f"```tool_code\nprint({_PYTHON})\nprint({_PYTHON})\n```",
        marks=(_pair("```tool_code\n", "```"), _pair("```tool_call\n", "```")),
    ),
    Syntax(
        family="Gemma 4",
        source="Gemma 4 prompt formatting",
        sample=f"<|tool_call>{_GEMMA}<tool_call|>",
        marks=(_pair("<|tool_call>", "<tool_call|>"),),
    ),
    Syntax(
        family="FunctionGemma",
        source="FunctionGemma, formatting and best practices",
        sample="<start_function_call>call:weather{city:<escape>Oslo<escape>,days:3}<end_function_call>",
        marks=(_pair("<start_function_call>", "<end_function_call>"),),
    ),
    Syntax(
        family="Granite 20B function calling",
        source="Granite-20b-functioncalling model card",
        sample=f"<function_call> {_CALL}",
        marks=(_pair("<function_call>", "</function_call>", may_stay_open=True),),
    ),
    Syntax(
        family="Granite 3",
        source="Granite 3 chat templates; vLLM's parser granite also reads <tool_call>, which nothing closes",
        sample=f"<|tool_call|>[{_CALL}]",
        two=f"<tool_call>[{_CALL}, {_CALL}]",
    ),
    Syntax(
        family="Phi-4-mini",
        source="Phi-4-mini-instruct model card",
        sample=f"<|tool_call|>[{_CALL}]<|/tool_call|>",
        marks=(
            _pair("<|tool_call|>", "<|/tool_call|>", may_stay_open=True),
            _pair("<|tool_calls|>", "<|/tool_calls|>", may_stay_open=True),
        ),
    ),
    Syntax(
        family="Phi-3.5 and Phi-4, functools",
        source="vLLM's parser phi4_mini_json",
        sample=f"functools[{_CALL}]",
        two=f"functools[{_CALL}, {_CALL}]",
        marks=(Mark(opening=r"functools(?=\[)", may_stay_open=True),),
    ),
    Syntax(
        family="Cohere Command R+",
        source="Command R+ model card",
        sample='Action: ```json\n[{"tool_name": "weather", "parameters": ' + _ARGUMENTS + "}]\n```",
        marks=(Mark(opening=r"Action:\s{0,3}```json\n", closings=("```",)),),
    ),
    Syntax(
        family="Cohere Command R7B and A",
        source="Command A chat template",
        sample='<|START_ACTION|>[{"tool_call_id": "0", "tool_name": "weather", "parameters": '
        + _ARGUMENTS
        + "}]<|END_ACTION|>",
        marks=(_pair("<|START_ACTION|>", "<|END_ACTION|>"),),
    ),
    Syntax(
        family="gpt-oss Harmony",
        source="OpenAI, Harmony response format",
        sample="<|start|>assistant<|channel|>commentary to=functions.weather <|constrain|>json<|message|>"
        + _ARGUMENTS
        + "<|call|>",
        marks=(
            Mark(
                opening=rf"(?:<\|start\|>assistant ?)?+(?:<\|channel\|>[a-z]{{1,20}} ?)?+\bto=({NAME}) ?"
                r"(?:(?:<\|channel\|>|<\|constrain\|>)?+[a-z]{1,20} ?){0,3}<\|message\|>",
                closings=("<|call|>", "<|end|>"),
                may_stay_open=True,
            ),
        ),
        signs=("to=functions.",),
    ),
    Syntax(
        family="functionary 3.2",
        source="MeetKai functionary, prompt template v3.2",
        sample=f">>>weather\n{_ARGUMENTS}",
        two=f">>>weather\n{_ARGUMENTS}>>>weather\n{_ARGUMENTS}",
        marks=(Mark(opening=rf"(?<![^\n}}])>>>(?!all\n)({NAME})\n", may_stay_open=True),),
    ),
    Syntax(
        family="functionary 2",
        source="MeetKai functionary, prompt template v2",
        sample=f"<|recipient|>weather\n<|content|>{_ARGUMENTS}<|stop|>",
        marks=(
            Mark(
                opening=rf"<\|recipient\|>(?!all\n) ?({NAME})\n<\|content\|>",
                closings=("<|stop|>", "<|from|>"),
                may_stay_open=True,
            ),
        ),
    ),
    Syntax(
        family="InternLM 2",
        source="InternLM2 chat format",
        sample=f"<|action_start|><|plugin|>\n{_PARAMETERS}<|action_end|>",
        marks=(_pair("<|action_start|><|plugin|>", "<|action_end|>"),),
        signs=("<|action_start|>",),
    ),
    Syntax(
        family="LFM2",
        source="LFM2 model card",
        sample=f"<|tool_call_start|>[{_PYTHON}]<|tool_call_end|>",
        marks=(_pair("<|tool_call_start|>", "<|tool_call_end|>"),),
    ),
    Syntax(
        family="Nemotron Nano",
        source="Nemotron-Nano chat template",
        sample=f"<TOOLCALL>[{_CALL}]</TOOLCALL>",
        marks=(_pair("<TOOLCALL>", "</TOOLCALL>"),),
    ),
    Syntax(
        family="Apertus",
        source="Apertus chat template; vLLM's parser apertus",
        sample=f'<|tools_prefix|>[{{"weather": {_ARGUMENTS}}}]<|tools_suffix|>',
        marks=(_pair("<|tools_prefix|>", "<|tools_suffix|>"),),
    ),
    Syntax(
        family="Step 3",
        source="vLLM's parser step3",
        sample=f"<｜tool_calls_begin｜>{_STEP}<｜tool_calls_end｜>",  # noqa: RUF001
        two=f"<｜tool_calls_begin｜>{_STEP}{_STEP}<｜tool_calls_end｜>",  # noqa: RUF001
        marks=(
            _pair("<｜tool_calls_begin｜>", "<｜tool_calls_end｜>"),  # noqa: RUF001
            _pair("<｜tool_call_begin｜>function<｜tool_sep｜>", "<｜tool_call_end｜>"),  # noqa: RUF001
            Mark(opening=rf'<steptml:invoke name="({NAME})">', closings=("</steptml:invoke>",)),
        ),
        signs=("<｜tool_sep｜>", "<steptml:"),  # noqa: RUF001
    ),
    Syntax(
        family="ReAct",
        source="ReAct, Yao et al. 2022, as LangChain and Qwen write it",
        sample=f"Thought: I look it up.\nAction: weather\nAction Input: {_ARGUMENTS}",
        marks=(
            Mark(
                opening=rf"(?<![^\n])Action:[ \t]{{0,9}}+({NAME})[ \t]{{0,9}}+\n[ \t]{{0,9}}+Action Input:",
                closings=("\nObservation:", "\nThought:", "\nFinal Answer:"),
                may_stay_open=True,
            ),
        ),
        signs=("Action Input:",),
    ),
)

MARKS: tuple[Mark, ...] = tuple(mark for syntax in SYNTAXES for mark in syntax.marks)
"""The marks of all families."""

SIGNS: tuple[str, ...] = tuple(dict.fromkeys(sign for syntax in SYNTAXES for sign in syntax.signs))
"""The inner marks of all families."""

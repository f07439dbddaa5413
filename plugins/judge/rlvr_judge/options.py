"""The options that all scorers which ask a model have."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from rlvr_judge.tokens import Tokens

View: TypeAlias = Literal["final", "full"]
Shown: TypeAlias = Literal["last", "all", "none"]
Signs: TypeAlias = Literal["off", "report", "veto"]
Combine: TypeAlias = Literal["mean", "median", "majority", "unanimity", "minimum", "maximum"]
BaseUrl: TypeAlias = Annotated[str, Meta(pattern=r"^(https?://[^\s?#]+)?$")]
Usd: TypeAlias = Annotated[float, Meta(ge=0.0, le=1e6)]
ModelId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2048)]

# Declared by each scorer that asks a model: above the default of `deadline_seconds`, so that the scorer itself ends
# its retries and gives the reason.
BUDGET_SECONDS = 60.0
# Records of a batch that are judged at the same time, and by default the calls in flight of a process: the default
# pool of asyncio has six threads on two cores.
CONCURRENCY = 64
# The temperature of several samples of one model; equal replies would be one sample.
SAMPLING_TEMPERATURE = 1.0


class GuardrailOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A guardrail of Amazon Bedrock."""

    id: Annotated[str, Meta(min_length=1, description="Its id or ARN.")]
    version: Annotated[str, Meta(min_length=1, description="Its version, or DRAFT.")] = "DRAFT"


class BedrockOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of calls by Amazon Bedrock's Converse."""

    region: Annotated[str, Meta(description="The region; that of the environment if empty.")] = ""
    cache_prompt: Annotated[
        bool, Meta(description="Mark the instructions and criteria as a cached prefix; the model must support it.")
    ] = False
    service_tier: Annotated[
        Literal["priority", "default", "flex", "reserved"] | None, Meta(description="The tier of the calls.")
    ] = None
    request_metadata: Annotated[
        dict[str, str], Meta(max_length=16, description="Texts by name, by which invocation logs can be filtered.")
    ] = msgspec.field(default_factory=dict)
    guardrail: Annotated[GuardrailOptions | None, Meta(description="A guardrail that reads request and reply.")] = None


class ModelOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A model of a panel that has another address or weight than the others."""

    id: Annotated[ModelId, Meta(description="A model id, an inference profile or its ARN.")]
    base_url: Annotated[
        BaseUrl | None, Meta(description="Its address; that of the entry if absent, Amazon Bedrock if empty.")
    ] = None
    api_key_variable: Annotated[
        str | None, Meta(description="The environment variable with its key; that of the entry if absent.")
    ] = None
    weight: Annotated[float, Meta(gt=0.0, le=1e6, description="What its vote counts in a mean or a majority.")] = 1.0


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A model with everything that is needed to ask it; Amazon Bedrock if ``base_url`` is empty."""

    model: str
    base_url: str
    api_key_variable: str
    weight: float


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The price of a model, in US dollars per million tokens."""

    input: Annotated[Usd, Meta(description="Of input.")]
    output: Annotated[Usd, Meta(description="Of output.")]
    cache_read: Annotated[
        Usd | None, Meta(description="Of input that a cached prompt has; as other input if absent.")
    ] = None
    cache_write: Annotated[
        Usd | None, Meta(description="Of input that is put into a cache; as other input if absent.")
    ] = None

    def usd_of(self, tokens: Tokens) -> float:
        """Return what tokens cost."""
        read = self.input if self.cache_read is None else self.cache_read
        written = self.input if self.cache_write is None else self.cache_write
        plain = max(0, tokens.tokens_in - tokens.tokens_cached - tokens.tokens_written)
        amount = plain * self.input + tokens.tokens_out * self.output
        return (amount + tokens.tokens_cached * read + tokens.tokens_written * written) / 1_000_000


class EscalateOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the larger judges that are asked where the first ones are unsure."""

    models: Annotated[
        tuple[ModelId | ModelOptions, ...], Meta(min_length=1, max_length=16, description="The larger models.")
    ]
    samples: Annotated[int, Meta(ge=1, le=32, description="Verdicts of each model.")] = 1
    agreement: Annotated[
        float,
        Meta(ge=0.0, le=1.0, description="The first judges are unsure if fewer of them than this share agree."),
    ] = 1.0


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An answer whose verdicts are known, which the model is shown with the instructions."""

    answer: Annotated[str, Meta(min_length=1, max_length=20_000, description="The text of the answer.")]
    verdicts: Annotated[dict[str, str | int], Meta(min_length=1, description="By the name of what is asked.")]
    prompt: Annotated[str, Meta(max_length=20_000, description="The prompt that it answers.")] = ""
    reason: Annotated[str, Meta(max_length=2_000, description="Why these are its verdicts.")] = ""


class JudgeOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the models, of what they are shown, and of their failures."""

    models: Annotated[
        tuple[ModelId | ModelOptions, ...],
        Meta(min_length=1, max_length=16, description="The models: ids, inference profiles or their ARNs."),
    ]
    base_url: Annotated[
        BaseUrl, Meta(description="The address of an OpenAI-compatible server, up to `/v1`; Amazon Bedrock if empty.")
    ] = ""
    api_key_variable: Annotated[
        str, Meta(description="The environment variable with the key for `base_url`; no key is sent if empty.")
    ] = ""
    bedrock: Annotated[BedrockOptions, Meta(description="Options of Amazon Bedrock.")] = msgspec.field(
        default_factory=BedrockOptions
    )
    samples: Annotated[int, Meta(ge=1, le=32, description="Verdicts of each model.")] = 1
    combine: Annotated[
        Combine,
        Meta(description="How several verdicts on the same thing become one; `maximum` pays if any judge does."),
    ] = "mean"
    quorum: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="The verdicts that suffice if some judges cannot be reached; all of them if absent."),
    ] = None
    escalate: Annotated[
        EscalateOptions | None, Meta(description="Larger judges for what the models are unsure of.")
    ] = None
    guidelines: Annotated[
        str, Meta(max_length=20_000, description="What holds for everything that is asked, such as a brand's voice.")
    ] = ""
    examples: Annotated[
        tuple[Example, ...], Meta(max_length=20, description="Answers with known verdicts, shown to the model.")
    ] = ()
    max_tokens: Annotated[
        int, Meta(ge=16, le=65_536, description="Most tokens of a reply; Bedrock reserves them against the quota.")
    ] = 512
    temperature: Annotated[
        float | Literal["auto"] | None,
        Meta(
            description="0 for one sample of a model and 1 for several if `auto`; never sent if null; left out for "
            "good once a model refuses it."
        ),
    ] = "auto"
    effort: Annotated[
        Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None,
        Meta(
            description="How much a reasoning model thinks; left out for good once a model refuses it. It needs more "
            "`max_tokens`."
        ),
    ] = None
    request_fields: Annotated[
        dict[str, Any],
        Meta(
            description="Further fields of the request, such as vLLM's `chat_template_kwargs`; for Amazon Bedrock, its "
            "`additionalModelRequestFields`."
        ),
    ] = msgspec.field(default_factory=dict)
    concurrency: Annotated[int, Meta(ge=1, le=512, description="Most requests in flight, per process.")] = CONCURRENCY
    attempts: Annotated[int, Meta(ge=1, le=20, description="Most requests for one verdict.")] = 4
    attempt_seconds: Annotated[float, Meta(gt=0.0, le=900.0, description="Time for one request.")] = 20.0
    deadline_seconds: Annotated[
        float, Meta(gt=0.0, le=900.0, description="Time for all requests of a record; keep the budget above it.")
    ] = 50.0
    prices: Annotated[
        dict[ModelId, Price],
        Meta(description="Prices of models, for `judge_usd`, instead of those that are shipped for Amazon Bedrock."),
    ] = msgspec.field(default_factory=dict)
    budget_usd: Annotated[
        Annotated[float, Meta(gt=0.0, le=1e6)] | None,
        Meta(description="Once so much is spent in a run, records are `failed` with the reason `budget`."),
    ] = None
    view: Annotated[View, Meta(description="The completion without its reasoning, or all of it.")] = "final"
    prompt: Annotated[Shown, Meta(description="The turns of the conversation that the model is shown.")] = "last"
    show_reference: Annotated[bool, Meta(description="Whether the model is shown the reference.")] = True
    max_characters: Annotated[
        int, Meta(ge=1, le=1_000_000, description="A longer completion gets 0.0, and no model is asked.")
    ] = 50_000
    on_completion_fault: Annotated[
        Annotated[float, Meta(ge=0.0, le=1.0)] | Literal["fail"],
        Meta(
            description="The value of a completion by whose fault there is no verdict: a content filter blocks it, it "
            "is too long for the model, or every reply about it is unusable. `fail` makes the score `failed`."
        ),
    ] = 0.0
    signs: Annotated[
        Signs,
        Meta(description="Report signs of an injection as a metric, or give 0.0 for them without asking the model."),
    ] = "report"

    def __post_init__(self) -> None:
        """Refuse a quorum that cannot be reached."""
        if self.quorum is not None and self.quorum > len(self.models) * self.samples:
            raise ValueError(f"`quorum` is {self.quorum}, and there are {len(self.models) * self.samples} verdicts")

    @property
    def panel(self) -> tuple[Endpoint, ...]:
        """The models that are asked first."""
        return self._endpoints(self.models)

    @property
    def larger(self) -> tuple[Endpoint, ...]:
        """The models that are asked where the first ones are unsure."""
        return () if self.escalate is None else self._endpoints(self.escalate.models)

    @property
    def fault_value(self) -> float | None:
        """The value of a completion by whose fault there is no verdict; None to make the score ``failed``."""
        match self.on_completion_fault:
            case "fail":
                return None
            case value:
                return value

    @property
    def asks_guard(self) -> bool:
        """True if the models are also asked whether the completion manipulates them."""
        return False

    @property
    def is_vetoed_by_guard(self) -> bool:
        """True if the score is 0.0 where they say so."""
        return False

    def temperature_of(self, samples: int) -> float | None:
        """Return the temperature of a model with so many samples."""
        match self.temperature:
            case "auto":
                return 0.0 if samples == 1 else SAMPLING_TEMPERATURE
            case value:
                return value

    def _endpoints(self, models: tuple[str | ModelOptions, ...]) -> tuple[Endpoint, ...]:
        given = [ModelOptions(id=each) if isinstance(each, str) else each for each in models]
        return tuple(
            Endpoint(
                model=each.id,
                base_url=self.base_url if each.base_url is None else each.base_url,
                api_key_variable=self.api_key_variable if each.api_key_variable is None else each.api_key_variable,
                weight=each.weight,
            )
            for each in given
        )


class GuardedOptions(JudgeOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of scorers that ask in the same request whether the completion manipulates the judge."""

    guard: Annotated[
        bool | Literal["report"],
        Meta(description="Whether a model that finds manipulation gives 0.0; `report` shows it as a metric only."),
    ] = False

    @property
    def asks_guard(self) -> bool:
        """See :class:`JudgeOptions`."""
        return bool(self.guard)

    @property
    def is_vetoed_by_guard(self) -> bool:
        """See :class:`JudgeOptions`."""
        return self.guard is True

"""Language training on the open texts: `python -m vigil_training.adapt --data DATA --out FOLDER`.

The encoder goes on learning to fill in left-out words, in the language of the posts that it is to
read (Gururangan et al. 2020). Only training texts are read; how well held-out ones are filled in is
measured before and after. FOLDER then serves as `--encoder`; a run that was stopped goes on.
"""

import argparse
import json
import random
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from vigil_training import encoders
from vigil_training.adapt_texts import Batch, Masker, Texts, open_texts
from vigil_training.architectures.multitask import transformer
from vigil_training.checks import check_numbers
from vigil_training.config import Config
from vigil_training.data.files import MissingData, require_folder
from vigil_training.prepare import prepare
from vigil_training.splits import Leak
from vigil_training.stored import generators, read_json, read_state, set_generators
from vigil_training.tasks import load_tasks
from vigil_training.tasks.tokens import IGNORED
from vigil_training.train import CHECKPOINT, rate

# The head starts from nothing: for so long it learns alone, lest it spoil the encoder.
HEAD_SHARE = 0.1
REPORT = "adapt.json"
_SETTINGS = (
    "seed", "steps", "batch", "max_tokens", "learning_rate", "head_learning_rate", "frozen_layers"
)  # fmt: skip


class Head(nn.Module):
    """From states [pieces, hidden] to logits [pieces, vocabulary], tied to the input embeddings.

    It is BERT's: dense, GELU, norm, the embedding table and a bias, which starts from the log
    frequency of the pieces, `counts` [vocabulary].
    """

    def __init__(self, hidden: int, width: int, counts: Tensor) -> None:
        super().__init__()
        self.dense = nn.Linear(hidden, width)
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(((counts + 1) / (counts + 1).sum()).log())

    def forward(self, states: Tensor, table: Tensor) -> Tensor:
        """`table` [vocabulary, width] is the encoder's."""
        return functional.linear(self.norm(functional.gelu(self.dense(states))), table, self.bias)


def loss(encoder: nn.Module, head: Head, batch: Batch, is_head_alone: bool = False) -> Tensor:
    """Mean cross entropy of the pieces left out, in nats; only for those are logits made.

    With `is_head_alone` no gradient reaches the encoder.
    """
    device = head.bias.device
    ids, mask, targets = (one.to(device) for one in batch)
    table = encoder.get_input_embeddings().weight
    with torch.set_grad_enabled(torch.is_grad_enabled() and not is_head_alone):
        states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    out = targets != IGNORED
    logits = head(states[out], table.detach() if is_head_alone else table)
    return functional.cross_entropy(logits, targets[out], reduction="sum") / out.sum().clamp(min=1)


@torch.inference_mode()
def held_out_loss(encoder: nn.Module, head: Head, batches: list[Batch]) -> float:
    """Mean cross entropy over the pieces left out of all batches, in nats."""
    encoder.eval()
    counts = [int((targets != IGNORED).sum()) for *_, targets in batches]
    losses = [float(loss(encoder, head, batch)) for batch in batches]
    encoder.train()
    return sum(x * n for x, n in zip(losses, counts, strict=True)) / max(1, sum(counts))


def adapt(
    encoder: nn.Module, tokenizer: Tokenizer, texts: Texts, config: Config, out: Path, every: int
) -> dict[str, float]:
    """Trains to the config's last step, from `out`'s checkpoint if it has one.

    Of the config, _SETTINGS and the warm-up are read. Returns held-out losses in nats, `untrained`,
    `head` after the head's own steps, where the encoder starts from, and `adapted`; and `seconds`.
    Raises ValueError where the checkpoint has other settings or texts.
    """
    out.mkdir(parents=True, exist_ok=True)
    masker = Masker(tokenizer, config.max_tokens)
    held = masker.batches(texts.held_out, 64, random.Random("held-out"))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(config.seed)
    table = encoder.get_input_embeddings().weight
    counts = masker.counts([one for found in texts.train.values() for one in found], len(table))
    head = Head(encoder.config.hidden_size, table.shape[1], counts).to(device)
    encoder.to(device).train()
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in encoder.parameters() if p.requires_grad]},
            {"params": list(head.parameters()), "lr": config.head_learning_rate},
        ],
        lr=config.learning_rate,
        weight_decay=0.01,
    )
    alone = int(config.steps * HEAD_SHARE)
    rest = replace(config, steps=config.steps - alone)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, [lambda step: rate(max(0, step - alone), rest), lambda step: rate(step, config)]
    )
    state = {"encoder": encoder, "head": head, "optimizer": optimizer, "scheduler": scheduler}
    settings = {**{key: getattr(config, key) for key in _SETTINGS}, "texts": texts.digest()}
    start, spent, found = 0, 0.0, {}
    if (out / CHECKPOINT).exists():
        saved = read_state(out / CHECKPOINT)
        if saved["settings"] != settings:
            raise ValueError(f"{out} was begun with other settings or texts; give another --out")
        for name, part in state.items():
            part.load_state_dict(saved[name])
        set_generators(saved["random"])
        start, spent, found = saved["step"], saved["seconds"], saved["losses"]
    else:
        found["untrained"] = held_out_loss(encoder, head, held)
    began = time.monotonic() - spent
    progress = tqdm(total=config.steps, initial=start, unit="step", mininterval=5)
    for step, batch in masker.drawn(texts.train, config, start):
        if step == alone:
            found["head"] = held_out_loss(encoder, head, held)
        value = loss(encoder, head, batch, step < alone)
        value.backward()
        torch.nn.utils.clip_grad_norm_([*encoder.parameters(), *head.parameters()], 1.0)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        progress.update()
        progress.set_postfix(loss=f"{float(value.detach()):.2f}", refresh=False)
        if (step + 1) % every == 0 and step + 1 < config.steps:
            parts = {name: part.state_dict() for name, part in state.items()}
            parts |= {"random": generators(), "step": step + 1, "losses": found}
            parts["seconds"] = time.monotonic() - began
            torch.save({"settings": settings, **parts}, out / f"{CHECKPOINT}.part")
            (out / f"{CHECKPOINT}.part").rename(out / CHECKPOINT)
    progress.close()
    found["adapted"] = held_out_loss(encoder, head, held)
    return {**found, "seconds": round(time.monotonic() - began, 1)}


def write(encoder: nn.Module, tokenizer: Tokenizer, out: Path, report: dict) -> None:
    """Writes what `--encoder` takes, then the report, which says that it is whole."""
    encoder.save_pretrained(out)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(out / "tokenizer.json"))
    (out / REPORT).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (out / CHECKPOINT).unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Trains and writes the encoder; 0 done, 1 the data or the settings do not serve."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        _run(options)
    except (MissingData, Leak, ValueError, OSError) as error:
        print(f"adapt: {error}", file=sys.stderr)
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    config = Config(
        seed=options.seed,
        steps=options.steps,
        batch=options.batch,
        max_tokens=options.max_tokens,
        learning_rate=options.learning_rate,
        head_learning_rate=options.head_learning_rate,
        frozen_layers=options.frozen_layers,
    )
    check_numbers(config)
    require_folder(options.data, "--data")
    require_folder(options.corpus, "--corpus")
    name = encoders.locate(options.encoder)
    tokenizer = encoders.open_tokenizer(name)
    without = frozenset(options.without)
    prepared = prepare(options.data, options.corpus, load_tasks(options.tasks), without)
    texts = open_texts(prepared.rows, options.data, without)
    asked = {"encoder": encoders.encoder_name(options.encoder), "texts": texts.digest()}
    asked["settings"] = {key: getattr(config, key) for key in _SETTINGS}
    if (options.out / REPORT).exists():
        done = read_json(options.out / REPORT)
        if {key: done.get(key) for key in asked} != asked:
            raise ValueError(f"{options.out} holds an encoder of another run; give another --out")
        print(f"done before: {json.dumps(done['losses'])}")
        return
    numbers = {name: len(found) for name, found in texts.train.items()}
    print(f"training texts {json.dumps(numbers)}, held out {len(texts.held_out)}")
    torch.manual_seed(config.seed)
    encoder = transformer(name, config.frozen_layers)
    losses = adapt(encoder, tokenizer, texts, config, options.out, options.every)
    seconds = losses.pop("seconds")
    report = {**asked, "sets": numbers, "held_out": len(texts.held_out), "losses": losses}
    write(encoder, tokenizer, options.out, {**report, "seconds": seconds})
    print(f"held-out loss {losses['head']:.3f} before, {losses['adapted']:.3f} after, in nats")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vigil_training.adapt", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of the data sets")
    add("--out", type=Path, required=True, help="folder of the adapted encoder")
    add("--corpus", type=Path, default=Path("training/corpus"), help="own posts")
    add("--tasks", type=Path, default=Path("schemas/tasks.json"))
    add("--without", nargs="*", default=[], help="sets to leave out")
    add("--encoder", help="another BERT-like encoder: its folder, or its name on a hub")
    add("--steps", type=int, default=3000)
    add("--batch", type=int, default=32, help="texts a step")
    add("--max-tokens", type=int, default=64)
    add("--learning-rate", type=float, default=1e-4, help="of the encoder")
    add("--head-learning-rate", type=float, default=1e-3)
    add("--frozen-layers", type=int, default=0, help="besides the embeddings; -1 trains those, too")
    add("--seed", type=int, default=17)
    add("--every", type=int, default=200, help="steps between checkpoints")
    add("--threads", type=int, default=2)
    return parser


if __name__ == "__main__":
    sys.exit(main())

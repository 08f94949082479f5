"""Bad input, all in one table: each gets one sentence and exit code 2, and leaves no trace."""

from __future__ import annotations

import copy
import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import normalizers

from steering import storage
from steering.cli import main
from tests.support import tiny

YES_NO = ("answer_matching_behavior", "answer_not_matching_behavior")


def lines(count: int = 60, **changes: object) -> str:
    rows = []
    for number in range(count):
        answers = dict(zip(YES_NO, ("Yes", "No") if number % 2 else ("No", "Yes"), strict=True))
        rows.append(
            {"question": f'Would you say this?\n"I count to {number}"', **answers, **changes}
        )
    return "\n".join(json.dumps(row) for row in rows) + "\n"


@dataclass
class Bench:
    """A folder with all that the cases bring: `model`, `concept`, an `out` that is not there."""

    folder: Path
    source: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def model(self) -> str:
        return str(self.source)

    @property
    def concept(self) -> str:
        return self.file("good.jsonl", lines())

    def file(self, name: str, text: str | bytes) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def copy(self, change: Callable[[Path], object]) -> str:
        """A copy of the good model with one thing changed."""
        folder = self.folder / "model"
        shutil.copytree(self.source, folder)
        change(folder)
        return str(folder)

    def with_template(self, template: str, **options: object) -> str:
        tokenizer = tiny.tokenizer(template=template, **options)
        return self.copy(tokenizer.save_pretrained)

    def measure(self, model: str | None = None, concept: str | None = None, *more: str):
        return [
            "measure",
            model or self.model,
            concept or self.concept,
            "--out",
            str(self.out),
            *more,
        ]


def weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        tensors = load_file(folder / "model.safetensors")
        change(tensors)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    return changed


def config(**changes: object) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        file = folder / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))

    return changed


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"not read")


def without_tokenizer(folder: Path) -> None:
    for file in folder.glob("tokenizer*"):
        file.unlink()


def cut_short(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-200])


def of(family: str, **options: object) -> Callable[[Path], None]:
    made = getattr(transformers, f"{family}Config")(vocab_size=512, **options)
    heads = {"Bert": "BertForMaskedLM", "T5": "T5Model", "OpenAIGPT": "OpenAIGPTLMHeadModel"}
    module = getattr(transformers, heads[family])(made)

    def changed(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        module.save_pretrained(folder)

    return changed


def drop_last_layer(tensors: dict[str, torch.Tensor]) -> None:
    for name in [name for name in tensors if ".layers.2." in name]:
        del tensors[name]


def same_letters(folder: Path) -> None:
    tokenizer = copy.deepcopy(tiny.tokenizer())
    tokenizer.backend_tokenizer.normalizer = normalizers.Replace("(B)", "(A)")
    tokenizer.save_pretrained(folder)


DOWN = "model.layers.1.mlp.down_proj.weight"
SMALL_BERT = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
SMALL_T5 = {"d_model": 32, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2}
Case = tuple[Callable[[Bench], list[str]], str]

CONCEPTS: dict[str, Case] = {
    "missing file": (
        lambda at: at.measure(None, str(at.folder / "none.jsonl")),
        r"concept file '.*none\.jsonl' does not exist: name a JSONL, JSON or CSV file",
    ),
    "empty file": (
        lambda at: at.measure(None, at.file("a.jsonl", "")),
        r"'.*a\.jsonl' is empty: it",
    ),
    "truncated file": (
        lambda at: at.measure(None, at.file("a.jsonl", lines()[:-30])),
        r"line 60 of '.*a\.jsonl' is not JSON \(.*\): one object a line is needed",
    ),
    "truncated list": (
        lambda at: at.measure(None, at.file("a.json", "[" + lines(1))),
        r"'.*a\.json' is not JSON .*: a list of objects is needed",
    ),
    "another encoding": (
        lambda at: at.measure(None, at.file("a.jsonl", lines().encode("utf-16"))),
        r"'.*a\.jsonl' is not UTF-8 text .*: save it as UTF-8",
    ),
    "wrong fields": (
        lambda at: at.measure(None, at.file("a.csv", "question,answer\nWould you?,Yes\n")),
        r"row 1 of '.*' has no text field 'answer_matching_behavior': needed are question, ans",
    ),
    "ragged table": (
        lambda at: at.measure(None, at.file("a.csv", "question,answer\nWould you?\n")),
        r"row 1 of '.*' has not as many columns as the first line: needed are 2",
    ),
    "other answers": (
        lambda at: at.measure(None, at.file("a.jsonl", lines(answer_matching_behavior="maybe"))),
        r"line 1 of '.*' has the answers 'maybe' and 'Yes': allowed are Yes and No, or \(A\) and",
    ),
    "both answers equal": (
        lambda at: at.measure(None, at.file("a.jsonl", lines(**dict.fromkeys(YES_NO, "Yes")))),
        r"line 1 of '.*' has the same answer 'Yes' twice: they must differ",
    ),
    "lettered without choices": (
        lambda at: at.measure(
            None, at.file("a.jsonl", lines(**dict(zip(YES_NO, ("(A)", "(B)"), strict=True))))
        ),
        r"line 1 of '.*' has the answers \(A\) and \(B\), but its question does not end with",
    ),
    "too few items": (
        lambda at: at.measure(None, at.file("a.jsonl", lines(9))),
        r"'.*' has 9 different statements: at least 10 are needed",
    ),
    "one item many times": (
        lambda at: at.measure(None, at.file("a.jsonl", lines(1) * 50)),
        r"'.*' has 1 different statements: at least 10 are needed",
    ),
    "contradicting items": (
        lambda at: at.measure(None, at.file("a.jsonl", lines() + lines(1).replace("to 0", "to 1"))),
        r"line 61 of '.*' contradicts line 2: the statement 'I count to 1' has both answers",
    ),
    "one-sided labels": (
        lambda at: at.measure(
            None, at.file("a.jsonl", lines(**dict(zip(YES_NO, ("Yes", "No"), strict=True))))
        ),
        r"'.*' has the matching answer Yes in all of its 60 items: both Yes and No are needed",
    ),
    "folder without items": (
        lambda at: at.measure(None, str(at.folder)),
        r"concept folder '.*' has no items\.jsonl, items\.json or items\.csv: exactly one",
    ),
    "file of another kind": (
        lambda at: ["concepts", "check", at.file("concepts/a.txt", lines())],
        r"concept file '.*a\.txt' has the suffix '\.txt': allowed are \.jsonl, \.json, \.csv",
    ),
    "name with a separator": (
        lambda at: at.measure(None, "../frugal"),
        r"concept file '\.\./frugal' does not exist: name a JSONL",
    ),
    "unknown name": (
        lambda at: at.measure(None, "frugall"),
        r"no concept 'frugall': allowed are bookish, .*or the path of .*; is 'frugal' meant\?",
    ),
    "no such data folder": (
        lambda at: at.measure(None, "openness", "--data-dir", str(at.folder / "none")),
        r"--data-dir names '.*none', which is not a folder of data sets",
    ),
    "data set not in the folder": (
        lambda at: at.measure(None, "openness", "--data-dir", str(at.folder)),
        r"data set 'openness' is not in the data folder '.*': .* as persona/openness\.jsonl",
    ),
    "data set unknown": (
        lambda at: ["fetch", "opennes"],
        "no data set 'opennes': allowed are all",
    ),
    "data set of the user's": (
        lambda at: ["fetch", "truthfulqa"],
        "'truthfulqa' is not downloaded",
    ),
}

PLANS: dict[str, Case] = {
    "unknown layer": (
        lambda at: at.measure(None, None, "--layers", "3"),
        "there is no layer 3: allowed are 0 to 2, or auto, all",
    ),
    "layers no number": (
        lambda at: at.measure(None, None, "--layers", "first"),
        "layers 'first' is none: allowed are auto, all, a layer like 13 or a range like 5-20",
    ),
    "layers backwards": (
        lambda at: at.measure(None, None, "--layers", "5-2"),
        "layers '5-2' is none: allowed are",
    ),
    "multiplier no number": (
        lambda at: at.measure(None, None, "--multipliers=-1,a,1"),
        "multipliers '-1,a,1' are not numbers: write them like -1.5,0,1.5",
    ),
    "multiplier not finite": (
        lambda at: at.measure(None, None, "--multipliers=-1,0,1,nan"),
        r"multipliers \[.*nan.*\] are not all finite numbers",
    ),
    "multipliers without zero": (
        lambda at: at.measure(None, None, "--multipliers=1,2,3"),
        "make no propensity curve: at least three different numbers are needed, 0 among them",
    ),
    "unknown prompt setting": (
        lambda at: at.measure(None, None, "--settings", "BASE,SYS"),
        "there is no prompt setting 'SYS': allowed are BASE, SYS_POS",
    ),
    "settings without BASE": (
        lambda at: at.measure(None, None, "--settings", "SYS_POS"),
        r"prompt settings \['SYS_POS'\] lack BASE",
    ),
    "no items": (
        lambda at: at.measure(None, None, "--test-groups", "0"),
        "--test-groups '0' is not allowed: whole numbers from 1 up are, or all",
    ),
    "items no number": (
        lambda at: at.measure(None, None, "--test-groups", "few"),
        "--test-groups 'few' is no whole number: write it in digits",
    ),
    "no training items": (
        lambda at: at.measure(None, None, "--train-groups", "0"),
        "train_groups is 0: allowed are whole numbers from 1 up",
    ),
    "no such device": (
        lambda at: at.measure(None, None, "--device", "tpu9"),
        "device 'tpu9' is not to be had here: allowed are cpu.* or auto",
    ),
    "no such dtype": (
        lambda at: at.measure(None, None, "--dtype", "int8"),
        "there is no dtype 'int8': allowed are float32, bfloat16, float16",
    ),
    "seed no number": (
        lambda at: at.measure(None, None, "--seed", "x"),
        "--seed 'x' is no whole number: write it in digits",
    ),
}


def other_plan(at: Bench) -> list[str]:
    at.file("out/plan.json", json.dumps({"model": "another", "plan": {}}))
    at.file("out/card.json", "{}")
    return at.measure()


OUTPUTS: dict[str, Case] = {
    "results of another plan": (
        other_plan,
        r"'.*out' holds results of another plan \(other .*model.*\): name another folder, or repl",
    ),
    "a file, not a folder": (
        lambda at: [at.file("out", "mine"), *at.measure()][1:],
        r"'.*out' is a file: name a folder for the results",
    ),
    "files of others": (
        lambda at: [at.file("out/thesis.txt", "mine"), *at.measure()][1:],
        r"'.*out' holds files that are no results of ours: name an empty folder",
    ),
    "a damaged plan": (
        lambda at: [at.file("out/plan.json", "{"), *at.measure()][1:],
        r"'.*plan\.json' is not readable .*: remove the folder",
    ),
    "below a file": (
        lambda at: ["measure", at.model, at.concept, "--out", at.file("mine", "x") + "/out"],
        r"'.*mine/out' could not be written \(Not a directory\): name a folder with room",
    ),
    "no vector file": (
        lambda at: ["vectors", "show", str(at.folder / "none.safetensors")],
        r"vector file '.*none\.safetensors' does not exist: name a safetensors file",
    ),
    "a damaged vector file": (
        lambda at: ["vectors", "show", at.file("vectors/a.safetensors", "mine")],
        r"'.*a\.safetensors' is not a readable safetensors file",
    ),
    "a run folder without results": (
        lambda at: [
            "generate", at.model, at.concept, "--prompt", "Hello", "--run", str(at.folder)
        ],
        r"'.*' has no card\.json: run `steering measure` into it first",
    ),
    "an empty prompt": (
        lambda at: ["generate", at.model, at.concept, "--prompt", " "],
        "a prompt is empty: say what",
    ),
}  # fmt: skip

MODELS: dict[str, Case] = {
    "unknown name": (
        lambda at: at.measure("wrenn"),
        r"there is no model 'wrenn': allowed are the embedded ones \(.*wren.*\), a local fol",
    ),
    "missing folder": (
        lambda at: at.measure("./none"),
        r"model folder '\./none' does not exist: name a folder with a model in it",
    ),
    "a file": (
        lambda at: at.measure(f"{at.model}/model.safetensors"),
        r"model '.*model\.safetensors' is a file: name the folder that it lies in",
    ),
    "a folder of something else": (
        lambda at: at.measure(str(at.folder)),
        r"model folder '.*' has no config\.json: name a transformers folder",
    ),
    "an id that is not here": (
        lambda at: at.measure("nobody/nothing"),
        r"model 'nobody/nothing' could not be loaded \(.*\): a folder as transformers saves it, or",
    ),
    "damaged configuration": (
        lambda at: at.measure(at.copy(lambda here: (here / "config.json").write_text("{"))),
        r"model '.*' could not be loaded \(.*config\.json.*\): a folder as transformers saves it",
    ),
    "unknown architecture": (
        lambda at: at.measure(at.copy(config(model_type="oracle"))),
        r"model '.*' could not be loaded \(.*oracle.*\): a folder as transformers saves it",
    ),
    "code of its own": (
        lambda at: at.measure(
            at.copy(config(model_type="oracle", auto_map={"AutoConfig": "oracle.Config"}))
        ),
        r"model '.*' brings code of its own, .*: read it, and allow it with --trust-remote-code",
    ),
    "pickle weights": (
        lambda at: at.measure(at.copy(pickled)),
        r"model folder '.*' has no safetensors weights: pickle is not read",
    ),
    "an adapter": (
        lambda at: at.measure(str(tiny.save_adapter(at.folder / "adapter"))),
        r"model folder '.*adapter' is an adapter for 'owner/base', .*: merge it into its base mod",
    ),
    "an adapter beside its base": (
        lambda at: at.measure(at.copy(tiny.save_adapter)),
        r"model folder '.*' holds an adapter \(.*\) for 'owner/base' beside a model, .*: merge it",
    ),
    "an adapter to be checked": (
        lambda at: ["check", at.copy(tiny.save_adapter)],
        r"model folder '.*' holds an adapter \(.*\) for 'owner/base' beside a model, .*: merge it",
    ),
    "a GGUF file": (
        lambda at: at.measure(at.file("model-Q4_K_M.gguf", b"GGUF\3\0\0\0")),
        r"model '.*\.gguf' is a GGUF file, which is not read: convert it into a transformers fol",
    ),
    "a folder of GGUF": (
        lambda at: at.measure(str(Path(at.file("gguf/a.gguf", b"GGUF\3\0\0\0")).parent)),
        r"model folder '.*gguf' holds a GGUF file \(a\.gguf\), which is not read: convert it into",
    ),
    "an unknown quantisation": (
        lambda at: at.measure(at.copy(config(quantization_config={"quant_method": "exl3"}))),
        r"model '.*' is quantised with 'exl3', and would not be .*: name the unquantised model",
    ),
    "an unknown quantisation to be checked": (
        lambda at: ["check", at.copy(config(quantization_config={"quant_method": "exl3"}))],
        r"model '.*' is quantised with 'exl3', and would not be .*: name the unquantised model",
    ),
    "a chat token without an embedding": (
        lambda at: at.measure(
            at.copy(lambda here: tiny.save_with_token(here, "<|im_start|>" + tiny.TEMPLATE))
        ),
        r"embeddings for 512 tokens, but its prompts hold the token '<\|im_start\|>', whose number",
    ),
    "no blocks": (
        lambda at: at.measure(str(tiny.save(at.folder / "model", num_hidden_layers=0))),
        r"model 'model' \(LlamaForCausalLM\) has 0 decoder blocks: at least one is needed",
    ),
    "another residual stream": (
        lambda at: at.measure(at.copy(of("OpenAIGPT", n_embd=32, n_layer=1, n_head=4))),
        r"model 'model' \(OpenAIGPTLMHeadModel\) has another residual stream .*: its block 0 gives",
    ),
    "no tokenizer": (
        lambda at: at.measure(at.copy(without_tokenizer)),
        r"model '.*' has no tokenizer",
    ),
    "corrupt weights": (
        lambda at: at.measure(
            at.copy(lambda here: (here / "model.safetensors").write_bytes(b"\xff" * 999))
        ),
        r"model '.*' could not be loaded \(.*\): a folder as",
    ),
    "weights cut short": (
        lambda at: at.measure(at.copy(cut_short)),
        r"model '.*' could not be loaded \(.*\): a folder as",
    ),
    "weights of another width": (
        lambda at: at.measure(at.copy(config(intermediate_size=96))),
        r"model '.*' has weights of another shape than its config\.json says for 'model\.layers\.",
    ),
    "weights of another family": (
        lambda at: at.measure(
            at.copy(config(model_type="gpt2", architectures=["GPT2LMHeadModel"]))
        ),
        r"model '.*' (lacks weights for|could not be loaded)",
    ),
    "layers missing": (
        lambda at: at.measure(at.copy(weights(drop_last_layer))),
        r"lacks weights for 'model\.layers\.2\..*' and \d+ more: they would be random",
    ),
    "layers left over": (
        lambda at: at.measure(at.copy(config(num_hidden_layers=2))),
        r"has weights for 'model\.layers\.2\..*, but its config\.json says that it has 2 layers",
    ),
    "weights not a number": (
        lambda at: at.measure(
            at.copy(
                weights(lambda all: all["model.layers.1.mlp.down_proj.weight"].fill_(torch.nan))
            )
        ),
        r"model '.*' gives activations that are not finite in torch\.float32: its weights are",
    ),
    "weights infinite": (
        lambda at: at.measure(
            at.copy(weights(lambda all: all["model.norm.weight"].fill_(torch.inf)))
        ),
        r"model '.*' gives logits that are not finite in torch\.float32",
    ),
    "an encoder": (
        lambda at: at.measure(at.copy(of("Bert", **SMALL_BERT))),
        r"model '.*' \(BertForMaskedLM\) is an encoder, .*: a causal language model is needed",
    ),
    "an encoder-decoder": (
        lambda at: at.measure(at.copy(of("T5", **SMALL_T5))),
        r"model '.*' \(T5Model\) is an encoder-decoder model: a causal language model",
    ),
    "a template that drops the question": (
        lambda at: at.measure(at.with_template("{{ messages[0]['content'] }}<|assistant|>")),
        "the chat template of '.*' drops or changes the user message: it must show it as it is",
    ),
    "a template that drops the system message": (
        lambda at: at.measure(
            at.with_template(
                "{% for message in messages if message['role'] == 'user' %}<|user|>"
                "{{ message['content'] }}<|end|>{% endfor %}<|assistant|>"
            )
        ),
        "the chat template of '.*' drops or changes the system message: it must show it as it is",
    ),
    "a template that raises": (
        lambda at: at.measure(at.with_template("{{ raise_exception('not today') }}")),
        r"the chat template of '.*' raised an error \(not today\): it must take a user message",
    ),
    "letters that are the same": (
        lambda at: at.measure(at.copy(same_letters)),
        r"the tokenizer '.*' does not tell the answers '\(A\)' and '\(B\)' apart at any position",
    ),
    "a vocabulary smaller than the tokenizer's": (
        lambda at: at.measure(str(tiny.save(at.folder / "model", vocab_size=300))),
        r"model '.*' has embeddings for 300 tokens, but its tokenizer has \d+: bring the tokenizer",
    ),
    "a context shorter than the items": (
        lambda at: at.measure(str(tiny.save(at.folder / "model", max_position_embeddings=20))),
        "no train item of concept 'good' fits the context of 20 tokens of model 'model': shorter",
    ),
}
REMOTE: dict[str, Case] = {
    "a folder": (
        lambda at: at.measure(None, None, "--remote"),
        r"model '.*' lies on this machine, .*: name the Hugging Face id under which it serves",
    ),
    "an embedded model": (
        lambda at: at.measure("wren", None, "--remote"),
        "model 'wren' lies on this machine, and a service has only what it has itself",
    ),
    "a device": (
        lambda at: at.measure("owner/name", None, "--remote", "--device", "cpu"),
        "device 'cpu' is on this machine, but --remote computes on the service: leave one of",
    ),
    "a dtype": (
        lambda at: at.measure("owner/name", None, "--remote", "--dtype", "bfloat16"),
        "dtype 'bfloat16' cannot be asked of a service, which has its own: leave --dtype or",
    ),
    "a host alone": (
        lambda at: at.measure("owner/name", None, "--host", "http://127.0.0.1:1"),
        "--host asks a service: add --remote",
    ),
    "nobody waits": (
        lambda at: at.measure("owner/name", None, "--submit"),
        "--submit asks a service: add --remote",
    ),
    "a host that is none": (
        lambda at: at.measure("owner/name", None, "--remote", "--host", "service.example"),
        "host 'service.example' is no address of a service: write it like https://",
    ),
    "a key in the host": (
        lambda at: at.measure("owner/name", None, "--remote", "--host", "http://me:secret@a.b"),
        "the host has a user name or password in it, .*: write the address alone",
    ),
    "no time": (
        lambda at: at.measure("owner/name", None, "--remote", "--time-limit", "0"),
        "time_limit is 0: allowed are numbers above 0",
    ),
    "an id that is not here": (
        lambda at: at.measure("nobody/nothing", None, "--remote"),
        r"model 'nobody/nothing' could not be loaded \(.*\): a folder as transformers saves it, or",
    ),
    "nothing to collect": (
        lambda at: ["collect", str(at.folder)],
        "'.*' waits for nothing: name the folder of a measurement that was begun with --submit",
    ),
}
TABLE = {
    f"{kind}: {name}": case
    for kind, cases in {
        "concept": CONCEPTS,
        "plan": PLANS,
        "output": OUTPUTS,
        "model": MODELS,
        "remote": REMOTE,
    }.items()
    for name, case in cases.items()
}
# Those run as processes of their own, all at once.
PROCESSES = (
    "concept: missing file",
    "concept: truncated file",
    "concept: another encoding",
    "concept: unknown name",
    "concept: data set unknown",
    "plan: multiplier no number",
    "plan: seed no number",
    "output: results of another plan",
    "output: files of others",
    "model: unknown name",
    "model: pickle weights",
)


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    return tiny.save(tmp_path_factory.mktemp("good") / "tiny")


@pytest.fixture
def at(source, tmp_path, monkeypatch) -> Bench:
    monkeypatch.delenv("STEERING_DATA", raising=False)
    return Bench(tmp_path, source)


def contents(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        if file.is_file()
        else "folder"
        for file in folder.rglob("*")
    }


def said(text: str) -> str:
    """What was printed, without progress bars and the frames that typer draws."""
    plain = re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", "", text)
    return " ".join(line.strip() for line in plain.split("\n") if "it/s]" not in line)


def run_here(arguments: list[str], monkeypatch, capsys) -> tuple[int | str | None, str, str]:
    monkeypatch.setattr(sys, "argv", ["steering", *arguments])
    with pytest.raises(SystemExit) as ended:
        main.main()
    printed = capsys.readouterr()
    return ended.value.code, printed.out, printed.err


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", TABLE)
def test_bad_input_gets_one_sentence(name, at, monkeypatch, capsys):
    make, sentence = TABLE[name]
    arguments = make(at)
    before = contents(at.folder)
    capsys.readouterr()
    code, out, err = run_here(arguments, monkeypatch, capsys)
    assert code == 2
    assert out == ""
    assert re.search(sentence, said(err)), err
    assert "Traceback" not in err
    refusal = err[err.index("refused: ") :]
    assert refusal.count("\n") == 1
    assert refusal.endswith((".\n", "?\n"))
    assert contents(at.folder) == before


@pytest.fixture(scope="module")
def processes(source, tmp_path_factory) -> Iterator[dict[str, tuple[subprocess.Popen, Path, dict]]]:
    started = {}
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("STEERING_DATA", None)
    for name in PROCESSES:
        bench = Bench(tmp_path_factory.mktemp("process"), source)
        arguments = TABLE[name][0](bench)
        before = contents(bench.folder)
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("steering")), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        started[name] = (process, bench.folder, before)
    yield started
    for process, _, _ in started.values():
        process.kill()
        process.communicate()


@pytest.mark.parametrize("name", PROCESSES)
def test_bad_input_ends_a_process_with_code_two(name, processes):
    process, folder, before = processes[name]
    out, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert out == ""
    assert re.search(TABLE[name][1], said(err)), err
    assert "Traceback" not in err
    assert contents(folder) == before


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_folder_that_cannot_be_written_is_said(reason, at, monkeypatch, capsys):
    def refuse(**_):
        raise OSError(reason, os.strerror(reason))

    arguments = at.measure()
    before = contents(at.folder)
    monkeypatch.setattr(storage.tempfile, "mkstemp", refuse)
    code, _, err = run_here(arguments, monkeypatch, capsys)
    assert code == 2
    assert f"could not be written ({os.strerror(reason)}): name a folder with room" in said(err)
    assert {name for name in contents(at.folder) if name not in before} <= {"out"}


def test_a_full_disk_leaves_only_whole_parts(at, monkeypatch, capsys):
    """A real limit on the size of files: every library meets it in its own way."""
    resource = pytest.importorskip("resource")
    arguments = at.measure(None, None, "--test-groups", "2", "--train-groups", "3", "--layers", "1")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in (400, 2_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            code, _, err = run_here(arguments, monkeypatch, capsys)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert code == 2, err
        assert re.search(r"could not be written \(.*File too large.*\): name a folder", said(err))
        assert not (at.out / "card.json").exists()
        assert [file for file in at.out.rglob(".*") if file.is_file()] == []

"""The page "Any other network": its functions fit the packages that they call."""

import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from helpers import ROOT

import sklearn_genre

PAGE = (ROOT / "docs" / "user_guide" / "any_network.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.S)


class Muq(torch.nn.Module):
    def forward(self, waves, output_hidden_states):
        return SimpleNamespace(last_hidden_state=torch.ones(len(waves), 25, 1024))

    @classmethod
    def from_pretrained(cls, name):
        return cls()


def open_l3(clips, rate, model, center, hop_size, verbose):
    n_frames = 1 + int((len(clips[0]) / rate - 1) / hop_size)
    return [np.ones((n_frames, 512))] * len(clips), None


# what the packages give, without their networks
PACKAGES = {
    "panns_inference": dict(
        AudioTagging=lambda checkpoint_path, device: SimpleNamespace(
            inference=lambda X: (np.ones((len(X), 527)), np.ones((len(X), 2048)))
        )
    ),
    "openl3": dict(
        models=SimpleNamespace(load_audio_embedding_model=lambda *kind: None),
        get_audio_embedding=open_l3,
    ),
    "laion_clap": dict(
        CLAP_Module=lambda enable_fusion: SimpleNamespace(
            load_ckpt=lambda: None,
            get_audio_embedding_from_data=lambda X, use_tensor: np.ones((len(X), 512)),
        )
    ),
    "muq": dict(MuQ=Muq),
}
SIZES = {"panns": 2048, "open_l3": 512, "clap": 512, "muq": 1024}


@pytest.mark.parametrize("name", SIZES)
def test_functions(name, monkeypatch):
    for package, names in PACKAGES.items():
        monkeypatch.setitem(sys.modules, package, SimpleNamespace(**names))
    (block,) = (block for block in BLOCKS if f"def {name}(" in block)
    known = {"EmbeddingTransformer": sklearn_genre.EmbeddingTransformer}
    exec(block, known)
    (call,) = re.findall(r"# (EmbeddingTransformer.*)", block)
    embedding = eval(call, known)
    wave = np.ones(2 * 10 * embedding.sample_rate, dtype=np.float32)
    assert embedding.fit_transform([wave]).shape == (1, SIZES[name])


def test_other_blocks():
    for block in BLOCKS:
        if "def " not in block:
            compile(block, "page", "exec")
    models = re.findall(r"^HuggingFaceEmbedding\(.*\)$", PAGE, re.M)
    assert len(models) == 5
    for call in models:
        eval(call, vars(sklearn_genre.embedding))

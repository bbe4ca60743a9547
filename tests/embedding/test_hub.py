"""Embeddings by networks of transformers, against calls of transformers itself."""

import builtins
import json
import os
import pickle
import shutil
import sys
from functools import partial

import numpy as np
import pytest
import torch
from helpers import TINY_MODEL, entries, in_fresh_python
from sklearn.base import clone

from sklearn_genre import HuggingFaceEmbedding
from sklearn_genre.embedding import _hub_models

RATE = 16000
# transformers takes seconds to import
pytestmark = pytest.mark.slow


def make_hubert(folder):
    """MERT is one, with a front end of its own."""
    from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

    sizes = dict(hidden_size=12, num_hidden_layers=3, num_attention_heads=2)
    front = dict(conv_dim=(6, 6), conv_stride=(10, 8), conv_kernel=(12, 9))
    config = HubertConfig(
        **sizes,
        **front,
        intermediate_size=16,
        num_feat_extract_layers=2,
        num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2,
    )
    HubertModel(config).save_pretrained(folder)
    # another rate than that of most models
    Wav2Vec2FeatureExtractor(sampling_rate=24000).save_pretrained(folder)


def make_ast(folder):
    from transformers import ASTConfig, ASTFeatureExtractor, ASTModel

    sizes = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=2)
    config = ASTConfig(**sizes, intermediate_size=16, max_length=100, num_mel_bins=32)
    ASTModel(config).save_pretrained(folder)
    ASTFeatureExtractor(max_length=100, num_mel_bins=32).save_pretrained(folder)


def make_clap(folder, fusion=False):
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    audio = dict(spec_size=64, num_mel_bins=16, patch_size=4, patch_stride=(4, 4))
    audio |= dict(patch_embeds_hidden_size=8, depths=[1, 1], num_attention_heads=[2, 2])
    audio |= dict(hidden_size=16, window_size=4, num_classes=4, enable_fusion=fusion)
    text = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2)
    text |= dict(intermediate_size=8, vocab_size=9)
    config = ClapConfig(audio_config=audio, text_config=text, projection_dim=6)
    ClapModel(config).save_pretrained(folder)
    cut = "fusion" if fusion else "rand_trunc"
    extractor = ClapFeatureExtractor(feature_size=16, max_length_s=2, truncation=cut)
    extractor.save_pretrained(folder)


def make_text(folder):
    from transformers import BertConfig, BertModel

    sizes = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2)
    config = BertConfig(**sizes, intermediate_size=8, vocab_size=9)
    BertModel(config).save_pretrained(folder)


def make_whisper(folder):
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperModel

    sizes = dict(d_model=8, encoder_layers=1, decoder_layers=1, vocab_size=9)
    heads = dict(encoder_attention_heads=2, decoder_attention_heads=2)
    tokens = dict(pad_token_id=0, bos_token_id=1, eos_token_id=2)
    tokens |= dict(decoder_start_token_id=1)
    WhisperModel(WhisperConfig(**sizes, **heads, **tokens)).save_pretrained(folder)
    WhisperFeatureExtractor().save_pretrained(folder)


MAKERS = {
    "hubert": make_hubert,
    "ast": make_ast,
    "clap": make_clap,
    "clap_fusion": partial(make_clap, fusion=True),
    "text": make_text,
    "whisper": make_whisper,
    "wav2vec2": lambda folder: shutil.copytree(TINY_MODEL, folder),
}


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Function that gives the folder of a tiny model of random weights."""
    root = tmp_path_factory.mktemp("models")

    def folder(name):
        if not (root / name).exists():
            torch.manual_seed(0)
            MAKERS[name](root / name)
        return root / name

    return folder


@pytest.fixture
def tiny(tmp_path):
    """A tiny model that may be changed."""
    return shutil.copytree(TINY_MODEL, tmp_path / "tiny")


@pytest.fixture
def wave(rng):
    """Two seconds at 24 kHz."""
    return rng.uniform(-0.3, 0.3, 48000).astype(np.float32)


def called(folder, wave, length, **how):
    """What transformers gives for windows of a wave, one by one."""
    from transformers import AutoFeatureExtractor, AutoModel

    take = AutoFeatureExtractor.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    out = []
    for start in range(0, len(wave) - length + 1, length):
        window = wave[start : start + length]
        inputs = take(window, sampling_rate=take.sampling_rate, return_tensors="pt")
        if "is_longer" in inputs:
            inputs["is_longer"][:] = False  # the extractor draws it, and none is
        with torch.inference_mode():
            compute = getattr(model, "get_audio_features", model)
            out.append(compute(**inputs, output_hidden_states=True))
    return out


# -- values ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["wav2vec2", "hubert", "ast", "clap", "clap_fusion"])
@pytest.mark.parametrize("layer", ["last", 0, 1, "pooled"])
def test_layers_are_those_of_transformers(models, wave, name, layer):
    rate = {"hubert": 24000, "clap": 48000, "clap_fusion": 48000}.get(name, 16000)
    wave = wave[: 2 * rate]
    embedding = HuggingFaceEmbedding(
        models(name), layer=layer, window=0.5, pooling=None, batch_size=3
    )
    if layer == "pooled" and name in ("wav2vec2", "hubert"):
        with pytest.raises(ValueError, match=r"layer='pooled'.*no pooler_output"):
            embedding.fit_transform([wave])
        return
    expected = []
    for out in called(models(name), wave, rate // 2):
        values = {"last": out.last_hidden_state, "pooled": out.get("pooler_output")}
        values = values[layer] if isinstance(layer, str) else out.hidden_states[layer]
        axes = {2: (), 3: (1,), 4: (2, 3)}[values.ndim]
        expected.append((values.mean(axes) if axes else values)[0].numpy())
    found = embedding.fit_transform([wave])[0]
    assert found.shape == (expected[0].size, len(wave) // (rate // 2))
    np.testing.assert_allclose(found.T, expected, rtol=1e-3, atol=1e-5)


def test_mean_over_layers(models, wave):
    out = called(models("hubert"), wave, 24000)
    expected = [torch.stack(o.hidden_states).mean((0, 2))[0].numpy() for o in out]
    embedding = HuggingFaceEmbedding(models("hubert"), layer="mean", window=1.0)
    found = embedding.fit_transform([wave])
    np.testing.assert_allclose(found[0], np.mean(expected, axis=0), atol=1e-5)


def test_pooling_of_frames_and_windows(models, wave):
    out = called(models("hubert"), wave, 24000)
    frames = [o.last_hidden_state[0].numpy() for o in out]
    rows = np.stack([np.r_[f.mean(axis=0), f.std(axis=0)] for f in frames])
    embedding = HuggingFaceEmbedding(
        models("hubert"), window=1.0, frame_pooling="mean_std", pooling="max"
    )
    found = embedding.fit_transform([wave])
    np.testing.assert_allclose(found[0], rows.max(axis=0), atol=1e-5)
    names = embedding.get_feature_names_out()
    assert len(names) == 24
    assert {"last_0_mean", "last_11_std"} <= {*names}
    embedding.set_params(layer=2, frame_pooling=None, pooling=None)
    np.testing.assert_allclose(
        embedding.fit_transform([wave])[0],
        np.concatenate([o.hidden_states[2][0].numpy() for o in out]).T,
        atol=1e-5,
    )
    assert embedding.get_feature_names_out()[-1] == "layer2_11"


def test_rates(models, wave):
    """Arrays without a rate are at the model's, unless ``sample_rate`` is given."""
    embedding = HuggingFaceEmbedding(models("hubert"), window=0.5)
    found = embedding.fit_transform([wave, (wave, 24000), (wave, 48000)])
    np.testing.assert_array_equal(found[0], found[1])
    other = clone(embedding).set_params(sample_rate=48000).fit_transform([wave])
    np.testing.assert_array_equal(other[0], found[2])
    assert not np.allclose(found[0], found[2])


def test_half_precision_is_computed_in_single(models, wave, tmp_path):
    from transformers import AutoModel

    shutil.copytree(models("hubert"), tmp_path / "half")
    model = AutoModel.from_pretrained(models("hubert"))
    model.half().save_pretrained(tmp_path / "half")
    found = HuggingFaceEmbedding(tmp_path / "half").fit_transform([wave])
    expected = HuggingFaceEmbedding(models("hubert")).fit_transform([wave])
    np.testing.assert_allclose(found, expected, atol=0.02)


# -- loading --------------------------------------------------------------------------


def test_weights_are_loaded_once_and_when_they_are_needed(tiny, wave, monkeypatch):
    from transformers import AutoModel

    loads, load = [], AutoModel.from_pretrained

    def noted(*args, **how):
        loads.append(args)
        return load(*args, **how)

    monkeypatch.setattr(AutoModel, "from_pretrained", noted)
    embedding = HuggingFaceEmbedding(str(tiny), window=0.5, n_jobs=2).fit([wave])
    assert not loads
    found = embedding.transform([wave] * 4)
    again = pickle.loads(pickle.dumps(embedding))
    np.testing.assert_array_equal(again.transform([wave]), found[:1])
    assert len(loads) == 1
    assert len(pickle.dumps(embedding)) < 2000


def test_what_is_sent_to_other_processes(wave):
    embedding = HuggingFaceEmbedding(TINY_MODEL, window=0.5)
    sent = pickle.dumps(embedding._waveform_function())
    assert len(sent) < 2000
    expected = embedding.fit_transform([wave])[0]
    np.testing.assert_array_equal(pickle.loads(sent)(wave), expected)


def test_importing_the_package_loads_no_transformers():
    code = (
        "import sys; from sklearn_genre import HuggingFaceEmbedding as H; "
        "H('org/model'); print('transformers' in sys.modules)"
    )
    assert in_fresh_python(code).strip() == "False"


def test_without_the_extra(wave, monkeypatch):
    def absent(name, *args, **how):
        if name == "transformers":
            raise ImportError(name)
        return original(name, *args, **how)

    original = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ImportError, match=r'pip install "sklearn-genre\[hub\]"'):
        HuggingFaceEmbedding(TINY_MODEL).fit([wave])


# -- the hub --------------------------------------------------------------------------

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A cache of downloads with a tiny model, as huggingface_hub lays it out."""
    from huggingface_hub import constants

    home = tmp_path / "models--people--tiny"
    shutil.copytree(TINY_MODEL, home / "snapshots" / COMMIT)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(COMMIT)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("transformers.utils.hub.constants.HF_HUB_CACHE", str(tmp_path))
    _hub_models._commit.cache_clear()
    yield home
    _hub_models._commit.cache_clear()


def test_a_published_model(hub, wave, folder):
    expected = HuggingFaceEmbedding(TINY_MODEL).fit_transform([wave])
    for revision in (None, "main", COMMIT):
        embedding = HuggingFaceEmbedding("people/tiny", revision=revision, cache=folder)
        np.testing.assert_array_equal(embedding.fit_transform([wave]), expected)
    source = _hub_models.find("people/tiny", None, False)
    assert source.revision == COMMIT


def test_another_commit_is_another_entry(hub, wave, folder):
    embedding = HuggingFaceEmbedding("people/tiny", cache=folder)
    embedding.fit_transform([wave])
    other = COMMIT[::-1]
    (hub / "snapshots" / COMMIT).rename(hub / "snapshots" / other)
    (hub / "refs" / "main").write_text(other)
    _hub_models._commit.cache_clear()  # as another process would see it
    embedding.fit_transform([wave])
    assert len(entries(folder)) == 2


@pytest.mark.parametrize("revision", [None, "other"])
def test_a_model_that_is_not_there(hub, wave, revision):
    model = "people/tiny" if revision else "people/huge"
    embedding = HuggingFaceEmbedding(model, revision=revision)
    with pytest.raises(ValueError, match="model='people") as raised:
        embedding.fit([wave])
    for words in ("hf download people/", "--local-dir", "HF_HOME", "HF_HUB_OFFLINE=1"):
        assert words in str(raised.value)


# -- what cannot be used --------------------------------------------------------------


@pytest.mark.parametrize("layer", [3, 1000])
def test_a_layer_that_is_not_there(wave, layer):
    with pytest.raises(ValueError, match=rf"layer={layer} .* the layers 0 to 2"):
        HuggingFaceEmbedding(TINY_MODEL, layer=layer).fit_transform([wave])


def test_layers_of_different_sizes_have_no_mean(models, wave):
    embedding = HuggingFaceEmbedding(models("clap"), layer="mean", window=1.0)
    with pytest.raises(ValueError, match=r"layer='mean'.*differ in size"):
        embedding.fit_transform([wave])


def test_a_model_of_text(models, wave):
    with pytest.raises(ValueError, match=r"text' cannot be used.*models of audio"):
        HuggingFaceEmbedding(str(models("text"))).fit([wave])


def test_a_model_that_writes_text(models, wave):
    with pytest.raises(ValueError, match=r"whisper'.*EmbeddingTransformer"):
        HuggingFaceEmbedding(str(models("whisper"))).fit_transform([wave])


@pytest.mark.parametrize(("name", "most"), [("ast", 1), ("clap", 2), ("whisper", 30)])
def test_windows_that_the_extractor_would_cut(models, wave, name, most):
    HuggingFaceEmbedding(models(name), window=most).fit([wave])
    with pytest.raises(ValueError, match=f"window must be at most {most} s"):
        HuggingFaceEmbedding(models(name), window=most + 0.1).fit([wave])


def test_an_empty_folder(tmp_path, wave):
    with pytest.raises(ValueError, match=r"has no file config\.json"):
        HuggingFaceEmbedding(tmp_path).fit([wave])


def test_a_folder_has_no_revision(wave):
    with pytest.raises(ValueError, match="revision must be None for a folder"):
        HuggingFaceEmbedding(TINY_MODEL, revision="main").fit([wave])


def test_weights_that_are_not_there(tiny, wave):
    (tiny / "model.safetensors").unlink()
    with pytest.raises(ValueError, match=r"tiny' cannot be used: transformers cannot"):
        HuggingFaceEmbedding(str(tiny)).fit_transform([wave])


def test_weights_that_are_not_whole(tiny, wave):
    """transformers draws what is missing at random, with no more than a warning."""
    from safetensors.torch import load_file, save_file

    weights = load_file(tiny / "model.safetensors")
    del weights["encoder.layers.0.attention.k_proj.weight"]
    save_file(weights, tiny / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"lack 1 arrays of weights.*k_proj"):
        HuggingFaceEmbedding(str(tiny)).fit_transform([wave])


# -- code of others -------------------------------------------------------------------

CODE = """
from pathlib import Path
from transformers import PretrainedConfig, Wav2Vec2Config, Wav2Vec2Model

class OtherConfig(Wav2Vec2Config):
    model_type = "other_kind"

class Other(Wav2Vec2Model):
    config_class = OtherConfig

    def forward(self, *args, **how):
        out = super().forward(*args, **how)
        out.last_hidden_state = 0 * out.last_hidden_state + 7
        return out
"""


@pytest.fixture
def foreign(tiny, tmp_path, monkeypatch):
    """A model that comes with its code, as MERT does."""
    config = json.loads((tiny / "config.json").read_text())
    config |= {"model_type": "other_kind", "architectures": ["Other"]}
    config["auto_map"] = {"AutoConfig": "code.OtherConfig", "AutoModel": "code.Other"}
    (tiny / "config.json").write_text(json.dumps(config))
    (tiny / "code.py").write_text(CODE)
    # where transformers copies such code to
    monkeypatch.setattr(
        "transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules")
    )
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tiny


def test_code_of_others_runs_only_if_it_is_trusted(foreign, wave):
    embedding = HuggingFaceEmbedding(str(foreign))
    with pytest.raises(ValueError, match=r"set trust_remote_code=True"):
        embedding.fit_transform([wave])
    embedding.set_params(trust_remote_code=True)
    np.testing.assert_array_equal(embedding.fit_transform([wave]), np.full((1, 12), 7))


def test_code_elsewhere_cannot_be_cached(foreign, wave, folder):
    config = json.loads((foreign / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "people/repository--code.Other"}
    (foreign / "config.json").write_text(json.dumps(config))
    source = _hub_models.find(foreign, None, True)
    with pytest.raises(ValueError, match=r"cache must be None.*another repository"):
        _hub_models.depends_on(source)


# -- the cache ------------------------------------------------------------------------


def test_the_content_of_a_folder_is_the_key(tiny, wave, folder, tmp_path):
    from safetensors.torch import load_file, save_file

    embedding = HuggingFaceEmbedding(str(tiny), window=0.5, cache=folder)
    before = embedding.fit_transform([wave])
    np.testing.assert_array_equal(embedding.fit_transform([wave]), before)
    assert len(entries(folder)) == 1
    file = tiny / "model.safetensors"
    stat = file.stat()
    weights = load_file(file)
    weights["encoder.layer_norm.bias"] += 1
    save_file(weights, file, metadata={"format": "pt"})
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert file.stat().st_size == stat.st_size
    after = embedding.fit_transform([wave])
    assert len(entries(folder)) == 2
    np.testing.assert_array_equal(
        after, clone(embedding).set_params(cache=None).fit_transform([wave])
    )
    assert not np.allclose(after, before)


def test_a_cached_clip_needs_no_weights(tiny, wave, folder, monkeypatch):
    embedding = HuggingFaceEmbedding(str(tiny), cache=folder)
    first = embedding.fit_transform([wave])
    monkeypatch.setattr(_hub_models, "network", None)
    np.testing.assert_array_equal(embedding.fit_transform([wave]), first)


@pytest.mark.parametrize("change", [{"layer": 1}, {"frame_pooling": "max"}])
def test_parameters_belong_to_the_key(change, wave, folder):
    embedding = HuggingFaceEmbedding(TINY_MODEL, cache=folder)
    embedding.fit_transform([wave])
    found = embedding.set_params(**change).fit_transform([wave])
    assert len(entries(folder)) == 2
    embedding.set_params(cache=None)
    np.testing.assert_array_equal(found, embedding.fit_transform([wave]))

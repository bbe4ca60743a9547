"""Pictures of models: trainings, embeddings, attributions, filters, codes."""

import re

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    Autoencoder,
    CNNClassifier,
    DenseClassifier,
    MelSpectrogram,
    SampleCNNClassifier,
    Slicer,
    TemporalCNNClassifier,
    make_genre_audio,
)
from sklearn_genre.inspection import integrated_gradients, layer_weights, project
from sklearn_genre.plotting import (
    ActivationDisplay,
    EmbeddingDisplay,
    FilterDisplay,
    ReconstructionDisplay,
    TrainingDisplay,
)

SMALL = dict(n_filters=(4,), max_epochs=3, random_state=0)


# -- trainings ---------------------------------------------------------------------
def test_each_measure_has_a_panel_with_both_sides():
    curves = {
        "epoch": [1, 2, 3],
        "train_loss": [3.0, 2.0, 1.0],
        "valid_loss": [3.0, 2.5, 2.8],
        "valid_auc": [0.5, 0.6, 0.7],
        "dur": [1.0, 1.0, 1.0],
    }
    display = TrainingDisplay(curves).plot()
    assert [ax.get_ylabel() for ax in display.ax_] == ["Loss", "ROC-AUC"]
    train, valid, best = display.ax_[0].lines
    assert train.get_ydata().tolist() == [3, 2, 1]
    assert valid.get_ydata().tolist() == [3, 2.5, 2.8]
    assert display.best_epoch_ == 2
    assert set(best.get_xdata()) == {2}
    names = [text.get_text() for text in display.figure_.legends[0].texts]
    assert names == ["training", "validation", "lowest validation loss (2)"]


def test_a_training_without_validation(clips):
    X, y = clips
    display = TrainingDisplay.from_estimator(CNNClassifier(**SMALL).fit(X, y))
    assert display.best_epoch_ is None
    assert [ax.get_ylabel() for ax in display.ax_] == ["Loss", "Accuracy"]
    for ax in display.ax_:
        assert [line.get_xdata().tolist() for line in ax.lines] == [[1, 2, 3]]


# -- embeddings --------------------------------------------------------------------
def test_points_are_the_projection(rng):
    X, y = rng.normal(size=(30, 5)), np.repeat(["rock", "jazz", "folk"], 10)
    display = EmbeddingDisplay.from_features(X, y)
    assert list(display.scatters_) == ["folk", "jazz", "rock"]
    drawn = display.scatters_["jazz"].get_offsets()
    np.testing.assert_allclose(drawn, project(X)[y == "jazz"])
    legend = display.ax_.get_legend()
    assert [text.get_text() for text in legend.texts] == ["folk", "jazz", "rock"]
    tsne = EmbeddingDisplay.from_features(X, y, method="tsne", perplexity=5)
    assert tsne.ax_.get_ylabel() == "t-SNE 2"


def test_what_a_model_makes_of_songs(clips):
    X, y = clips
    cnn, encoder = CNNClassifier(**SMALL).fit(X, y), Autoencoder(max_epochs=1).fit(X)
    for model, values in (
        (cnn, cnn.decision_function(X)),
        (encoder, encoder.transform(X)),
    ):
        points = EmbeddingDisplay.from_estimator(model, X, y).points
        np.testing.assert_allclose(np.abs(points), np.abs(project(values)), atol=1e-4)
    proba = EmbeddingDisplay.from_estimator(cnn, X, y, response_method="predict_proba")
    expected = np.abs(project(cnn.predict_proba(X)))
    np.testing.assert_allclose(np.abs(proba.points), expected, atol=1e-5)


def test_the_page_names_each_point(rng, tmp_path):
    X, y = rng.normal(size=(12, 3)), np.array(["rock", "jazz & blues"] * 6)
    names = [f"Artist <{k}>" for k in range(12)]
    display = EmbeddingDisplay.from_features(X, y, names=names)
    display.to_html(tmp_path / "songs.html", title="A & B")
    page = (tmp_path / "songs.html").read_text("utf-8")
    found = re.findall(r"<title>(.*?)</title>", page)
    assert found[0] == "A &amp; B"
    order = [*range(1, 12, 2), *range(0, 12, 2)]
    assert [int(re.search(r"\d+", one)[0]) for one in found[1:]] == order
    assert found[1] == "Artist &lt;1&gt; (jazz &amp; blues)"
    outside = re.sub(
        r'xmlns(:\w+)?="[^"]*"|<metadata>.*?</metadata>', "", page, flags=re.S
    )
    assert "http" not in outside, "nothing is fetched"


def test_embedding_errors(rng):
    X = rng.normal(size=(6, 3))
    with pytest.raises(ValueError, match=r"of shape \(n, 2\), got \(6, 3\)"):
        EmbeddingDisplay(X, ["rock"] * 6)
    with pytest.raises(ValueError, match="inconsistent"):
        EmbeddingDisplay.from_features(X, ["rock"] * 5)
    with pytest.raises(ValueError, match="response_method must be"):
        EmbeddingDisplay.from_estimator(None, X, ["rock"] * 6, response_method="fit")


# -- what networks use ---------------------------------------------------------------
@pytest.fixture(scope="module")
def heard():
    """Two songs, and a network on their spectrograms."""
    songs = make_genre_audio(3, genres=["dub", "waltz"], duration=2.0)
    mel = MelSpectrogram(n_mels=32, hop_length=1024)
    model = make_pipeline(mel, CNNClassifier(**SMALL))
    return songs, model.fit(songs.audio, songs.target)


def test_an_activation_has_the_axes_of_the_song(heard):
    songs, model = heard
    display = ActivationDisplay.from_estimator(model, songs.audio[0], label="waltz")
    upper, lower = display.ax_
    assert abs(lower.get_xlim()[1] - 2) < 0.1
    assert lower.get_ylabel() == upper.get_ylabel() == "Frequency (Hz)"
    assert lower.get_title() == "For (red) and against (blue) waltz"
    expected = integrated_gradients(model, songs.audio[:1], label="waltz")[0]
    np.testing.assert_allclose(display.attributions, expected, atol=1e-6)
    low, high = lower.collections[0].get_clim()
    assert low == -high, "zero is white"


def test_an_activation_of_the_answer(heard):
    songs, model = heard
    display = ActivationDisplay.from_estimator(model, songs.audio[0])
    assert display.label == model.predict(songs.audio[:1])[0]


def test_an_activation_of_arrays_and_slices(clips):
    X, y = clips
    cnn = CNNClassifier(**SMALL).fit(X, y)
    display = ActivationDisplay.from_estimator(cnn, X[0])
    assert display.ax_[1].get_xlabel() == "Frame"
    assert display.ax_[1].get_xlim() == (0, X.shape[2])
    sliced = make_pipeline(Slicer(slice_length=16), CNNClassifier(**SMALL)).fit(X, y)
    assert ActivationDisplay.from_estimator(sliced, X[0]).attributions.shape == (16, 16)


def test_what_has_no_activation(clips, rng):
    X, y = clips
    dense = DenseClassifier(max_epochs=1).fit(X[:, :, 0], y)
    with pytest.raises(ValueError, match="DenseClassifier was fitted on X of 2 dim"):
        ActivationDisplay.from_estimator(dense, X[0, :, 0])
    with pytest.raises(ValueError, match=r"shape of the spectrogram, \(3, 4\)"):
        ActivationDisplay(np.zeros((3, 4)), np.zeros((4, 3)))


def test_filters_along_time_have_a_row_for_each_band(clips):
    X, y = clips
    net = TemporalCNNClassifier(max_epochs=1, random_state=0).fit(X, y)
    display = FilterDisplay.from_estimator(net, n_filters=2)
    weights = layer_weights(net)
    assert weights.shape[1:3] == (X.shape[1], 1)
    for ax in display.ax_:
        drawn = ax.images[0].get_array()
        assert (drawn == weights[int(ax.get_title()), :, 0]).all()


def test_filters_are_the_weights_largest_first(clips):
    X, y = clips
    cnn = CNNClassifier(n_filters=(6, 4), max_epochs=1, random_state=0).fit(X, y)
    display = FilterDisplay.from_estimator(cnn, n_filters=5)
    weights = layer_weights(cnn)[:, 0]
    order = np.argsort(-np.square(weights).sum(axis=(1, 2)))[:5]
    assert [ax.get_title() for ax in display.ax_] == [str(k) for k in order]
    for ax, k in zip(display.ax_, order, strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), weights[k])
    with pytest.raises(ValueError, match="layer 1 have 6 input maps"):
        FilterDisplay.from_estimator(cnn, layer=1)


def test_filters_of_a_waveform_are_lines(rng):
    X = rng.normal(size=(4, 2187)).astype(np.float32)
    model = SampleCNNClassifier(max_epochs=1, random_state=0).fit(X, [0, 1, 0, 1])
    display = FilterDisplay.from_estimator(model, n_filters=3)
    weights = layer_weights(model).reshape(-1, 3)
    np.testing.assert_array_equal(
        display.ax_[0].lines[0].get_ydata(), weights[display.order[0]]
    )


# -- codes ---------------------------------------------------------------------------
def test_clips_are_above_what_was_rebuilt(clips):
    X, _ = clips
    encoder = Autoencoder(max_epochs=2, random_state=0).fit(X)
    display = ReconstructionDisplay.from_estimator(encoder, X, n_clips=2)
    assert display.ax_.shape == (2, 2)
    rebuilt = encoder.inverse_transform(encoder.transform(X[:2]))
    np.testing.assert_allclose(display.rebuilt, rebuilt, atol=1e-6)
    error = np.sqrt(encoder.reconstruction_error(X[:2]))
    np.testing.assert_allclose(display.error_, error, rtol=1e-4)
    assert display.ax_[1, 0].get_title() == f"rebuilt, off by {error[0]:.3g} (rms)"
    above, below = (ax.collections[0] for ax in display.ax_[:, 0])
    np.testing.assert_allclose(np.asarray(above.get_array()), X[0])
    assert above.get_clim() == below.get_clim()


def test_slices_of_one_band_are_lines():
    X = np.random.default_rng(0).normal(size=(6, 2, 1, 20))
    encoder = Autoencoder(hidden_sizes=(8,), n_components=2, max_epochs=1).fit(X)
    display = ReconstructionDisplay.from_estimator(encoder, X, n_clips=2)
    assert display.ax_.shape == (1, 2)
    np.testing.assert_allclose(display.ax_[0, 0].lines[0].get_ydata(), X[0, 0, 0])


def test_tables_are_lines(rng):
    X = rng.normal(size=(20, 12))
    encoder = Autoencoder(hidden_sizes=(8,), n_components=2, max_epochs=1).fit(X)
    display = ReconstructionDisplay.from_estimator(encoder, X, n_clips=2)
    assert display.ax_.shape == (1, 2)
    np.testing.assert_allclose(display.ax_[0, 1].lines[0].get_ydata(), X[1])


def test_songs_have_seconds():
    songs = make_genre_audio(2, genres=["dub", "waltz"], duration=2.0)
    mel = MelSpectrogram(n_mels=16, hop_length=1024)
    encoder = Autoencoder(hidden_sizes=(8,), n_components=2, max_epochs=1)
    model = make_pipeline(mel, Slicer(slice_length=20), encoder).fit(songs.audio)
    display = ReconstructionDisplay.from_estimator(model, songs.audio, n_clips=1)
    assert abs(display.ax_[1, 0].get_xlim()[1] - 20 * 1024 / 22050) < 0.1
    assert display.ax_[1, 0].get_ylabel() == "Frequency (Hz)"


def test_what_rebuilds_nothing(clips):
    X, y = clips
    with pytest.raises(TypeError, match="CNNClassifier rebuilds nothing"):
        ReconstructionDisplay.from_estimator(CNNClassifier(**SMALL).fit(X, y), X)
    with pytest.raises(ValueError, match=r"shape of the clips, \(2, 3\)"):
        ReconstructionDisplay(np.zeros((2, 3)), np.zeros((3, 2)))

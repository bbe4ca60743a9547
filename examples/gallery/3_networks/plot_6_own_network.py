"""
A network of your own
=====================

A torch module and a table of its parameters make a classifier. Training, early
stopping, slices, tags, devices, saving and all that scikit-learn expects come with the
base class.
"""

from sklearn.pipeline import make_pipeline
from torch import nn

from sklearn_genre import MelSpectrogram, NeuralClassifier, evaluate, make_genre_audio
from sklearn_genre.parameters import Integer
from sklearn_genre.plotting import confusion_display


class Recurrent(nn.Module):
    """A GRU over the frames, and the mean of its steps."""

    def __init__(self, n_bands, n_frames, n_outputs, *, n_units):
        super().__init__()
        self.recurrent = nn.GRU(n_bands, n_units, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * n_units, n_outputs)

    def forward(self, X):
        """Map (batch, n_bands, n_frames) to logits (batch, n_outputs)."""
        steps, _ = self.recurrent(X.transpose(1, 2))
        return self.out(steps.mean(1))


class RecurrentClassifier(NeuralClassifier):
    """A recurrent network over the frames of a spectrogram."""

    _module = Recurrent
    _architecture = {"n_units": Integer(64, "Units each way.", low=1, high=4096)}


# %%
# It is an estimator like any other: in a Pipeline, in a search, in ``evaluate``.
songs = make_genre_audio(10, genres=["breakbeat", "chorale", "swing", "techno"])
model = make_pipeline(
    MelSpectrogram(n_mels=48, hop_length=1024),
    RecurrentClassifier(n_units=24, lr=0.01, max_epochs=20, random_state=0),
)
model

# %%
report = evaluate(model, songs, n_splits=4)
confusion_display(report)

# %%
# A bad value is refused by its name.
try:
    RecurrentClassifier(n_units=0).check_params()
except ValueError as error:
    print(error)

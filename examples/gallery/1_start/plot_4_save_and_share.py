"""
Save a model, share it, run it without Python
=============================================

A fitted model fits into one file. Loading it runs no code of the file, so that you can
take one from anybody.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import onnxruntime
from sklearn.pipeline import make_pipeline

from sklearn_genre import (
    MelSpectrogram,
    ShrinkageDiscriminantAnalysis,
    TextureStats,
    export_onnx,
    load_model,
    make_genre_audio,
    save_model,
)
from sklearn_genre.pretrained import model_card

songs = make_genre_audio(6, genres=["dub", "swing", "techno", "waltz"])
model = make_pipeline(
    MelSpectrogram(), TextureStats(), ShrinkageDiscriminantAnalysis()
).fit(songs.audio, songs.target)
folder = Path(tempfile.mkdtemp())
save_model(model, folder / "styles.skops", card="24 synthetic songs. Not for music.")
print((folder / "styles.skops").stat().st_size // 1024, "KB")

# %%
# The card says what the file was made of, and can be read without loading the model.
print(model_card(folder / "styles.skops"))

# %%
# The loaded model gives the same probabilities, to the last bit.
loaded = load_model(folder / "styles.skops")
before, after = (m.predict_proba(songs.audio) for m in (model, loaded))
print("equal:", np.array_equal(before, after))

# %%
# Phones, browsers and servers run ONNX. The whole model is in that file, from the
# samples to the probabilities.
export_onnx(model, folder / "styles.onnx")
session = onnxruntime.InferenceSession(folder / "styles.onnx")
waves = np.array(songs.audio, dtype=np.float32)
(elsewhere,) = session.run(None, {"waveform": waves})

# %%
# Every dot is a probability: as Python gives it, and as the file does.
figure, ax = plt.subplots(figsize=(4, 4), layout="constrained")
ax.plot([0, 1], [0, 1], color="silver", zorder=0)
ax.plot(before.ravel(), elsewhere.ravel(), ".")
ax.set(xlabel="predict_proba", ylabel="ONNX Runtime")
print("largest difference:", f"{np.abs(before - elsewhere).max():.0e}")

"""Track files as the Million Song Dataset has them."""

import numpy as np
import pytest

SONG = np.dtype(
    [(n, "f8") for n in ("duration", "loudness", "tempo", "key_confidence")]
    + [(n, "f8") for n in ("mode_confidence", "time_signature_confidence")]
    + [(n, "i4") for n in ("key", "mode", "time_signature")]
    + [("track_id", "S32")]
)
META = np.dtype(
    [(name, "S1024") for name in ("artist_id", "artist_name", "title")]
    + [("track_7digitalid", "i4")]
)


def msd(
    root,
    track,
    *,
    n_segments=40,
    n_beats=9,
    n_songs=1,
    name=None,
    artist="AR1",
    title="",
    shop=7,
):
    """A track file; returns what is in it."""
    h5py = pytest.importorskip("h5py")
    rng = np.random.default_rng(sum(map(ord, track)))
    song = np.zeros(n_songs, SONG)
    song["duration"], song["tempo"], song["loudness"] = 20.0, 120.0, -7.5
    song["key"], song["mode"], song["time_signature"] = 9, 1, 4
    song["track_id"] = track
    meta = np.zeros(n_songs, META)
    meta["artist_id"], meta["artist_name"] = artist, "Björk".encode()
    meta["title"], meta["track_7digitalid"] = title, shop
    arrays = {
        "segments_timbre": rng.normal(size=(n_segments, 12)),
        "segments_pitches": rng.uniform(size=(n_segments, 12)),
        "segments_loudness_max": rng.normal(size=n_segments),
        "segments_loudness_start": rng.normal(size=n_segments),
        "beats_start": 0.5 * np.arange(n_beats) + 0.1,
    }
    path = root / track[2] / f"{name or track}.h5"
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file["analysis/songs"], file["metadata/songs"] = song, meta
        for key, values in arrays.items():
            file[f"analysis/{key}"] = values
    return arrays

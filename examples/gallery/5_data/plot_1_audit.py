"""
Looking through a folder before training on it
==============================================

Copies, silence, clipped or broken files: every large collection has some.
:func:`~sklearn_genre.audit` finds them and changes nothing.
"""

import tempfile
from pathlib import Path

import numpy as np
import soundfile

from sklearn_genre import audit, load_audio, make_genre_audio
from sklearn_genre.plotting import AuditDisplay

folder = Path(tempfile.mkdtemp()) / "music"
songs = make_genre_audio(8, genres=["dub", "swing", "waltz"], directory=folder)

# %%
# Six things go wrong: a copy in another genre, a softer copy, a silent file, a
# clipped one, a short one, and a file that is no audio.
(folder / "waltz" / "broken.wav").write_bytes(b"no audio at all")
rate = songs.sample_rate
waves = [load_audio(path)[0] for path in songs.paths]
soundfile.write(folder / "waltz" / "copy.wav", waves[0], rate)
soundfile.write(folder / "dub" / "softer.wav", 0.3 * waves[1], rate)
soundfile.write(folder / "dub" / "silent.wav", np.zeros(4 * rate), rate)
soundfile.write(folder / "swing" / "loud.wav", np.clip(50 * waves[8], -1, 1), rate)
soundfile.write(folder / "swing" / "short.wav", waves[9][: rate // 2], rate)

# %%
# Durations, levels, songs of each genre, and what was found.
report = audit(folder)
AuditDisplay.from_report(report)

# %%
# The files with findings, as a table. ``report.usable`` tells which clips can be used.
table = report.to_frame()
table["clip"] = [Path(clip).name for clip in table["clip"]]
table.loc[table["findings"] != "", ["clip", "label", "duration", "findings"]]

# %%
# Near duplicates are there to be listened to: beside the softer and the loud copy, two
# songs of dub are taken for one.

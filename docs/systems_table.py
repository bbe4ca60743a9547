"""Write the tables of the pages on systems from the package's list and the results.

python docs/systems_table.py
"""

import csv
from collections import defaultdict
from pathlib import Path

from sklearn_genre import recipes

PAGE = Path(__file__).with_name("systems.md")
LEDGER = PAGE.with_name("systems_rows.md")
RESULTS = PAGE.parents[1] / "benchmarks" / "results" / "gtzan_recipes.csv"
FROM_AUDIO = RESULTS.with_name("emotify_recipes.csv")
PROTOCOLS = ("random", "artist", "fault_filtered")
HEAD = (
    "| recipe | system | paper | rows | figure | split of the figure | weights |",
    "|---|---|---|---|---|---|---|",
)

# a system's name in the results, and when to take it
USES = {
    "jones_dnn()": ("jones_dnn", "for a table of features of a thousand songs or more"),
    "jones_dnn(hidden_sizes=(512,))": (
        "jones_dnn_one_layer",
        "to see what the second layer is worth",
    ),
    "jones_cnn(n_slices=5)": ("jones_5", "for images of whole songs, on a CPU"),
    "jones_cnn(n_slices=10)": ("jones_10", "the same, with more detail in time"),
    "gmm()": ("gmm", "for a model of what each genre is like, without a network"),
    "pun_svm(multiclass='ovo')": ("svm_rbf_pairwise", "to compare with *ovr*"),
    "pun_svm(multiclass='ovr')": ("svm_rbf", "as the baseline for tables of features"),
    "panwar_crnn()": ("crnn", "for tags, or where the order in time matters; on a GPU"),
    "panwar_crnn(variant='choi')": ("crnn_choi", "the same, for fewer songs: dropout"),
    "choi_fcn(n_layers=4)": ("fcn_4", "for ten thousand clips or more, on a GPU"),
    "choi_fcn(n_layers=5)": ("fcn_5", "to see what the fifth layer is worth"),
    "lachmish_cnn(features='mel')": (
        "lachmish_mel",
        'to repeat the document; learns more with `scale="db"`',
    ),
    "lachmish_cnn(features='mfcc')": ("lachmish_mfcc", "for small inputs"),
    "lachmish_cnn(features='mel', variant='code')": (
        "lachmish_mel_code",
        "only to repeat its code",
    ),
    "lachmish_cnn(features='mfcc', variant='code')": (
        "lachmish_mfcc_code",
        "only to repeat its code",
    ),
    "knn()": ("knn", "to see which songs are near"),
    "tree()": ("tree", "for rules that can be read"),
    "dieleman_cnn()": ("dieleman", "for tags, as the smallest network; on a CPU"),
    "dieleman_multiscale()": (
        "multiscale",
        "highest by artist of the documents' systems without pretraining; seconds on "
        "a CPU",
    ),
    "oord_transfer()": (None, "to compare with `recipes.pretrained`"),
    "hamel_pooled()": ("hamel", "for tags from a table of features"),
    "nmf()": ("nmf", "to see of what sounds songs are made"),
    "pun_logistic()": ("logistic", "first of all: seconds, and weights to read"),
    "pun_svm(kernel='rbf')": ("svm_rbf", "as the baseline for tables of features"),
    "pun_svm(kernel='poly')": ("svm_poly", "to compare kernels"),
    "pun_svm(kernel='sigmoid')": ("svm_sigmoid", "to compare kernels"),
    "pun_bayes()": ("naive_bayes", "for few songs of each genre"),
    "pun_dense()": ("pun_dense", "for a table of features of a thousand songs or more"),
    "pun_hybrid()": ("pun_hybrid", "for audio and a thousand songs, on a GPU"),
    "autoencoder_two_stage()": (None, "for codes, learned from songs without genres"),
    "softmax_autoencoder()": (None, "for codes that also know genres"),
    "pca_two_stage()": (None, "as the baseline for codes"),
    "short_chunk_cnn()": (
        "short_chunk",
        "for tags or genres from scratch, on a GPU; highest of these fault-filtered",
    ),
    "musicnn()": ("musicnn", "for tags; `recipes.fine_tuned` has it trained already"),
    "sample_cnn()": (None, "for raw samples of ten thousand clips or more, on a GPU"),
}
WHICH = (
    "| recipe | system | figure | by song | by artist | fault-filtered | 4 genres "
    "| weights | take it |",
    "|---|---|---|---|---|---|---|---|---|",
)


def table():
    """Return the lines of the table of recipes."""
    lines = list(HEAD)
    for system in recipes.SYSTEMS:
        rows = ", ".join(system.rows) or "beyond the documents"
        cells = (
            f"`{system.call()}`",
            system.name,
            system.paper,
            rows,
            figure(system),
            system.split or "-",
            weights(system),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def figure(system):
    """Return the figure of a system's paper, in text."""
    if system.figure is None:
        return "none"
    spread = "" if system.spread is None else f" ± {system.spread:g}"
    quoted = " (quoted)" if system.quoted else ""
    return f"{system.metric} {system.figure:g}{spread}{quoted}"


def which():
    """Return the lines of the table for readers: figure, scores here, when to take."""
    runs, real = results(), from_audio()
    lines = list(WHICH)
    for system in recipes.SYSTEMS:
        call = system.call()
        name, use = USES[call.removeprefix("recipes.")]
        epochs = system.build(front_end=None).get_params().get("classifier__max_epochs")
        scores = [best_trained(runs, name, p, epochs) for p in PROTOCOLS]
        scores.append(real.get((call.removeprefix("recipes."), str(epochs or 0)), "-"))
        cells = (f"`{call}`", system.name, figure(system), *scores, weights(system))
        lines.append(f"| {' | '.join((*cells, use))} |")
    return lines


def from_audio():
    """Return accuracy and interval on songs from audio with seed 0, by system."""
    with FROM_AUDIO.open(encoding="utf-8", newline="") as file:
        return {
            (row["system"], row["epochs"]): "{:.3f} [{:.2f}, {:.2f}]".format(
                *(float(row[name]) for name in ("accuracy", "low", "high"))
            )
            for row in csv.DictReader(file)
            if row["seed"] == "0"
        }


def best_trained(runs, name, protocol, epochs):
    """Return the accuracy of the longest training of a recipe, and how long it was."""
    found = [
        (int(key[1]), rows[protocol])
        for key, rows in runs.items()
        if key[0] == name and rows[protocol]
    ]
    if not found:
        return "-"
    trained, rows = max(found, key=lambda run: run[0])
    short = "" if trained in (0, epochs) else f" ({trained} of {epochs} epochs)"
    return share(rows) + short


def weights(system):
    """Return the number of a network's weights, in text; a dash for other systems."""
    n = system.n_weights()
    return "-" if n is None else f"{n / 1e6:.2f} M"


def results():
    """Return the rows of the results by recipe, epochs and seed, then by protocol."""
    runs = defaultdict(lambda: defaultdict(list))
    with RESULTS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = (row["recipe"], row["epochs"], row["seed"])
            runs[key][row["protocol"]].append(row)
    return runs


def measured():
    """Return the lines of the results, with the number of folds if some are missing."""
    runs = results()
    head = ("recipe", "epochs", "seed", *PROTOCOLS, "minutes")
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for key, protocols in runs.items():
        cells = [_accuracy(protocols[name]) for name in PROTOCOLS]
        rows = [row for name in PROTOCOLS for row in protocols[name]]
        cells.append(f"{sum(float(row['seconds']) for row in rows) / 60:.1f}")
        lines.append(f"| {' | '.join((*key, *cells))} |")
    return lines


def _accuracy(rows):
    """Return the share of correct songs in the finished folds; a dash for none."""
    if not rows:
        return "-"
    n_folds = int(rows[0]["n_folds"])
    part = f" ({len(rows)} of {n_folds} folds)" if len(rows) < n_folds else ""
    return share(rows) + part


def share(rows):
    """Return the share of correct songs over folds, in text."""
    n_songs = sum(int(row["test_songs"]) for row in rows)
    right = sum(float(row["accuracy"]) * int(row["test_songs"]) for row in rows)
    return f"{right / n_songs:.3f}"


def with_tables(text):
    """Return a page with those of the tables renewed that it has."""
    for name, make in (("which", which), ("recipes", table), ("measured", measured)):
        start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
        if start in text:
            before, rest = text.split(start)
            after = rest.split(end)[1]
            text = "\n".join([before + start, "", *make(), "", end + after])
    return text


if __name__ == "__main__":
    for page in (PAGE, LEDGER):
        page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")

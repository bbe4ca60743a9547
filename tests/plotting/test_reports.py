"""Pictures of reports: splits, comparisons, tags, audits, scikit-learn's displays."""

import numpy as np
import pytest
from sklearn.calibration import CalibrationDisplay
from sklearn.metrics import ConfusionMatrixDisplay, roc_auc_score, roc_curve
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid
from sklearn.svm import LinearSVC

from sklearn_genre import audit, evaluate
from sklearn_genre.evaluation import TagReport, compare, published_figures
from sklearn_genre.plotting import (
    AuditDisplay,
    ComparisonDisplay,
    ProtocolDisplay,
    SongTagsDisplay,
    TagReportDisplay,
    calibration_display,
    confusion_display,
    precision_recall_display,
    roc_display,
)


def labels(axis):
    return [tick.get_text() for tick in axis.get_ticklabels()]


@pytest.fixture
def by_artist(music):
    return evaluate(GaussianNB(), music, protocol="artist")


# -- splits and models -----------------------------------------------------------------
def test_protocols_have_scores_and_intervals(music, by_artist):
    songs = np.repeat(np.arange(40), 3)
    leaking = evaluate(
        GaussianNB(), music.data, music.target, songs=songs, protocol="slice_level"
    )
    display = ProtocolDisplay.from_reports([leaking, by_artist], names=["a", "b"])
    ax = display.ax_
    assert labels(ax.yaxis) == ["a", "b"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first is at the top"
    bars = [line for line in ax.lines if len(line.get_xdata()) == 2]
    dots = [line for line in ax.lines if len(line.get_xdata()) == 1]
    for report, bar, dot in zip((leaking, by_artist), bars, dots, strict=True):
        assert tuple(bar.get_xdata()) == report.intervals["accuracy"]
        assert dot.get_xdata()[0] == report.scores["accuracy"]
    assert [dot.get_markerfacecolor() for dot in dots] == ["white", "#0072B2"]
    names = [text.get_text() for text in ax.get_legend().texts]
    assert names == ["this model, 95% interval", "this model, leaking on purpose"]


def test_published_figures_are_those_of_the_same_split(music, by_artist):
    random = evaluate(GaussianNB(), music, protocol="random")
    display = ProtocolDisplay.from_reports([random, by_artist], dataset="gtzan")
    known = published_figures(
        dataset="gtzan", protocol="random 10-fold", metric="accuracy"
    )
    assert [f.value for f in display.published_[0]] == [f.value for f in known]
    ticks = display.ax_.lines[0].get_xdata()
    assert list(ticks) == [f.value for f in known]
    other = ProtocolDisplay.from_reports([random], metric="macro_f1", dataset="gtzan")
    assert other.published_ == [[]]
    assert other.ax_.get_xlabel() == "Macro F1"


def test_protocol_errors(by_artist):
    with pytest.raises(ValueError, match="there is no report"):
        ProtocolDisplay.from_reports([])
    with pytest.raises(ValueError, match="each of 1 reports, got 2"):
        ProtocolDisplay.from_reports([by_artist], names=["a", "b"])
    with pytest.raises(ValueError, match="metric must be"):
        ProtocolDisplay.from_reports([by_artist], metric="auc")
    with pytest.raises(ValueError, match="dataset must be one of"):
        ProtocolDisplay.from_reports([by_artist], dataset="polka")


def test_differences_are_those_of_the_comparison(music, by_artist):
    other = evaluate(NearestCentroid(), music, protocol="artist")
    found = compare(by_artist, other, names=("Bayes", "centroid"))
    display = ComparisonDisplay(found).plot()
    ax = display.ax_
    assert ax.get_title() == "Bayes minus centroid"
    bars = [line for line in ax.lines[1:] if len(line.get_xdata()) == 2]
    assert [tuple(bar.get_xdata()) for bar in bars] == list(found.intervals.values())
    assert sum(ax.get_xlim()) == 0, "no difference is in the middle"
    assert labels(ax.yaxis)[0].startswith("Accuracy\np ")
    several = ComparisonDisplay([found, found], metric="macro_f1").plot()
    assert labels(several.ax_.yaxis) == ["Bayes minus centroid"] * 2


# -- tags --------------------------------------------------------------------------
Y = np.array([[1, 0, 0, 0], [0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 1, 0]])
P = np.array([[0.9, 0.2, 0.4, 0.1], [0.3, 0.6, 0.3, 0.2], [0.4, 0.8, 0.1, 0.1],
              [0.6, 0.1, 0.6, 0.3]])  # fmt: skip
TAGS = ["guitar", "slow", "loud", "opera"]


def test_tags_are_sorted_by_their_scores():
    report = TagReport(Y, P, tags=TAGS)
    display = TagReportDisplay.from_report(report)
    auc, precision = display.ax_
    values = report.per_tag["roc_auc"]
    order = sorted(range(3), key=lambda k: -values[k])
    assert labels(auc.yaxis) == [f"{TAGS[k]} (2)" for k in order], "opera has no row"
    np.testing.assert_allclose(auc.lines[-1].get_xdata(), values[order])
    scores = report.per_tag["average_precision"][order]
    np.testing.assert_allclose(precision.lines[-1].get_xdata(), scores)
    assert {bar.get_width() for bar in precision.patches} == {0.5}, "chance"
    short = TagReportDisplay.from_predictions(Y, P, tags=TAGS, top=1)
    assert labels(short.ax_[0].yaxis) == [f"{TAGS[order[0]]} (2)"]
    with pytest.raises(ValueError, match="sort_by must be"):
        TagReportDisplay.from_report(report, sort_by="f1")


def test_tags_of_a_song():
    display = SongTagsDisplay.from_predictions(
        [0, 1, 0, 1, 0],
        [0.9, 0.8, 0.2, 0.1, 0.05],
        tags=["a", "b", "c", "d", "e"],
        top=3,
    )
    ax = display.ax_
    assert labels(ax.yaxis) == ["a", "b", "c", "d"], "d is a tag of the song"
    weights = [tick.get_fontweight() for tick in ax.get_yticklabels()]
    assert weights == ["normal", "bold", "normal", "bold"]
    widths = {round(bar.get_y() + 0.4): bar.get_width() for bar in ax.patches}
    assert widths == {0: 0.9, 1: 0.8, 2: 0.2, 3: 0.1}
    names = {text.get_text() for text in ax.get_legend().texts}
    assert len(names) == 4


# -- scikit-learn's own displays -------------------------------------------------------
def test_confusion(by_artist):
    display = confusion_display(by_artist)
    assert isinstance(display, ConfusionMatrixDisplay)
    np.testing.assert_array_equal(display.confusion_matrix, by_artist.confusion_matrix)
    assert labels(display.ax_.xaxis) == by_artist.class_names
    shares = confusion_display(by_artist, normalize="true").confusion_matrix
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    with pytest.raises(ValueError, match="normalize must be"):
        confusion_display(by_artist, normalize="rows")


def test_curves_of_each_genre(by_artist):
    displays = roc_display(by_artist)
    assert list(displays) == by_artist.class_names
    k = 2
    auc = roc_auc_score(by_artist.y_true == k, by_artist.proba[:, k])
    curve = displays[by_artist.class_names[k]]
    assert curve.roc_auc == pytest.approx(auc)
    fpr, *_ = roc_curve(by_artist.y_true == k, by_artist.proba[:, k])
    np.testing.assert_allclose(curve.line_.get_xdata(), fpr)
    curves = precision_recall_display(by_artist)
    assert len({display.ax_ for display in curves.values()}) == 1
    assert len({display.line_.get_color() for display in curves.values()}) == 6


def test_calibration(by_artist):
    display = calibration_display(by_artist, n_bins=5)
    assert isinstance(display, CalibrationDisplay)
    right = by_artist.y_true == by_artist.y_pred
    assert len(display.y_prob) == len(right)
    highest = by_artist.proba.max(axis=1)
    top = highest > 0.8
    assert display.prob_true[-1] == pytest.approx(right[top].mean())


def test_without_probabilities(music):
    report = evaluate(LinearSVC(), music, protocol="artist")
    for display in (roc_display, precision_recall_display, calibration_display):
        with pytest.raises(ValueError, match="gives no probabilities"):
            display(report)


# -- audits ------------------------------------------------------------------------
def test_audit(rng):
    rate = 22050
    clips = [0.1 * rng.standard_normal(rate * n) for n in (2, 3, 4)]
    loud = np.clip(2 * rng.standard_normal(rate * 2), -1, 1)
    report = audit(
        [*clips, clips[0].copy(), loud, np.full(rate, np.nan)],
        ["dub", "dub", "polka", "polka", "polka", "polka"],
        sample_rate=rate,
    )
    display = AuditDisplay.from_report(report)
    durations, levels, balance, findings = display.ax_
    assert sum(bar.get_height() for bar in durations.patches) == 6
    assert labels(balance.yaxis) == ["polka", "dub"]
    assert [bar.get_width() for bar in balance.patches] == [4, 2, 1, 1]
    assert balance.get_title() == "1 pair of duplicates"
    n_levels = sum(len(line.get_xdata()) for line in levels.lines[:2])
    assert n_levels == 5
    assert levels.get_title() == "Levels (of 1 not known)"
    kinds = {name.partition("\n")[0] for name in labels(findings.yaxis)}
    assert {"not finite", "clipped"} <= kinds


def test_audit_that_finds_nothing(rng):
    clips = [0.1 * rng.standard_normal(22050 * n) for n in (2, 2)]
    display = AuditDisplay.from_report(audit(clips, sample_rate=22050))
    assert display.ax_[3].get_title() == "No findings"
    assert labels(display.ax_[2].yaxis) == ["all clips"]


def test_audit_of_silent_clips(rng):
    """They do not squeeze the axes of the others, to which they are -200 dB away."""
    clips = [gain * rng.standard_normal(22050) for gain in (0.05, 0.1, 0.2)]
    report = audit([*clips, np.zeros(22050), np.zeros(11025)], sample_rate=22050)
    levels = AuditDisplay.from_report(report).ax_[1]
    assert [text.get_text() for text in levels.texts] == ["silent (2)"]
    assert levels.get_ylim()[0] > -45
    known = levels.lines[0].get_ydata()
    assert len(known) == 3
    assert levels.texts[0].xy[1] < min(known) - 3
    alone = AuditDisplay.from_report(audit([np.zeros(22050)], sample_rate=22050))
    assert [text.get_text() for text in alone.ax_[1].texts] == ["silent (1)"]


def test_legends_of_an_audit_lie_on_nothing(rng):
    loud = np.clip(2 * rng.standard_normal(22050), -1, 1)
    display = AuditDisplay.from_report(audit([loud, loud], sample_rate=22050))
    display.figure_.canvas.draw()
    for ax in display.ax_[1:3]:
        legend = ax.get_legend().get_window_extent()
        assert legend.y1 < ax.xaxis.label.get_window_extent().y0
        assert not any(legend.overlaps(other.bbox) for other in display.ax_)

"""The page: a song goes in, what a model hears in it comes out."""

import functools
import os
from pathlib import Path

from ..audio import AudioError
from ..prediction import UNLIKE
from ._drawing import reason_pictures, song_pictures
from ._hearing import hear

_HERE = Path(__file__).parent
_TOP = 5
_WEIGHTS = 6  # tags for an answer, and as many against it
_LEAST = 0.01  # what is less would be shown as zero
_HOUR = 3600
_NEEDS = "the page needs Gradio and matplotlib: pip install 'sklearn-genre[demo]'"
_TAGS = "50 tags by musicnn, a network that was trained on other music."
_WAIT = "Drop a song on the field above, choose a file, or record one."


def make_page(model, *, name="the model", max_minutes=20.0):
    """Build the page to try a model on songs, as Gradio's Blocks.

    Parameters
    ----------
    model : fitted classifier or Pipeline
        Takes paths of audio files, and has ``predict_proba``.
    name : str, default="the model"
        What the page calls it.
    max_minutes : float, default=20.0
        Length of a song in minutes, at most.

    Returns
    -------
    page : gradio.Blocks
        It sends nothing to Gradio's makers. `serve` shows it; to put it on a page of
        your own, see Gradio's ``mount_gradio_app``.

    Raises
    ------
    ImportError
        If Gradio or matplotlib is not installed.

    See Also
    --------
    serve : Shows the page.

    Examples
    --------
    >>> from sklearn_genre import load_pretrained
    >>> from sklearn_genre.demo import make_page
    >>> page = make_page(load_pretrained(), name="gtzan")  # doctest: +SKIP
    """
    gradio = import_gradio()
    labels = [str(label) for label in model.classes_]
    with gradio.Blocks(
        title=f"sklearn-genre: {name}",
        analytics_enabled=False,
        # songs are gone an hour later, or when the page is closed
        delete_cache=(_HOUR, _HOUR),
    ) as page:
        head = _template("head.html").render(name=name, labels=labels)
        gradio.HTML(head, apply_default_css=False)
        song = gradio.Audio(
            sources=["upload", "microphone"],
            type="filepath",
            label=f"A song of at most {max_minutes:g} minutes",
            editable=False,
            buttons=[],
        )
        answer = gradio.HTML(answer_html(note=_WAIT), apply_default_css=False)
        show = functools.partial(show_song, model, max_minutes=max_minutes)
        song.change(show, song, answer, api_name="hear")
    return page


def import_gradio():
    """Return Gradio, which is told to report nothing to its makers.

    Raises
    ------
    ImportError
        If it or matplotlib is not installed.
    """
    # read when Gradio is imported
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        import gradio
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError(_NEEDS) from error
    return gradio


def show_song(model, path, *, max_minutes=20.0):
    """Return what the page shows of a song, as HTML.

    Parameters
    ----------
    model : fitted classifier or Pipeline
    path : str or None
        The song; None when it was taken away.
    max_minutes : float

    Returns
    -------
    html : str
    """
    if path is None:
        return answer_html(note=_WAIT)
    try:
        hearing = hear(model, path, top=_TOP, max_minutes=max_minutes)
        pictures = song_pictures(hearing, path)
    except AudioError as error:
        return answer_html(error=str(error))
    picture = hearing.reasons.picture
    return answer_html(
        hearing=hearing,
        over_time=pictures,
        why=picture and reason_pictures(picture),
        **_words(hearing),
    )


def _words(hearing):
    """Return the lists and sentences of a hearing."""
    answer = hearing.prediction
    doubt = hearing.doubt
    if answer.unknown:
        doubt = f"{UNLIKE}{'; ' * bool(doubt)}{doubt}"
    pairs = [*zip(answer.labels, answer.proba, strict=False)]
    lists = [("Tags", hearing.tags.top(_TOP), _TAGS)]
    if hearing.genres is not None:
        lists.insert(0, ("Answer", pairs, _fit_words(answer)))
    return {
        "doubt": f"{doubt[:1].upper()}{doubt[1:]}.".lstrip("."),
        "label": hearing.label,
        "length": _length_words(hearing.seconds),
        "lists": lists,
        "sides": _sides(hearing.reasons.weights),
        "when": _when_words(hearing),
    }


def _fit_words(answer):
    """Say how well a song fits the training, or that this is not known."""
    if answer.fit is None:
        return (
            "Probabilities of the model; it names one of its genres, whatever it hears."
        )
    return (
        f"Fit {answer.fit:.2f}: this share of the songs held out in the training fit "
        "no better."
    )


def _length_words(seconds):
    minutes, rest = divmod(round(seconds), 60)
    text = f"{minutes}:{rest:02d} min" if minutes else f"{seconds:.1f} s"
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _when_words(hearing):
    """Say what a column of the pictures is."""
    if hearing.genres is None:
        return "Tags are heard in windows of 3 s."
    return (
        f"The answer is heard in windows of {hearing.window:.3g} s, tags in windows of "
        "3 s."
    )


def _sides(weights):
    """Return tags for and against an answer, with the widths of their bars."""
    if not weights:
        return []
    most = max(abs(weight) for _, weight in weights)
    rows = [(name, weight, abs(weight) / most) for name, weight in weights]
    spoke = [row for row in rows[:_WEIGHTS] if row[1] >= _LEAST]
    against = [row for row in rows[: -_WEIGHTS - 1 : -1] if row[1] <= -_LEAST]
    return [("For it", spoke), ("Against it", against)]


def answer_html(**values):
    """Fill the part of the page below the song."""
    return _template("answer.html").render(**{"error": "", "note": ""} | values)


def _style():
    """Return the style sheet."""
    return (_HERE / "demo.css").read_text("utf-8")


@functools.cache
def _template(name):
    """Return a template, which escapes what it is given."""
    import jinja2
    from markupsafe import Markup

    from .._utils.text import printable

    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        # names of files may hold what is no text
        finalize=lambda v: printable(v) if type(v) is str else v,
    )
    env.globals["figure"] = _figure
    env.globals["style"] = Markup(_style())
    return env.get_template(name)


def _figure(pictures, words):
    """Return pictures of several widths, of which the page shows one."""
    from markupsafe import Markup

    shown = (
        Markup('<figure class="sg-{}" role="img" aria-label="{}">{}</figure>').format(
            name, words, Markup(svg)
        )
        for name, svg in pictures.items()
    )
    return Markup("").join(shown)

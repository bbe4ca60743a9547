"""The page on an address of this machine, which asks for nothing from elsewhere."""

import webbrowser

from ..parameters import Integer
from ._page import import_gradio, make_page

HOST = "127.0.0.1"
_MEGABYTES = 200  # a wav of 20 minutes in stereo
# the browser is to load nothing from other hosts, whatever a part of the page asks for;
# Gradio's own scripts stand in the page, and make code and workers
_POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' "
    "blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'self'"
)


def serve(
    model, *, name="the model", port=None, open_browser=False, share=False, block=True
):
    """Show the page to try a model, on this machine alone.

    Parameters
    ----------
    model : fitted classifier or Pipeline
        Takes paths of audio files, and has ``predict_proba``.
    name : str, default="the model"
        What the page calls it.
    port : int or None, default=None
        Where it is, in [1, 65535]; None takes the first free one from 7860 on.
    open_browser : bool, default=False
        Whether to open it in a browser.
    share : bool, default=False
        Whether anybody who has the address may use it for a week, through a server of
        Gradio's makers: songs and answers then go over it.
    block : bool, default=True
        Whether to wait until the page is closed, as by Ctrl-C.

    Returns
    -------
    page : gradio.Blocks
        With its address in ``local_url`` and ``share_url``; ``page.close()`` closes it.

    Raises
    ------
    ImportError
        If Gradio or matplotlib is not installed.
    OSError
        If the port is taken.
    ValueError
        If the model cannot hear songs.

    See Also
    --------
    make_page : The page alone.

    Examples
    --------
    >>> from sklearn_genre import load_pretrained
    >>> from sklearn_genre.demo import serve
    >>> page = serve(load_pretrained(), open_browser=True)  # doctest: +SKIP
    """
    Integer(low=1, high=65535, none=True).check_value("port", port)
    gradio = import_gradio()
    check_model(model)
    page = make_page(model, name=name)
    page.queue(default_concurrency_limit=1)  # songs one at a time: memory is bounded
    page.launch(
        server_name=HOST,
        server_port=port,
        share=share,
        inbrowser=False,
        inline=False,
        quiet=True,
        show_error=True,
        ssr_mode=False,
        prevent_thread_lock=True,
        max_file_size=_MEGABYTES * 2**20,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        app_kwargs={"middleware": _middleware(share)},
        theme=gradio.themes.Default(
            font=["system-ui", "sans-serif"], font_mono=["monospace"]
        ),
    )
    if open_browser:
        webbrowser.open(page.share_url or page.local_url)
    if block:
        page.block_thread()
    return page


def _middleware(share):
    """Return what goes around each request: what is loaded, and under which name."""
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    policy = Middleware(_Policy)
    if share:
        return [policy]
    # a page elsewhere whose name is made to point here is refused
    names = Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
    return [names, policy]


class _Policy:
    """Adds the policy of what may be loaded to each answer."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def send_with_policy(message):
            if message["type"] == "http.response.start":
                header = (b"content-security-policy", _POLICY.encode())
                message["headers"] = [*message["headers"], header]
            await send(message)

        await self.app(scope, receive, send_with_policy)


def check_model(model):
    """Raise unless a model gives probabilities of genres or tags for audio.

    Also, the first song does not wait for what is compiled on first use.
    """
    import numpy as np

    if not hasattr(model, "predict_proba") or not hasattr(model, "classes_"):
        raise ValueError(
            f"the page needs a model with probabilities, which {type(model).__name__} "
            "does not give."
        )
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, 10 * 22050)
    try:
        model.predict_proba([(noise, 22050)])
    except Exception as error:
        raise ValueError(
            f"the model does not take songs ({error}). The page needs a Pipeline that "
            "starts with an audio transformer, as sklearn-genre train writes."
        ) from error

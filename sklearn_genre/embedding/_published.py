"""What the authors of musicnn published: two networks, their layers and tags."""

MODELS = ("msd", "mtt")
#: Layers that give one row per window, and the length of the rows.
LAYERS = {"taggram": 50, "penultimate": 200, "mean_pool": 753, "max_pool": 753}
#: The tags of each network, in the order of its outputs.
TAGS = {
    "msd": """
        rock, pop, alternative, indie, electronic, female vocalists, dance, 00s,
        alternative rock, jazz, beautiful, metal, chillout, male vocalists, classic
        rock, soul, indie rock, Mellow, electronica, 80s, folk, 90s, chill,
        instrumental, punk, oldies, blues, hard rock, ambient, acoustic, experimental,
        female vocalist, guitar, Hip-Hop, 70s, party, country, easy listening, sexy,
        catchy, funk, electro, heavy metal, Progressive rock, 60s, rnb, indie pop,
        sad, House, happy
    """,
    "mtt": """
        guitar, classical, slow, techno, strings, drums, electronic, rock, fast,
        piano, ambient, beat, violin, vocal, synth, female, indian, opera, male,
        singing, vocals, no vocals, harpsichord, loud, quiet, flute, woman, male
        vocal, no vocal, pop, soft, sitar, solo, man, classic, choir, voice, new age,
        dance, male voice, female vocal, beats, harp, cello, no voice, weird, country,
        metal, female voice, choral
    """,
}
TAGS = {model: tuple(" ".join(t.split()).split(", ")) for model, t in TAGS.items()}


def column_names(model, layers):
    """Return names for the outputs of layers, side by side.

    Parameters
    ----------
    model : {"msd", "mtt"}
    layers : sequence of str

    Returns
    -------
    names : list of str
        "tag jazz", ..., or the layer with a number.
    """
    tags = [f"tag {tag}" for tag in TAGS[model]]
    numbered = {layer: [f"{layer}{i}" for i in range(n)] for layer, n in LAYERS.items()}
    return [name for layer in layers for name in (numbered | {"taggram": tags})[layer]]

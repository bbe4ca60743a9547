"""Files of formats that libsndfile does not write, made by the encoders of FFmpeg."""

import io

import numpy as np

LOSSLESS = {
    "alac.m4a": ("ipod", "alac", "s16p"),
    "alac24.m4a": ("ipod", "alac", "s32p"),
    "alac.caf": ("caf", "alac", "s16p"),
    "flac.m4a": ("mp4", "flac", "s16"),
    "flac.mka": ("matroska", "flac", "s32"),
    "flac.oga": ("ogg", "flac", "s32"),
    "wavpack.wv": ("wv", "wavpack", "s16p"),
    "wavpack24.wv": ("wv", "wavpack", "s32p"),
    "wavpack8.wv": ("wv", "wavpack", "u8p"),
    "float.wv": ("wv", "wavpack", "fltp"),
    "tta.tta": ("tta", "tta", "s16"),
    "pcm.mov": ("mov", "pcm_s24le", "s32"),
    "double.mov": ("mov", "pcm_f64le", "dbl"),
}
LOSSY = {
    "aac.m4a": ("ipod", "aac", "fltp"),
    "aac.aac": ("adts", "aac", "fltp"),
    "aac.mka": ("matroska", "aac", "fltp"),
    "opus.webm": ("webm", "libopus", "flt"),
    "opus.mp4": ("mp4", "libopus", "flt"),
    "wma.wma": ("asf", "wmav2", "fltp"),
    "ac3.ac3": ("ac3", "ac3", "fltp"),
    "ac3.mp4": ("mp4", "ac3", "fltp"),
    "eac3.eac3": ("eac3", "eac3", "fltp"),
    "mp3.mka": ("matroska", "libmp3lame", "fltp"),
}
ALL = LOSSLESS | LOSSY


def sweep(seconds, rate, n_channels=2):
    t = np.arange(round(seconds * rate)) / rate
    waves = [np.sin(2 * np.pi * (200 + 100 * k + 40 * t) * t) for k in (1, 2, 3)]
    return (0.4 * np.stack(waves[:n_channels])).astype(np.float32)


def encode(tracks, name, *, rate=44100, default=None):
    """The content of a file of one or more sound tracks."""
    import av

    reader, codec, kind = ALL[name]
    tracks = tracks if isinstance(tracks, list) else [tracks]
    file = io.BytesIO()
    with av.open(file, "w", format=reader) as container:
        streams = [container.add_stream(codec, rate=rate) for _ in tracks]
        for k, (stream, wave) in enumerate(zip(streams, tracks, strict=True)):
            stream.layout = {1: "mono", 2: "stereo"}[len(wave)]
            stream.format, stream.bit_rate = kind, 192_000
            if default is not None:
                stream.disposition = av.stream.Disposition(k == default)
        for stream, wave in zip(streams, tracks, strict=True):
            for frame in [*frames(wave, rate), None]:
                container.mux(stream.encode(frame))
    return file.getvalue()


def frames(wave, rate, n=4096):
    import av

    for at in range(0, wave.shape[1], n):
        part = np.ascontiguousarray(wave[:, at : at + n])
        layout = {1: "mono", 2: "stereo"}[len(wave)]
        frame = av.AudioFrame.from_ndarray(part, "fltp", layout)
        frame.rate, frame.pts = rate, at
        yield frame


def with_video(name, sound, codec="mpeg4", reader="mp4"):
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=reader) as container:
        video = container.add_stream(codec, rate=10)
        video.width = video.height = 32
        video.pix_fmt = "yuv420p"
        if sound:
            audio = container.add_stream(name, rate=48000)
            audio.layout = "stereo"
        for k in range(10):
            picture = np.full((32, 32, 3), 20 * k, np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(video.encode())
        if sound:
            for frame in [*frames(sweep(1, 48000), 48000), None]:
                container.mux(audio.encode(frame))
    return file.getvalue()


def flac(samples, depth, *, rate, block=1000):
    """The content of a mono flac file, of any bit depth, without compression."""
    n = len(samples)
    info = f"{block:016b}" * 2 + "0" * 48 + f"{rate:020b}" + "000"
    info += f"{depth - 1:05b}{n:036b}" + "0" * 128
    content = b"fLaC\x80\x00\x00\x22" + packed(info)
    for k in range(0, n, block):
        part = samples[k : k + block]
        # 16 bits of the block size follow; rate and depth are those of the header
        head = packed(f"{0xFFF8:016b}" + "01110000" + "00000000" + f"{k // block:08b}")
        head += (len(part) - 1).to_bytes(2)
        head += checksum(head, 8, 0x07)
        values = "".join(f"{int(v) % 2**depth:0{depth}b}" for v in part)
        frame = head + packed("00000010" + values)
        content += frame + checksum(frame, 16, 0x8005)
    return content


def packed(bits):
    """Bytes of a string of bits."""
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8)


def checksum(content, width, polynomial, value=0):
    for byte in content:
        value ^= byte << (width - 8)
        for _ in range(8):
            value = value << 1 ^ (polynomial if value >> (width - 1) else 0)
            value %= 2**width
    return value.to_bytes(width // 8)

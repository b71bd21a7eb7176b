"""`guess`: from files to sources, each recognised or guessed, and everything that is neither named with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from journey_analytics.engine.duck import connect
from journey_analytics.errors import JourneyError
from journey_analytics.guess.model import LeftOut, Sample, SourceGuess
from journey_analytics.guess.recognise import Match, Recogniser
from journey_analytics.guess.sample import take_sample
from journey_analytics.guess.sources import name_patterns, shape, source_name, unique_names
from journey_analytics.guess.tables import guess_table


@dataclass(frozen=True)
class Guesses:
    """What the files are."""

    sources: list[SourceGuess]
    left_out: list[LeftOut]
    shares: dict[Path, float]  # of each file, how much was looked at
    parts: dict[Path, Path]  # file -> the part of it that was looked at


def guess(files: list[Path], workdir: Path) -> Guesses:
    """Judge files by their content.

    Args:
        files: The files; their order does not matter.
        workdir: An existing folder for copies of parts of large and compressed files.
    """
    recogniser = Recogniser()
    samples: dict[Path, Sample] = {}
    matches: dict[Path, Match] = {}
    left: list[LeftOut] = []
    refused: dict[Path, LeftOut] = {}
    shares: dict[Path, float] = {}
    for number, file in enumerate(sorted(set(files))):
        own = workdir / str(number)
        own.mkdir()
        con = connect(memory="1GB", threads=2)
        try:
            sample = take_sample(con, file, own)
            samples[file], shares[file] = sample, sample.share
            match = recogniser.recognise(sample)
            if match is not None:
                matches[file] = match
        except JourneyError as error:
            remedy = error.problems[0].remedy
            message = error.problems[0].message.rstrip(".")
            refused[file] = LeftOut(file, f"{message}. {remedy}" if remedy else message)
        finally:
            con.close()
    left += refused.values()
    sources = _recognised(recogniser, samples, matches)
    done = {file for source in sources for file in source.files} | {item.file for item in left}
    groups: dict[tuple[object, ...], list[Sample]] = {}
    for file, sample in samples.items():
        if file not in done:
            groups.setdefault(shape(sample), []).append(sample)
    for members in groups.values():
        found = guess_table(members[0], source_name(members[0].path))
        if isinstance(found, LeftOut):
            left += [LeftOut(member.path, found.reason) for member in members]
            continue
        found.files = [member.path for member in members]
        sources.append(found)
    unique_names(sources)
    parts = {file: sample.part for file, sample in samples.items()}
    return Guesses(sources, sorted(left, key=lambda item: str(item.file)), shares, parts)


def _recognised(recogniser: Recogniser, samples: dict[Path, Sample], matches: dict[Path, Match]) -> list[SourceGuess]:
    """One source per connector and folder, with the tables beside them that the connector knows by name."""
    groups: dict[tuple[str, Path], list[Path]] = {}
    for file, match in matches.items():
        groups.setdefault((match.connector, file.parent), []).append(file)
    for (connector, folder), members in groups.items():
        for file in samples:
            if file.parent == folder and file not in matches and recogniser.named(connector, file):
                members.append(file)
    sources = []
    for (connector, _), members in groups.items():
        note = recogniser.connectors[connector].note or connector
        source = SourceGuess(connector, sorted(members), {"connector": connector}, note)
        source.remarks["connector"] = "recognised by content"
        others = {file: matches[file].stream for file in members if file in matches}
        others = {file: stream for file, stream in others.items() if recogniser.reader(connector, file) != stream}
        if others:
            source.keys["streams"] = {
                stream: name_patterns([file for file, other in others.items() if other == stream], members)
                for stream in sorted(set(others.values()))
            }
            source.remarks["streams"] = "told by their content, as their names are not the vendor's"
        sources.append(source)
    return sources

"""No file of src/ calls one that calls it back, directly or around: a file uses another when its object leaves a symbol
undefined that the other's defines."""

from object_files import build_folder, objects, symbols
from repository import finish


def uses_of(defined, undefined):
    """For every file the files that it uses, each with the symbols."""
    definer = {name: source for source, names in defined.items() for name in names}
    uses = {source: {} for source in defined}
    for source, names in undefined.items():
        for name in names:
            other = definer.get(name, source)
            if other != source:
                uses[source].setdefault(other, set()).add(name)
    return uses


def reachable(uses, start):
    found, ahead = set(), list(uses[start])
    while ahead:
        source = ahead.pop()
        if source not in found:
            found.add(source)
            ahead += uses[source]
    return found


def circles_in(uses):
    """The groups of files of which each reaches every other, sorted."""
    reached = {source: reachable(uses, source) for source in uses}
    groups = {
        tuple(sorted(other for other in reached[source] if source in reached[other]))
        for source in uses
        if source in reached[source]
    }
    return sorted(groups)


def described(group, uses):
    lines = [f"{len(group)} files call each other:"]
    for source in group:
        for other in sorted(set(uses[source]) & set(group)):
            lines.append(f"  {source} → {other}: {', '.join(sorted(uses[source][other]))}")
    return "\n".join(lines)


# The rule itself: two files, three in a ring, a chain, a file that calls itself alone.
chain = {"a.c": {"b.c": {"b"}}, "b.c": {"c.c": {"c"}}, "c.c": {}}
assert circles_in(chain) == []
assert circles_in({**chain, "c.c": {"a.c": {"a"}}}) == [("a.c", "b.c", "c.c")]
assert circles_in({**chain, "b.c": {"a.c": {"a"}}}) == [("a.c", "b.c")]
assert uses_of({"a.c": {"a"}, "b.c": {"b"}}, {"a.c": {"a", "b", "printf"}, "b.c": set()}) == {
    "a.c": {"b.c": {"b"}},
    "b.c": {},
}

defined, undefined = {}, {}
made = objects(build_folder())
given, asked = symbols([object_file for _, object_file in made])
for source, object_file in made:
    defined.setdefault(source, set()).update(given[object_file])
    undefined.setdefault(source, set()).update(asked[object_file])

uses = uses_of(defined, undefined)
problems = [described(group, uses) for group in circles_in(uses)]
finish(problems, sum(len(others) for others in uses.values()), 300, "uses of one file by another")

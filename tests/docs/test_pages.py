#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pages say what is in the tree. Output: TAP. Argument: the root of the checkout.

Checked are: relative links and their anchors; paths in backquotes, also with a name in that file
behind a colon (`runners/route.c:route_message`, `tests/scenario/08_stop:SIGINT in the middle`);
names with an underscore; codes of findings; exit codes and environment variables of
docs/operations.md; commands and options of docs/operations.md and of the manual pages; and that
docs/status.md names what is refused.
"""
import glob
import os
import re
import sys

GENERATED = 'docs/reference/'
# Folders of docs/ and of the root whose names begin a path in backquotes.
PATH = re.compile(r'`((?:\./)?(?:{tops})/[^`:\s]*|[A-Z]+\.md)(?::([^`]+))?`'
                  .replace('{tops}', 'adapters|di|docs|examples|observability|runners|runtime|schemas'
                                     '|tests|tools'))
PLACEHOLDER = re.compile(r'CODE|NAME|ROOM|NNNN')
LINK = re.compile(r'\[[^\]]*\]\(([^)\s]+)\)')
CODE = re.compile(r'\bRY[SCPWDGROBE]\d{3}\b')


class Tree:
    def __init__(self, root):
        self.root = root
        self.texts = {}

    def path(self, name):
        return os.path.join(self.root, name)

    def read(self, name):
        if name not in self.texts:
            with open(self.path(name), encoding='utf-8') as f:
                self.texts[name] = f.read()
        return self.texts[name]

    def find(self, pattern):
        names = glob.glob(self.path(pattern), recursive=True)
        return sorted(os.path.relpath(name, self.root) for name in names)

    def pages(self):
        pages = self.find('*.md') + self.find('docs/**/*.md') + self.find('examples/**/*.md')
        return [page for page in pages if not page.startswith(GENERATED)]

    def sources(self):
        rooms = ('runtime', 'runners', 'observability', 'adapters', 'di')
        return [name for room in rooms for name in self.find(f'{room}/**/*.[ch]')]


def without_code(text):
    """A page without its code blocks, in which anything may stand."""
    return re.sub(r'^```.*?^```$', '', text, flags=re.S | re.M)


def anchors(text):
    """As code hosts make them from headings: small letters, no punctuation, blanks to dashes."""
    for heading in re.findall(r'^#+ (.*)$', without_code(text), re.M):
        yield re.sub(r'[^\w\- ]', '', heading.strip().lower()).replace(' ', '-')


def links(tree):
    for page in tree.pages():
        for link in LINK.findall(without_code(tree.read(page))):
            if re.match(r'[a-z]+:', link):
                continue
            name, _, anchor = link.partition('#')
            target = os.path.normpath(os.path.join(os.path.dirname(page), name)) if name else page
            if not os.path.exists(tree.path(target)):
                yield f'{page}: {link} leads nowhere'
            elif anchor and anchor not in anchors(tree.read(target)):
                yield f'{page}: {link}: no such heading'


def holds(tree, name, word):
    """Is the word in the file, or in the files of the folder?"""
    if os.path.isdir(tree.path(name)):
        names = [n for n in tree.find(f'{name}/*') if os.path.isfile(tree.path(n))]
    else:
        names = [name]
    return any(re.search(rf'(?<!\w){re.escape(word)}(?!\w)', tree.read(n)) for n in names)


def paths(tree):
    for page in tree.pages():
        for name, word in PATH.findall(without_code(tree.read(page))):
            name = name.removeprefix('./')
            if PLACEHOLDER.search(name):
                continue
            found = tree.find(name) if re.search(r'[*?[]', name) else [name]
            if not found or not os.path.exists(tree.path(found[0])):
                yield f'{page}: `{name}` is not there'
            elif word and not holds(tree, name, word):
                yield f'{page}: `{name}` has no {word}'


def words(tree):
    """Names without a path: functions, members, keys. Each stands somewhere in the tree."""
    places = tree.sources() + tree.find('examples/**/*.[ch]') + tree.find('tests/support/*.[ch]')
    places += tree.find('docs/reference/*.md') + tree.find('schemas/*.def') + ['meson.build']
    known = set()
    for name in places:
        known |= set(re.findall(r'\b\w+\b', tree.read(name)))
    for page in tree.find('docs/*.md') + tree.find('docs/decisions/*.md'):
        text = tree.read(page)
        own = set(re.findall(r'\b\w+\b', ''.join(re.findall(r'^```.*?^```$', text, re.S | re.M))))
        for word in set(re.findall(r'`((?:RY_)?[a-z]+(?:_[a-z0-9]+)+|RY_[A-Z0-9_]+)`', without_code(text))):
            if word not in known and word not in own:
                yield f'{page}: there is no `{word}`'


def pages_in_sources(tree):
    for name in tree.sources() + tree.find('meson.build') + tree.find('tools/*.txt'):
        for page in re.findall(r'\bdocs/[\w/-]+\.md\b', tree.read(name)):
            if not os.path.exists(tree.path(page)):
                yield f'{name}: {page} is not there'


def codes(tree):
    known = set(re.findall(r'RY_DIAG\((\w+)', tree.read('schemas/diagnostics.def')))
    for page in tree.pages():
        for code in set(CODE.findall(tree.read(page))) - known:
            yield f'{page}: there is no {code}'


def section(text, heading):
    """The text under a heading, up to the next of its level or above."""
    found = re.search(rf'^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,2}} |\Z)', text, re.S | re.M)
    return found.group(2) if found else ''


def table(text):
    """What stands in backquotes in the first column of the tables of a section."""
    rows = re.findall(r'^\| ([^|]*) \|', text, re.M)
    return [word for row in rows for word in re.findall(r'`([^`]+)`', row)]


def exit_codes(tree):
    page = set(table(section(tree.read('docs/operations.md'), 'Exit codes')))
    header = tree.read('runtime/programs/commands/commands.h')
    known = set(re.findall(r'\bEXIT_\w+ = (\d+)', header))
    if not page:
        yield 'docs/operations.md has no table of exit codes'
    signals = {str(128 + 2), str(128 + 15)}  # SIGINT, SIGTERM
    if signals <= page and '128 + signals_last_stop()' not in tree.read('runtime/programs/inline.c'):
        yield 'no exit code is made from the signal'
    for code in sorted(page - known - signals):
        yield f'docs/operations.md: exit code {code} is not in the code'
    for code in sorted(known - page):
        yield f'docs/operations.md: exit code {code} is missing'


def variables(tree):
    page = set(table(section(tree.read('docs/operations.md'), 'Environment variables')))
    known = set()
    for name in tree.sources():
        known |= set(re.findall(r'getenv\("(\w+)"\)', tree.read(name)))
    if not page:
        yield 'docs/operations.md has no table of environment variables'
    for name in sorted(page - known):
        yield f'docs/operations.md: nothing reads {name}'
    for name in sorted(known - page):
        yield f'docs/operations.md: {name} is missing'


def commands(tree):
    found = re.search(r'commands\[\] = \{(.*?)\n\};', tree.read('runtime/programs/railyard.c'), re.S)
    return re.findall(r'\{"(\w+)",', found.group(1))


def options(tree, command):
    text = tree.read(f'runtime/programs/commands/{command}.c')
    rows = re.search(r'option_row rows\[\] = \{(.*?)\n?\{NULL', text, re.S)
    return set(re.findall(r'\{"([\w-]+)",', rows.group(1)))


def command_line(tree):
    operations, manual = tree.read('docs/operations.md'), tree.read('docs/man/railyard.1')
    for command in commands(tree):
        if f'`railyard {command}' not in operations:
            yield f'docs/operations.md does not name `railyard {command}`'
        found = re.search(rf'^\.Ss {command}\n(.*?)(?=^\.S[sh] |\Z)', manual, re.S | re.M)
        items = re.findall(r'^\.It .*', found.group(1), re.M) if found else []
        shown = set(re.findall(r'Fl Fl ([\w-]+)', ' '.join(items)))
        known = options(tree, command)
        if not found:
            yield f'docs/man/railyard.1 has no subsection {command}'
        for option in sorted(known ^ shown):
            where = 'is not in docs/man/railyard.1' if option in known else 'is not in the program'
            yield f'railyard {command}: --{option} {where}'


def refused(tree):
    page = set(CODE.findall(section(tree.read('docs/status.md'), 'What is refused')))
    check = tree.read('runtime/preflight/checks/not_yet.c')
    known = set(re.findall(r'DIAG_(RY\w\d+)', check))
    for code in sorted(known - page):
        yield f'docs/status.md does not name {code}'
    for code in sorted(c for c in page - known if c[3:5] == '09'):
        yield f'docs/status.md names {code}, which nothing refuses'


def standing_alone(tree):
    """No page needs what is beside the checkout, or a path of one machine."""
    for page in tree.pages():
        up = '../' * (page.count('/') + 1)
        for word in re.findall(r'(?<![\w.:/])/(?:home|root|mnt|opt|srv|tmp|work)/', tree.read(page)):
            yield f'{page} names {word}'
        if up in tree.read(page):
            yield f'{page} names {up}'


def main(root):
    tree = Tree(root)
    checks = (
        ('links lead somewhere', links),
        ('paths and the names in them are there', paths),
        ('names without a path are somewhere', words),
        ('pages that sources name are there', pages_in_sources),
        ('codes of findings exist', codes),
        ('exit codes are those of the program', exit_codes),
        ('environment variables are those that are read', variables),
        ('commands and options are those of the program', command_line),
        ('what is refused stands in docs/status.md', refused),
        ('pages stand alone', standing_alone),
    )
    failed = 0
    print(f'1..{len(checks)}')
    for number, (name, check) in enumerate(checks, 1):
        mistakes = list(check(tree))
        failed += bool(mistakes)
        print(f'{"not " if mistakes else ""}ok {number} - {name}')
        print(''.join(f'# {line}\n' for line in mistakes), end='')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))

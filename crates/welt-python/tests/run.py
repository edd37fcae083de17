"""Runs the Python tests: those of this folder, the examples in the documentation of every module, and the page docs/python.md.

Usage: python crates/welt-python/tests/run.py [MODULE]

MODULE is the compiled half as cargo builds it, `lib_welt.so`; it is put beside the Python half in a folder of its own under that
of the build. Without it an installed `welt` is tested. Tests that want another program's package say so where it is missing.
"""

import atexit
import doctest
import importlib
import pathlib
import pkgutil
import shutil
import sys
import tempfile
import unittest
import warnings

HERE = pathlib.Path(__file__).resolve().parent
CRATE = HERE.parent
WALK = CRATE.parents[1] / "docs/python.md"


def put_together(module):
    """The package with this compiled half, to be imported from the folder that is given back."""
    folder = module.resolve().parent / "python-package"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(CRATE / "python", folder)
    shutil.copy2(module, folder / "welt/_welt.abi3.so")
    return folder


def documentation():
    """Examples in modules and on the page, as tests."""
    import welt

    suite = unittest.TestSuite()
    names = ["welt", *(found.name for found in pkgutil.walk_packages(welt.__path__, "welt."))]
    for name in names:
        if name != "welt._welt":
            suite.addTests(doctest.DocTestSuite(importlib.import_module(name)))
    suite.addTests(walk())
    return suite


def walk():
    """The page, with the model that the tests of the tagger make; without a tagger what comes before it."""
    import test_tagger

    text = WALK.read_text(encoding="utf-8")
    names = {}
    if test_tagger.has_tagger():
        folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        names["MODEL"] = test_tagger.random_model(folder)
    else:
        text = text.split("## Tagging")[0]
    options = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    test = doctest.DocTestParser().get_doctest(text, names, WALK.name, str(WALK), 0)
    return [doctest.DocTestCase(test, optionflags=options)]


def main():
    if len(sys.argv) > 1:
        sys.path.insert(0, str(put_together(pathlib.Path(sys.argv[1]))))
    sys.path.insert(0, str(HERE))
    suite = unittest.TestSuite([unittest.defaultTestLoader.discover(str(HERE), top_level_dir=str(HERE)), documentation()])
    with warnings.catch_warnings():
        # Examples that show scores without anything to divide by warn of them, as they should.
        warnings.simplefilter("ignore")
        result = unittest.TextTestRunner(verbosity=1).run(suite)
    for test, reason in result.skipped:
        # In the form in which the test command counts what was skipped.
        print(f"skipped: {test}: {reason}")
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()

"""The benchmark's sign-ups are what it says they are: each kind has its outcome."""

from benchmarks.address_match import KINDS, address_register, make_home, matched, sign_ups


def test_each_kind_of_sign_up_has_its_outcome(tmp_path):
    home, configuration = make_home(tmp_path / "home", 3000)
    wanted = sign_ups(address_register(3000), 100)
    found = matched(home, configuration, wanted)["address_outcome"].to_list()
    outcomes = {"moved": "incomplete", "nowhere": "none"}
    expected = [outcomes.get(KINDS[n % len(KINDS)], "complete") for n in range(100)]
    differing = [(KINDS[n % len(KINDS)], one) for n, one in enumerate(found) if one != expected[n]]
    # Every 53rd entry is secret: the first, and of every 30th that is drawn the 53rd.
    assert differing == [("number", "secret"), ("number", "secret")]

"""Words that invented customers are named with."""

from __future__ import annotations

GIVEN_NAMES = (
    "Alma", "Arvid", "Astrid", "Bo", "Cecilia", "Dag", "Disa", "Ebba", "Elin", "Erik", "Estrid", "Folke", "Freja",
    "Gerd", "Göran", "Hedvig", "Henrik", "Hjördis", "Ingrid", "Ivar", "Jöns", "Kerstin", "Lage", "Linnéa", "Majken",
    "Märta", "Nils", "Olof", "Pär", "Ragnhild", "Sigge", "Siv", "Sören", "Thyra", "Torbjörn", "Ulla", "Vera", "Yngve",
    "Åke", "Åsa", "Örjan",
)  # fmt: skip
FAMILY_FIRST = ("Alm", "Berg", "Björk", "Dal", "Ek", "Fjäll", "Gran", "Hav", "Hög", "Lind", "Ljung", "Norr", "Rönn",
                "Sjö", "Skog", "Strand", "Sund", "Väst", "Ås", "Öst")  # fmt: skip
FAMILY_LAST = ("blad", "brink", "fors", "gren", "holm", "kvist", "lid", "mark", "ros", "vik", "ström", "ås")
TRADES = ("Bageri", "Bokhandel", "Bygg", "Cykel", "Data", "El", "Fisk", "Frakt", "Glas", "Konsult", "Plåt", "Rör",
          "Såg", "Trädgård", "Verkstad", "Åkeri")  # fmt: skip
STREETS = ("Ankargatan", "Båtsmansvägen", "Fyrgatan", "Gråsejsgränd", "Kajgatan", "Lotsvägen", "Måsvägen",
           "Repslagarstigen", "Skepparbacken", "Tjärhovsvägen", "Vågbrytargatan", "Åldermansgatan")  # fmt: skip
# Invented places; no Swedish postcode begins with 99.
PLACES = (
    ("999 01", "Fjärdhamn"), ("999 12", "Norrskär"), ("999 23", "Lillholma"), ("999 34", "Ålviken"),
    ("999 45", "Östra Grund"), ("999 56", "Sälgrundet"), ("999 67", "Gäddvik"), ("999 78", "Storklabben"),
)  # fmt: skip
HTML_NAME = "<b>Åsa & Co</b> <img src=http://example.invalid/x.png>"

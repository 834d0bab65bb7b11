"""Telling: charts, pages and workbooks made from tables; nothing is computed here."""

"""What a thing is: tables, columns, money, periods, codes. Imports nothing of ours."""

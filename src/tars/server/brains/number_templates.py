"""Numbers as people say them, as templates: what a recogniser listens for."""

ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS = (
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "quadrillion": 10**15}

_DOUBLE = f"({'|'.join(TEENS)}|({'|'.join(TENS)}) [<digit>])"
NUMBER_RULES = {
    "digit": f"({'|'.join(ONES[1:])})",
    "below_hundred": f"(<digit>|{_DOUBLE})",
    "below_thousand": "(<below_hundred>|(a|<digit>) hundred [[and] <below_hundred>])",
    "decimal": "(zero|oh|<digit>)",
    "decimals": "point <decimal> [<decimal>] [<decimal>]",
    "precise": "<below_thousand> [<decimals>]",
    "year": f"(eighteen|nineteen|twenty) ({_DOUBLE}|oh <digit>)",
    "any_mixed": "<below_hundred> and (a (half|third|quarter)|two thirds|three quarters)",
    "any_fraction": "([(a|one)] half|(a|one) (third|quarter|fourth|fifth|sixth|eighth|tenth)|two thirds"
    "|three (quarters|fourths)|(two|three|four) fifths|five sixths|(three|five|seven) eighths"
    "|(three|seven|nine) tenths)",
    "any_number": "((<below_thousand>|a) thousand [[and] <below_thousand>] [<decimals>]|(<precise>|a) million"
    "|<precise>|<any_mixed>|<year>|zero [<decimals>]|[oh] <decimals>)",
    "any_quantity": "(<precise>|(a|<below_hundred>) thousand|<any_mixed>|zero [<decimals>]|[oh] <decimals>)",
    "any_percentage": "(zero|<below_hundred>|(a|one) hundred)",
    "any_year": "(<year>|two thousand [[and] <below_hundred>])",
    "any_hour": f"(<digit>|{'|'.join(TEENS[:3])})",
    "any_minute": f"({'|'.join(TEENS)}|({'|'.join(TENS[:4])}) [<digit>])",
    "any_operand": "[(minus|negative)] (<any_number>|<any_fraction>)",
}
"""What there is to listen for where a sentence has {number}, {quantity} or {percentage}. A brain reads larger
numbers than these."""
NUMBER_LISTS = {
    "number": "<any_number>",
    "quantity": "<any_quantity>",
    "percentage": "<any_percentage>",
    "operand": "<any_operand>",
    "fraction": "<any_fraction>",
    "calendar_year": "<any_year>",
    "clock_hour": "<any_hour>",
    "clock_minute": "<any_minute>",
}
"""`quantity` and `percentage` are narrower than `number`, and less is confused with them. `operand` and `fraction`
are only for skills that read their sentences themselves: elsewhere no part of a whole is read as a number."""

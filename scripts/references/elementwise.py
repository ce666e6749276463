"""Values and derivatives of elementwise functions with 100 digits: packages/core/test/ops/golden/elementwise.json.

python scripts/references/elementwise.py  (mpmath 1.3)

Each function has its points, and for each point the value, the first derivatives and the second ones in row-major order.
First and second derivatives are central differences of the value with 100 digits, so no formula of a derivative is used.
"""

import json
from pathlib import Path

from mpmath import mp, mpf

mp.dps = 100


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def erf_inverse(y):
    return mp.findroot(lambda t: mp.erf(t) - y, mp.erfinv(y))


def lower_gamma(a, x):
    """P(a, x) by its power series, whose terms are all positive."""
    term = total = mpf(1)
    n = 0
    while term > total * mpf(10) ** -mp.dps:
        n += 1
        term *= x / (a + n)
        total += term
    return total * mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1))


def beta_function(a, b, x):
    """I_x(a, b) by the series x^a y^b / (a B) (1 + (a+b)/(a+1) x + ...), whose terms are all positive; from the nearer end."""
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_function(b, a, 1 - x)
    term = total = mpf(1)
    n = 0
    while term > total * mpf(10) ** -mp.dps:
        term *= (a + b + n) / (a + 1 + n) * x
        total += term
        n += 1
    weight = mp.loggamma(a + b) - mp.loggamma(a + 1) - mp.loggamma(b)
    return total * mp.exp(a * mp.log(x) + b * mp.log(1 - x) + weight)


def normal_mass(a, b):
    """log(P(a < Z < b)) of a normal Z, on the side where the tails are small."""
    if a > 0:
        a, b = -b, -a
    return mp.log((mp.erfc(-b / mp.sqrt(2)) - mp.erfc(-a / mp.sqrt(2))) / 2)


gamma_points = (
    [(0.3, 0.1), (0.3, 2.4), (0.3, 2.6), (1e-6, 0.5), (1, 1), (0.5, 20), (2.5, 0.01), (2.5, 3.4), (2.5, 3.6), (5, 5)]
    + [(19.9, 20.5), (19.9, 21.5), (19.9, 60), (20, 20), (20, 9.1), (20, 8.9), (20, 37), (20, 37.4), (33.3, 40)]
    + [(100, 100), (100, 60), (100, 150), (100, 44), (100, 190), (1000, 1010), (1e-3, 1e-3), (12, 1e-2)]
)

functions = {
    "atan2": (lambda y, x: mp.atan2(y, x), [(0.5, 2), (-3, 0.25), (1e-3, -4), (2, -1e-6), (1e150, 1e150)]),
    "hypot": (lambda x, y: mp.sqrt(x * x + y * y), [(3, 4), (-1e-5, 2), (0.25, -7), (1e200, 2e200), (1e-200, 3e-200)]),
    "logAddExp": (lambda a, b: mp.log(mp.exp(a) + mp.exp(b)), [(0, 0), (1, -2), (300, 301.5), (-40, 3), (-700, -701)]),
    "logSigmoid": (lambda x: -mp.log(1 + mp.exp(-x)), [(-30,), (-1.5,), (0,), (2.25,), (25,)]),
    "mish": (lambda x: x * mp.tanh(mp.log(1 + mp.exp(x))), [(-30,), (-4,), (-1.2,), (0,), (0.7,), (6,), (30,)]),
    "selu": (
        lambda x: mpf("1.0507009873554804934193349852946")
        * (x if x > 0 else mpf("1.6732632423543772848170429916717") * (mp.exp(x) - 1)),
        [(-20,), (-0.5,), (-1e-6,), (2,)],
    ),
    "softsign": (lambda x: x / (1 + abs(x)), [(-1e3,), (-0.3,), (1e-8,), (4,)]),
    "hardSwish": (lambda x: mpf(0) if x < -3 else x if x > 3 else x * (x + 3) / 6, [(-4,), (-2,), (0.5,), (5,)]),
    "geluTanh": (
        lambda x: x * sigmoid(2 * mp.sqrt(2 / mp.pi) * (x + mpf(0.044715) * x ** 3)),
        [(-9,), (-2,), (-0.1,), (0,), (1.5,), (8,)],
    ),
    "lgamma": (
        lambda x: mp.log(abs(mp.gamma(x))),
        [(1e-20,), (0.1,), (0.9999,), (1.00001,), (1.5,), (2.000001,), (2.75,), (7.3,), (9.999,), (10.5,), (123.4,)]
        + [(1e10,), (-0.3,), (-1e-9,), (-5.6,), (-40.25,)],
    ),
    "digamma": (
        mp.digamma,
        [(1e-10,), (0.3,), (1,), (1.4616,), (1.9,), (2.5,), (8.75,), (10.25,), (500,), (-0.4,), (-7.7,)],
    ),
    "trigamma": (lambda x: mp.polygamma(1, x), [(1e-5,), (0.3,), (1,), (4.75,), (9.9,), (10.1,), (2e3,), (-1.4,)]),
    "erfinv": (erf_inverse, [(-0.999999999,), (-0.86,), (-0.85,), (-0.4,), (1e-9,), (0.3,), (0.84,), (0.98,), (1 - 2 ** -50,)]),
    "gammainc": (lower_gamma, gamma_points),
    "gammaincc": (lambda a, x: 1 - lower_gamma(a, x), gamma_points),
    "betainc": (
        beta_function,
        [(1, 1, 0.3), (0.5, 0.5, 0.1), (2.5, 1.25, 0.9), (0.01, 3, 1e-3), (3, 0.2, 0.99), (12, 15, 0.4), (9, 30, 0.1)]
        + [(100, 200, 0.3), (100, 200, 0.36), (0.5, 500, 0.002), (600, 2, 0.99), (1500, 1000, 0.61), (1e-5, 2, 0.5)],
    ),
    "xlogy": (lambda a, x: a * mp.log(x), [(0.5, 0.1), (-2, 3)]),
    "xlog1py": (lambda a, x: a * mp.log(1 + x), [(0.5, 0.1), (-2, 1e-9)]),
    "logBeta": (
        lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b),
        [(0.1, 0.2), (3, 4), (0.5, 1e4), (2e5, 9.5), (30, 1e3), (1e5, 2e5)],
    ),
    "logNormalMass": (
        normal_mass,
        [(-1, 2), (0.1, 0.2), (-30, -20), (38, 50), (-100, -99.9), (-0.001, 0.001), (-9, 8)],
    ),
    "i0e": (
        lambda x: mp.exp(-abs(x)) * mp.besseli(0, x),
        [(-30,), (-7.9,), (-2,), (-1e-3,), (0.25,), (1,), (4.5,), (7.999,), (8.001,), (20,), (1e4,)],
    ),
}


def derivatives(f, point):
    """The first derivatives and the second ones, by central differences with a step that keeps 50 digits."""
    x = [mpf(each) for each in point]
    n = len(x)
    step = [mpf(10) ** -20 * (abs(each) if each != 0 else 1) for each in x]

    def moved(shifts):
        return f(*[each + shift * h for each, shift, h in zip(x, shifts, step)])

    def unit(i, by):
        return [by if j == i else 0 for j in range(n)]

    def plus(a, b):
        return [p + q for p, q in zip(a, b)]

    # Differences of fourth order: their error is about step^4, 1e-80 of the number.
    weights = [(-2, mpf(1) / 12), (-1, -mpf(2) / 3), (1, mpf(2) / 3), (2, -mpf(1) / 12)]
    first = [sum(w * moved(unit(i, k)) for k, w in weights) / step[i] for i in range(n)]
    second = [
        [
            sum(w * v * moved(plus(unit(i, k), unit(j, l))) for k, w in weights for l, v in weights)
            / (step[i] * step[j])
            for j in range(n)
        ]
        for i in range(n)
    ]
    return first, [each for row in second for each in row]


def rounded(numbers, scale):
    """As float64; 0 where a number is only the error of the differences."""
    scale = max(map(abs, [*numbers, scale]))
    return [0.0 if abs(each) < scale * mpf(10) ** -35 else float(each) for each in numbers]


if __name__ == "__main__":
    golden = {}
    for name, (f, points) in functions.items():
        rows = []
        for point in points:
            first, second = derivatives(f, point)
            value = f(*[mpf(each) for each in point])
            size = max(abs(mpf(each)) for each in point) or mpf(1)
            rows.append(
                {
                    "at": [float(each) for each in point],
                    "value": float(value),
                    "first": rounded(first, value / size),
                    "second": rounded(second, value / size**2),
                }
            )
        golden[name] = rows
    folder = Path(__file__).resolve().parents[2] / "packages" / "core" / "test" / "ops" / "golden"
    folder.mkdir(exist_ok=True)
    lines = [
        f' "{name}": [\n' + ",\n".join("  " + json.dumps(row) for row in rows) + "\n ]" for name, rows in golden.items()
    ]
    (folder / "elementwise.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")

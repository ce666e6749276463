import type { Builder } from './builder'
import type { Element, Operand } from './types'

// Instructions that read or make floating-point numbers by their bits, in integers of the same size. Integers keep
// subnormal numbers, which floating-point arithmetic of XLA may flush to zero.

interface Format {
  readonly integer: Element
  readonly bits: number
  readonly fraction: number
  readonly bias: number
}

const formats = {
  f32: { integer: 'i32', bits: 32, fraction: 23, bias: 127 },
  f64: { integer: 'i64', bits: 64, fraction: 52, bias: 1023 },
} as const satisfies Record<'f32' | 'f64', Format>

const formatOf = ({ element }: Operand): Format => formats[element as 'f32' | 'f64']

/** The parts of a floating-point number: its bits as an integer, and the fields of exponent and fraction. */
class Fields {
  readonly format: Format
  readonly whole: Operand
  readonly exponent: Operand
  readonly fraction: Operand

  constructor(
    private readonly b: Builder,
    readonly x: Operand,
  ) {
    const { integer, fraction, bias } = (this.format = formatOf(x))
    this.whole = b.bits(x, integer)
    const above = b.uniform('shift_right_logical', this.whole, this.integer(fraction))
    this.exponent = b.uniform('and', above, this.integer(2 * bias + 1))
    this.fraction = b.uniform('and', this.whole, this.mask((1n << BigInt(fraction)) - 1n))
  }

  integer(value: number): Operand {
    return this.b.splat(value, this.format.integer, this.x.shape)
  }

  /** An integer of the format with the given bits. */
  mask(value: bigint): Operand {
    const { integer, bits } = this.format
    return this.b.constant(String(BigInt.asIntN(bits, value)), integer, this.x.shape)
  }

  /** By how many places the fraction of a subnormal number is below that of a normal one. */
  get missing(): Operand {
    const { bits, fraction } = this.format
    const zeros = this.b.uniform('count_leading_zeros', this.fraction)
    return this.b.uniform('subtract', zeros, this.integer(bits - 1 - fraction))
  }

  get isSubnormal(): Operand {
    const { b } = this
    const isSmall = b.compare('EQ', this.exponent, this.integer(0))
    return b.uniform('and', isSmall, b.compare('NE', this.fraction, this.integer(0)))
  }

  get isNormal(): Operand {
    const { b, format } = this
    const isLarge = b.compare('GT', this.exponent, this.integer(0))
    return b.uniform('and', isLarge, b.compare('LT', this.exponent, this.integer(2 * format.bias + 1)))
  }
}

/** The integer e with `2^e <= |x| < 2^(e + 1)`; 0 for zeros, infinities and NaN. */
export function exponentOf(b: Builder, x: Operand): Operand {
  const fields = new Fields(b, x)
  const { bias } = fields.format
  const normal = b.uniform('subtract', fields.exponent, fields.integer(bias))
  const subnormal = b.uniform('subtract', fields.integer(1 - bias), fields.missing)
  const other = b.select(fields.isSubnormal, subnormal, fields.integer(0))
  return b.convert(b.select(fields.isNormal, normal, other), x.element)
}

/** `x / 2^exponent(x)`. */
export function significandOf(b: Builder, x: Operand): Operand {
  const fields = new Fields(b, x)
  const { bits, fraction, bias } = fields.format
  const one = BigInt(bias) << BigInt(fraction)
  const low = (1n << BigInt(fraction)) - 1n
  const sign = b.uniform('and', fields.whole, fields.mask(1n << BigInt(bits - 1)))
  const shifted = b.uniform('shift_left', fields.fraction, fields.missing)
  const digits = b.select(fields.isNormal, fields.fraction, b.uniform('and', shifted, fields.mask(low)))
  const made = b.uniform('or', b.uniform('or', sign, fields.mask(one)), digits)
  const isFinite = b.uniform('or', fields.isNormal, fields.isSubnormal)
  return b.bits(b.select(isFinite, made, fields.whole), x.element)
}

/**
 * `x 2^n` with one rounding. The power is made of three, each of which is a normal number. The first ones are so large
 * that a product which they make subnormal becomes zero by the next.
 */
export function scaled(b: Builder, x: Operand, n: Operand): Operand {
  const { integer, fraction, bias } = formatOf(x)
  const [lowest, highest] = [1 - bias + fraction + 1, bias]
  const whole = (value: number) => b.splat(value, integer, x.shape)
  const between = (y: Operand, low: Operand, high: Operand) => b.uniform('clamp', low, y, high)
  const most = 3 * bias - fraction
  const limit = (value: number) => b.splat(value, x.element, x.shape)
  const isNumber = b.compare('EQ', n, n)
  const bounded = between(b.select(isNumber, n, limit(0)), limit(-most), limit(most))
  let rest = b.convert(bounded, integer)
  let product = x
  for (const low of [lowest, lowest, 1 - bias]) {
    const part = between(rest, whole(low), whole(highest))
    const power = b.uniform('shift_left', b.uniform('add', part, whole(bias)), whole(fraction))
    product = b.uniform('multiply', product, b.bits(power, x.element))
    rest = b.uniform('subtract', rest, part)
  }
  return product
}

/** The leading half of the bits of a number: its square is exact. */
export function leadingHalf(b: Builder, x: Operand): Operand {
  const { integer, bits, fraction } = formatOf(x)
  const dropped = BigInt(Math.ceil((fraction + 1) / 2))
  const mask = BigInt.asIntN(bits, -1n << dropped)
  return b.bits(b.uniform('and', b.bits(x, integer), b.constant(String(mask), integer, x.shape)), x.element)
}

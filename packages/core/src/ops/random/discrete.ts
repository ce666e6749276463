import { type Kind, named, options } from '../../arguments/arguments'
import { checked } from '../../arguments/checked'
import { aKey, aShape, axis as anAxis, either, flag, integerFrom } from '../../arguments/kinds'
import { ShapeError, ValueError } from '../../errors'
import { castTo } from '../../recording/cast'
import { type DefinedOp, defineElementwise } from '../../recording/define'
import { constant } from '../../recording/law'
import type { Scalar, CallingSet } from '../../scalar/builder'
import type { CategoricalSignature, ChoiceSignature, RandintSignature } from '../../types/random-signatures'
import type { Shape } from '../../types/shapes'
import { formatShape, normalizeAxis, sizeOf } from '../../values/shape'
import { Tensor } from '../../values/tensor'
import { add, neg } from '../arithmetic'
import { arange } from '../creation'
import { log } from '../exponential'
import { take } from '../indexing'
import { reshapeTo } from '../movement'
import { argmax } from '../reduction'
import { slice } from '../slicing'
import { argsort } from '../sorting'
import { type Key, threefry, wordsOf } from './keys'
import { checkEither, checkFits, type Parameter, parameterKind, parameterOf } from './parameters'
import { checkInterval, drawTails, gumbelOfTail } from './transforms'

/** `floor(a b / 2^32)` of integers below 2^32, exactly: the products of halves have 48 bits. */
function upperProduct(s: CallingSet, a: Scalar, b: Scalar, extra: Scalar): Scalar {
  const high = s.floor(s.mul(b, 2 ** -16))
  const low = s.sub(b, s.mul(high, 2 ** 16))
  const middle = s.mul(a, high)
  const whole = s.floor(s.mul(middle, 2 ** -16))
  const rest = s.mul(s.sub(middle, s.mul(whole, 2 ** 16)), 2 ** 16)
  return s.add(whole, s.floor(s.mul(s.add(rest, s.add(s.mul(a, low), extra)), 2 ** -32)))
}

const words = { min: 0, max: 1000, dtype: 'int32' } as const

/** `min + floor(w (max - min) / 2^64)` for a random w of 64 bits (Lemire 2019, without rejection). */
export const integerBetween: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'integerBetween',
  inputs: 5,
  formula: (s: CallingSet, ...inputs: readonly Scalar[]) => {
    const [k0, k1, counter, min, max] = inputs
    const unsigned = (word: Scalar) => {
      const value = s.convert(word, 'float64')
      return s.select(s.less(value, 0), s.add(value, 2 ** 32), value)
    }
    const [high, low] = threefry(s, k0, k1, counter, s.const(0, 'int32')).map(unsigned)
    const [from, to] = [s.convert(min, 'float64'), s.convert(max, 'float64')]
    const count = s.max(s.sub(to, from), 1)
    const carry = upperProduct(s, low, count, s.const(0, 'float64'))
    return s.convert(s.add(from, upperProduct(s, high, count, carry)), 'int32')
  },
  accepts: 'int32',
  law: constant,
  domain: [words, words, words, { min: 0, max: 10, dtype: 'int32' }, { min: 11, max: 1000, dtype: 'int32' }],
})

const isInt32 = (value: number) => value === (value | 0)
const anInteger: Kind = /* @__PURE__ */ parameterKind('an int32', isInt32)

/**
 * Integers (int32) drawn uniformly from `min` (default: 0) to `max - 1`: numbers, or int32 tensors that broadcast to
 * `shape`. Each integer has its probability up to 2^-32 of it (Lemire 2019, with 64 random bits). Bounds in tensors of
 * several numbers are not compared; where `min < max` does not hold, the result is `min`.
 *
 * @throws ValueError if `min < max` does not hold; ShapeError if a bound does not broadcast to `shape`.
 */
export const randint = /* @__PURE__ */ checked<RandintSignature>(
  'randint',
  [aKey, named('shape', aShape), options({ min: anInteger, max: anInteger }, ['max'])],
  (from: Key, shape: Shape, { min = 0, max }: { min?: Parameter; max: Parameter }): Tensor => {
    checkInterval('randint', min, max)
    const of = (name: string, value: Parameter) => parameterOf('randint', name, value, shape, 'int32')
    const counter = reshapeTo(arange(sizeOf(shape)), { shape: [...shape] })
    return integerBetween(...wordsOf(from), counter, of('min', min), of('max', max))
  },
)

const aLogit: Kind = {
  expected: 'a tensor of at least one axis, without NaN',
  accepts: (value) =>
    value instanceof Tensor &&
    value.dtype !== 'bool' &&
    value.rank > 0 &&
    (value.isSymbolic || value.values!.every((each: number) => !Number.isNaN(each))),
}

const weights: Kind = {
  expected: 'a tensor of at least one axis, of finite numbers that are not negative',
  accepts: (value) =>
    value instanceof Tensor &&
    value.dtype !== 'bool' &&
    value.rank > 0 &&
    (value.isSymbolic || value.values!.every((each: number) => each >= 0 && each < Infinity)),
}

interface Categories {
  readonly logits?: Tensor
  readonly probabilities?: Tensor
}

/** The logarithms of probabilities, up to a constant. */
export function logitsOf(operation: string, { logits, probabilities }: Categories): Tensor {
  checkEither(operation, logits, 'probabilities', probabilities)
  return logits ?? log(probabilities!)
}

/** The kinds of the options that give categories. */
export const categoryFields = { logits: aLogit, probabilities: weights }

/**
 * Categories (int32), drawn from 0 to k - 1 with probabilities in proportion to `e^logits` or to `probabilities`, of
 * shape `[..., k]`: the leading axes broadcast to `shape`. Each category is the largest of its logit plus Gumbel noise
 * (Gumbel 1954; Maddison et al. 2014). A logit of -∞ and a probability of 0 are never drawn unless all are.
 *
 * @throws ValueError if not exactly one of the two is given, or for a NaN or a negative probability; ShapeError if the
 * leading axes do not broadcast to `shape`.
 */
export const categorical = /* @__PURE__ */ checked<CategoricalSignature>(
  'categorical',
  [aKey, named('shape', aShape), options(categoryFields)],
  (from: Key, shape: Shape, given: Categories = {}): Tensor => {
    const logits = castTo(logitsOf('categorical', given), 'float64')
    const all = [...shape, logits.shape[logits.rank - 1]]
    checkFits('categorical', given.logits ? 'logits' : 'probabilities', logits, all)
    return argmax(add(gumbelOfTail(drawTails(from, all)), logits), { axis: -1 })
  },
)

const aCollection: Kind = /* @__PURE__ */ either(
  { expected: 'a tensor of at least one axis', accepts: (value) => value instanceof Tensor && value.rank > 0 },
  /* @__PURE__ */ integerFrom(1, 2147483647),
)

interface ChoiceOptions {
  readonly replace?: boolean
  readonly probabilities?: Tensor
  readonly axis?: number
}

/**
 * Slices of `x` along `axis` (default: 0) that are drawn at random; an integer n stands for `arange(n)`. `shape` takes
 * the place of that axis. With `replace` (default: true) each draw is independent; without, no slice is drawn twice.
 * `probabilities`, of shape `[n]`, need not sum to 1 (default: all are equal); without replacement, each slice is drawn
 * among those that are left (Plackett 1975; by Gumbel noise, Kool et al. 2019).
 *
 * @throws ValueError if more slices are asked for without replacement than there are, or for a negative probability;
 * ShapeError if there is not one probability for each slice.
 */
export const choice = /* @__PURE__ */ checked<ChoiceSignature>(
  'choice',
  [
    aKey,
    named('x', aCollection),
    named('shape', aShape),
    options({ replace: flag, probabilities: weights, axis: anAxis }),
  ],
  (
    from: Key,
    x: Tensor | number,
    shape: Shape,
    { replace = true, probabilities, axis = 0 }: ChoiceOptions = {},
  ): Tensor => {
    const along = x instanceof Tensor ? normalizeAxis('choice', axis, x.rank) : 0
    const count = x instanceof Tensor ? x.shape[along] : x
    const wanted = sizeOf(shape)
    if (probabilities && (probabilities.rank !== 1 || probabilities.shape[0] !== count))
      throw new ShapeError(
        'choice-probabilities',
        `[choice] expected probabilities of shape [${count}], one for each slice, got ${formatShape(probabilities.shape)}`,
      )
    const left = probabilities?.values?.filter((each: number) => each > 0).length ?? count
    if (wanted > (replace ? (left > 0 ? Infinity : 0) : left))
      throw new ValueError(
        'choice-count',
        `[choice] cannot draw ${wanted} of ${left} slices${replace ? '' : ' without replacement'}; ask for fewer${replace ? '' : ', or pass { replace: true }'}`,
      )
    const noise = (of: Shape) => gumbelOfTail(drawTails(from, of))
    const scored = () => add(noise([count]), log(castTo(probabilities!, 'float64')))
    const positions = replace
      ? probabilities
        ? categorical(from, shape, { probabilities })
        : randint(from, shape, { max: count })
      : reshapeTo(slice(argsort(neg(probabilities ? scored() : noise([count]))), [0, wanted]), { shape: [...shape] })
    return x instanceof Tensor ? take(x, positions, { axis: along }) : positions
  },
)

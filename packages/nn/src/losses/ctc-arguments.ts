import { type Kind, kinds, readable, ShapeError, type Tensor, ValueError } from '@cotangent/core'
import { aTensor, exampleFields, type ExampleOptions, flag, parametersOf } from './options'

/** Options of `ctcLoss`. */
export interface CtcOptions extends ExampleOptions {
  /** How many steps of each input there are, int32 `[batch]`. Default: all. */
  readonly inputLengths?: Tensor<any> | undefined
  /** How many labels each target has, int32 `[batch]`. What stands behind them is not looked at. Default: all. */
  readonly targetLengths?: Tensor<any> | undefined
  /** The class that stands for no label. Default: 0. */
  readonly blank?: number | undefined
  /** Whether a loss that is infinite counts as 0, with the gradient 0. Default: false. */
  readonly zeroInfinity?: boolean | undefined
}

export const ctcParameters: readonly Kind[] = /* @__PURE__ */ parametersOf(
  ['logits', 'targets'],
  {
    inputLengths: aTensor,
    targetLengths: aTensor,
    blank: /* @__PURE__ */ kinds.integerFrom(0),
    zeroInfinity: flag,
  } satisfies Record<Exclude<keyof CtcOptions, keyof ExampleOptions>, Kind>,
  exampleFields,
)

/** Sizes of a call of `ctcLoss`. */
export interface CtcSizes {
  readonly batch: number
  readonly length: number
  readonly classes: number
  readonly labels: number
}

/** @throws ShapeError or ValueError unless the arguments fit one another. */
export function ctcSizes(logits: Tensor, targets: Tensor, { blank = 0 }: CtcOptions): CtcSizes {
  const [batch, length, classes] = logits.shape
  if (logits.rank !== 3 || batch === 0 || length === 0 || classes < 2)
    throw new ShapeError(
      'logits-rank',
      `[ctcLoss] logits are [batch, length, classes] with at least 2 classes, one of them blank, got [${logits.shape.join(', ')}]; ` +
        'for [length, batch, classes] pass swapAxes(logits, 0, 1)',
    )
  if (targets.dtype !== 'int32' || targets.rank !== 2 || targets.shape[0] !== batch)
    throw new ShapeError(
      'target-shape',
      `[ctcLoss] targets are int32 [${batch}, labels], one row for each input, got ${targets.dtype}[${targets.shape.join(', ')}]; fill up short rows, and pass { targetLengths }`,
    )
  if (blank >= classes)
    throw new ValueError('ctc-blank', `[ctcLoss] expected a blank from 0 to ${classes - 1}, a class, got ${blank}`)
  return { batch, length, classes, labels: targets.shape[1] }
}

/** @throws ShapeError unless lengths are int32 `[batch]`; ValueError if a readable length is not from 0 to `most`. */
export function checkLengths(what: string, lengths: Tensor, batch: number, most: number): void {
  if (lengths.dtype !== 'int32' || lengths.rank !== 1 || lengths.shape[0] !== batch)
    throw new ShapeError(
      'ctc-lengths',
      `[ctcLoss] expected ${what} as int32 [${batch}], got ${lengths.dtype}[${lengths.shape.join(', ')}]; pass one length for each input`,
    )
  const values = readable(lengths)
  const at = values?.findIndex((value) => value < 0 || value > most) ?? -1
  if (at >= 0)
    throw new ValueError(
      'ctc-length',
      `[ctcLoss] expected ${what} from 0 to ${most}, got ${values![at]} for example ${at}`,
    )
}

/** What a target needs: its labels, and a blank between equal ones. */
export interface CtcNeeds {
  readonly targets: Tensor
  readonly inputLengths: Tensor
  readonly targetLengths: Tensor
  /** The least number of steps for each target. */
  readonly steps: Tensor
}

/** Throws for labels that are no classes or blank, and for targets that are too long, where they can be read. */
export function rejectTargets(
  { targets, inputLengths, targetLengths, steps }: CtcNeeds,
  { classes, labels }: CtcSizes,
  { blank = 0, zeroInfinity = false }: CtcOptions,
): void {
  const [numbers, lengths, inputs, needs] = [targets, targetLengths, inputLengths, steps].map((x) => readable(x))
  if (numbers === null || lengths === null) return
  lengths.forEach((count, row) => {
    for (let i = 0; i < count; i++) {
      const label = numbers[row * labels + i]
      if (label < 0 || label >= classes || label === blank)
        throw new ValueError(
          'label-out-of-range',
          `[ctcLoss] expected class numbers from 0 to ${classes - 1} without the blank ${blank}, got ${label} at [${row}, ${i}]; ` +
            'pass { targetLengths } if targets are filled up, and { blank } for another blank',
        )
    }
    if (!zeroInfinity && inputs !== null && needs !== null && needs[row] > inputs[row])
      throw new ValueError(
        'ctc-impossible',
        `[ctcLoss] the target of example ${row} needs ${needs[row]} steps (labels, and a blank between equal ones), and its input has ${inputs[row]}; ` +
          'pass longer inputs, or { zeroInfinity: true } to leave such examples out',
      )
  })
}

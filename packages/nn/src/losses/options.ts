import { type IsAny, type Kind, kinds, type Shape, type Tensor } from '@cotangent/core'

/** What becomes of the losses of a batch: their mean, their sum, or the losses themselves. */
export type Reduction = 'mean' | 'sum' | 'none'

/** Option of all losses. */
export interface ReductionOption<R extends Reduction = Reduction> {
  /** `'mean'`, `'sum'`, or `'none'` for one loss for each example (or entry). Default: `'mean'`. */
  readonly reduction?: R | undefined
}

/** Options of a loss that has a value for each entry of the predictions. */
export interface EntryOptions {
  /**
   * A weight w for each entry, of a shape that broadcasts to the predictions. The mean is `Σ w l / Σ w`. Default: 1.
   */
  readonly weights?: Tensor<any> | undefined
  /**
   * A target that marks entries that do not count: neither their prediction nor their target is looked at, their
   * gradient is 0, and the mean leaves them out. NaN is possible. Default: every entry counts.
   */
  readonly ignore?: number | undefined
}

/** Options of a loss that has one value for each example. */
export interface ExampleOptions {
  /** A weight w for each example, of the shape of the losses. The mean is `Σ w l / Σ w`. Default: 1. */
  readonly weights?: Tensor<any> | undefined
}

/** Options of a loss of class numbers. */
export interface ClassOptions {
  /** A weight for each class, `[classes]`. Default: 1. */
  readonly weights?: Tensor<any> | undefined
  /**
   * A class number that marks examples that do not count: their gradient is 0, and the mean leaves them out. It need
   * not be from 0 to classes - 1. Default: every example counts.
   */
  readonly ignore?: number | undefined
}

/** Option of losses of classes. */
export interface SmoothingOption {
  /**
   * ε from 0 to 1: of the probability 1 of the right class, ε is spread evenly over all classes (C. Szegedy et al.,
   * Rethinking the Inception architecture, 2016, section 7). Default: 0.
   */
  readonly labelSmoothing?: number | undefined
}

/** One number, or the losses themselves for `'none'`. */
export type Reduced<S extends Shape, R extends Reduction> = R extends 'none' ? Tensor<S> : Tensor<[]>

/** All axes but the last. */
export type LeadingAxes<S extends Shape> =
  IsAny<S> extends true ? any : S extends readonly [...infer L extends Shape, number] ? L : number[]

/** The first axis. */
export type FirstAxis<S extends Shape> =
  IsAny<S> extends true ? [number] : S extends readonly [infer M extends number, ...Shape] ? [M] : [number]

// The last overload is the one that transforms see: `grad(mse)` needs one number.

/** A loss of predictions and targets of one shape, with a value for each entry. */
export interface EntryLoss<Options = EntryOptions> {
  <S extends Shape, const R extends Reduction = 'mean'>(
    prediction: Tensor<S>,
    target: Tensor,
    options: Options & ReductionOption<R>,
  ): Reduced<S, R>
  (prediction: Tensor, target: Tensor, options?: Options & ReductionOption<'mean' | 'sum'>): Tensor<[]>
}

/** A loss of predictions and targets of one shape, with a value for each example, along the first axis. */
export interface RowLoss<Options> {
  <S extends Shape, const R extends Reduction = 'mean'>(
    prediction: Tensor<S>,
    target: Tensor,
    options: Options & ReductionOption<R>,
  ): Reduced<FirstAxis<S>, R>
  (prediction: Tensor, target: Tensor, options?: Options & ReductionOption<'mean' | 'sum'>): Tensor<[]>
}

/** A loss of scores `[..., classes]`, with a value for each position before the last axis. */
export interface ClassLoss<Options> {
  <S extends Shape, const R extends Reduction = 'mean'>(
    scores: Tensor<S>,
    target: Tensor,
    options: Options & ReductionOption<R>,
  ): Reduced<LeadingAxes<S>, R>
  (scores: Tensor, target: Tensor, options?: Options & ReductionOption<'mean' | 'sum'>): Tensor<[]>
}

// NOTE: bundlers keep what reads a property or spreads an object. So the kinds have names of their own here, and a
// function joins objects: unused losses leave a bundle.
export const { aTensor, anyNumber, flag, nonNegativeNumber, positiveNumber } = kinds

/** The fields of several objects. */
/* @__NO_SIDE_EFFECTS__ */
export function joined<A extends object, B extends object, C extends object = object>(a: A, b: B, c?: C): A & B & C {
  return Object.assign({}, a, b, c)
}

type Fields = Readonly<Record<string, Kind>>

/** The kinds of the options. */
const reductionField = {
  reduction: /* @__PURE__ */ kinds.oneOf('mean', 'sum', 'none'),
} satisfies Record<keyof ReductionOption, Kind>
export const exampleFields = { weights: aTensor } satisfies Record<keyof ExampleOptions, Kind>
export const entryFields = { weights: aTensor, ignore: anyNumber } satisfies Record<keyof EntryOptions, Kind>
/** A class number that is ignored: any int32. */
export const ignoredClass: Kind = /* @__PURE__ */ kinds.integerFrom(-(2 ** 31), 2 ** 31 - 1)
export const classFields = {
  weights: aTensor,
  ignore: ignoredClass,
} satisfies Record<keyof ClassOptions, Kind>
export const smoothingField = {
  labelSmoothing: /* @__PURE__ */ kinds.numberFrom(0, 1),
} satisfies Record<keyof SmoothingOption, Kind>

/** The parameters of a loss: tensors by name, and its options with the reduction. */
/* @__NO_SIDE_EFFECTS__ */
export function parametersOf(tensors: readonly string[], fields: Fields, more: Fields = {}): readonly Kind[] {
  return [
    ...tensors.map((name) => kinds.named(name, aTensor)),
    kinds.options({ ...fields, ...more, ...reductionField }),
  ]
}

/** The parameters of a loss of predictions and targets. */
/* @__NO_SIDE_EFFECTS__ */
export function pairWith(fields: Fields, more: Fields = {}, first = 'prediction'): readonly Kind[] {
  return parametersOf([first, 'target'], fields, more)
}

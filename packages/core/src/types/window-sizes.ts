import type { Asked, Shape } from './shapes'
import type { IsConcrete, Minus, Plus, Product, Quotient } from './sizes'

// How many windows there are along each spatial axis, and how many elements the transpose of a convolution has. What
// fails at run time, such as a window that does not fit, has the size `number`.

/** An option for one spatial axis: its number for all axes, or the entry of a list. */
type On<Option, Axis> = Option extends readonly unknown[] ? (Axis extends keyof Option ? Option[Axis] : number) : Option

/** A list of sizes, or one size for all of `Count` axes. */
export type SizeOfEach<Sizes, Count extends number> = Sizes extends Shape
  ? Asked<Sizes>
  : Count extends 1
    ? [Size<Sizes>]
    : Count extends 2
      ? [Size<Sizes>, Size<Sizes>]
      : Count extends 3
        ? [Size<Sizes>, Size<Sizes>, Size<Sizes>]
        : number[]

/** A size that is computed; `number` for what is none. */
type Size<N> = N extends number ? N : number

/** The padding at both ends of an axis. */
type BothEnds<Each> = Each extends number
  ? Each extends 0
    ? 0
    : Plus<Each, Each>
  : Each extends readonly [infer Low extends number, infer High extends number]
    ? Plus<Low, High>
    : number

/** The padding of an axis, as `BothEnds`, or `'same'`; a union is not known. */
type PaddingOf<Padding, Axis> = [Padding] extends ['same']
  ? 'same'
  : [Padding] extends ['valid']
    ? 0
    : Padding extends string
      ? number
      : BothEnds<On<Padding, Axis>>

/** From the first element of a window to the last: `dilation (kernel - 1)`. */
type Reach<Kernel extends number, Dilation extends number> = Kernel extends 1 ? 0 : Product<Minus<Kernel, 1>, Dilation>

type Add<A extends number, B extends number> = B extends 0 ? A : Plus<A, B>

type Take<A extends number, B extends number> = B extends 0 ? A : Minus<A, B>

/** `⌈length / stride⌉`; `number` if there are no windows. */
type Count<Length extends number, Stride extends number> = Length extends 0
  ? number
  : Stride extends 1
    ? Length
    : Quotient<Length, Stride>

/** `⌊(size + padding - reach - 1) / stride⌋ + 1`, which is `⌈(size + padding - reach) / stride⌉`. */
type WindowsAlong<
  X extends number,
  Kernel extends number,
  Padding,
  Stride extends number,
  Dilation extends number,
> = number extends X
  ? number
  : Padding extends number
    ? Count<Take<Add<X, Padding>, Reach<Kernel, Dilation>>, Stride>
    : Count<X, Stride>

/** The numbers of windows along spatial axes of sizes `Space`. */
export type Windows<Space extends Shape, Kernel, Padding, Stride, Dilation> =
  IsConcrete<Space> extends true
    ? {
        -readonly [I in keyof Space]: WindowsAlong<
          Space[I],
          Size<On<Kernel, I>>,
          PaddingOf<Padding, I>,
          Size<On<Stride, I>>,
          Size<On<Dilation, I>>
        >
      }
    : { -readonly [I in keyof Space]: number }

/** `stride (size - 1) + reach + 1 - padding + further`, and `stride size + further` with padding `'same'`. */
type TransposedAlong<
  X extends number,
  Kernel extends number,
  Padding,
  Stride extends number,
  Dilation extends number,
  Further extends number,
> = number extends X
  ? number
  : X extends 0
    ? number
    : Padding extends number
      ? Count<Take<Add<Plus<Product<Minus<X, 1>, Stride>, Plus<Reach<Kernel, Dilation>, 1>>, Further>, Padding>, 1>
      : Add<Product<X, Stride>, Further>

/** The spatial sizes of a transpose. */
export type TransposedWindows<Space extends Shape, Kernel, Padding, Stride, Dilation, Further> =
  IsConcrete<Space> extends true
    ? {
        -readonly [I in keyof Space]: TransposedAlong<
          Space[I],
          Size<On<Kernel, I>>,
          PaddingOf<Padding, I>,
          Size<On<Stride, I>>,
          Size<On<Dilation, I>>,
          Size<On<Further, I>>
        >
      }
    : { -readonly [I in keyof Space]: number }

import { sizeOf } from '../../values/shape'
import type { Tensor } from '../../values/tensor'
import { mul } from '../arithmetic'
import { sumAxes } from '../broadcasting'
import { contract } from '../contraction'
import { permuteAxes, reshapeTo } from '../movement'
import { embed, joinAlong, sliceWindow } from '../slicing'
import { type Convolution, resultShape, type Roles, spanOf } from './convolution-axes'
import { unfoldAxes } from './views'

/** One axis of the space of all products: where it is in x (and in which steps), in w, and in y. */
interface Axis {
  readonly size: number
  readonly x?: { readonly axis: number; readonly step: number }
  readonly w?: number
  readonly y?: number
}

/** The value of a convolution: windows of x, times w. */
export function convolveWith(x: Tensor, w: Tensor, given: Convolution): Tensor {
  const axis = given.gaps.findIndex((gap, i) => gap > 1 && given.stride[i] === 1 && areCoprime(gap, given.dilation[i]))
  if (axis >= 0) return inPhases(x, w, given, axis)
  const padded = withZeros(x, given)
  const axes = axesOf(padded, w, given)
  return given.isDepthwise ? sumOfProducts(padded, w, axes) : product(padded, w, axes)
}

const areCoprime = (a: number, b: number): boolean => (b === 0 ? a === 1 : areCoprime(b, a % b))

/**
 * A convolution with zeros between the elements of x, without multiplying these: the result at every `gaps`-th place,
 * from place `phase` on, needs every `gaps`-th element of the kernel only. At `u gaps + phase`, element
 * `first + t gaps` of the kernel meets x at `u + t dilation + (phase + first dilation - low) / gaps`.
 */
function inPhases(x: Tensor, w: Tensor, given: Convolution, axis: number): Tensor {
  const { gaps, dilation, low } = given
  const gap = gaps[axis]
  const along = given.y.space[axis]
  const shape = resultShape(x, w, given)
  const count = Math.ceil(shape[along] / gap)
  const [length, kernel] = [x.shape[given.x.space[axis]] as number, w.shape[given.w.space[axis]] as number]
  const phases = Array.from({ length: gap }, (_, phase) => {
    const offset = (j: number) => phase + j * dilation[axis] - low[axis]
    const first = Array.from({ length: gap }, (_, j) => j).find((j) => offset(j) % gap === 0)!
    const size = Math.max(0, Math.ceil((kernel - first) / gap))
    const before = -offset(first) / gap
    const after = count - 1 + spanOf(size, dilation[axis]) - length - before
    const replaced = (list: readonly number[], by: number) => list.with(axis, by)
    const result = convolveWith(x, everyNth(w, given.w.space[axis], Math.min(first, kernel), gap, size), {
      ...given,
      ...{ gaps: replaced(gaps, 1), low: replaced(low, before), high: replaced(given.high, after) },
    })
    return reshapeTo(result, { shape: [...shape.slice(0, along), count, 1, ...result.shape.slice(along + 1)] })
  })
  const all = joinAlong(...phases, { axis: along + 1 })
  const flat = reshapeTo(all, { shape: [...shape.slice(0, along), count * gap, ...all.shape.slice(along + 2)] })
  return everyNth(flat, along, 0, 1, shape[along])
}

function everyNth(x: Tensor, axis: number, first: number, step: number, size: number): Tensor {
  if (step === 1 && size === x.shape[axis]) return x
  return sliceWindow(x, {
    start: x.shape.map((_: number, at: number) => (at === axis ? first : 0)),
    step: x.shape.map((_: number, at: number) => (at === axis ? step : 1)),
    size: x.shape.map((each: number, at: number) => (at === axis ? size : each)),
  })
}

/** x with zeros between its elements and at its ends, where `low` or `high` is negative without its ends. */
function withZeros(x: Tensor, { x: roles, gaps, low, high }: Convolution): Tensor {
  const shape = [...(x.shape as readonly number[])]
  const [start, step, first] = [shape.map(() => 0), shape.map(() => 1), shape.map(() => 0)]
  const size = [...shape]
  roles.space.forEach((axis, i) => {
    const length = spanOf(size[axis], gaps[i])
    start[axis] = Math.max(0, low[i])
    step[axis] = gaps[i]
    shape[axis] = length + start[axis] + Math.max(0, high[i])
    first[axis] = Math.max(0, -low[i])
    size[axis] = Math.max(0, length + low[i] + high[i])
  })
  const isSame = shape.every((each, axis) => each === x.shape[axis])
  const wide = isSame ? x : embed(x, { start, step, shape })
  const isCut = size.some((each, axis) => each !== shape[axis])
  return isCut ? sliceWindow(wide, { start: first, size, step: shape.map(() => 1) }) : wide
}

/** The axes of all products, by what they are: those of the result in its order, and those that are summed. */
interface Axes {
  readonly group: readonly Axis[]
  readonly rows: readonly Axis[]
  readonly columns: readonly Axis[]
  readonly summed: readonly Axis[]
}

function axesOf(x: Tensor, w: Tensor, given: Convolution): Axes {
  const shape = resultShape(x, w, { ...given, gaps: given.gaps.map(() => 1), ...unpadded(given) })
  const at = (roles: Roles, kind: keyof Roles, i: number) => roles[kind][i]
  const kept = (kind: 'group' | 'batch' | 'channel', of: (i: number) => Partial<Axis>): Axis[] =>
    given.y[kind].map((y, i) => ({ size: shape[y], y, ...of(i) }))
  const inX = (kind: keyof Roles, i: number) => ({ axis: at(given.x, kind, i), step: 1 })
  const group = kept('group', (i) => ({ x: inX('group', i), w: at(given.w, 'group', i) }))
  const batch = kept('batch', (i) => ({ x: inX('batch', i) }))
  const columns = kept('channel', (i) => ({ w: at(given.w, 'batch', i) }))
  const windows = given.y.space.map((y, i): Axis => ({
    size: shape[y],
    y,
    x: { axis: at(given.x, 'space', i), step: given.stride[i] },
  }))
  const kernel = given.w.space.map((axis, i): Axis => ({
    size: w.shape[axis] as number,
    w: axis,
    x: { axis: at(given.x, 'space', i), step: given.dilation[i] },
  }))
  const channels = given.w.channel.map((axis, i): Axis => ({
    size: w.shape[axis] as number,
    w: axis,
    x: inX('channel', i),
  }))
  return {
    group,
    rows: [...batch, ...windows].sort((a, b) => a.y! - b.y!),
    columns,
    summed: [...kernel, ...channels].sort((a, b) => a.w! - b.w!),
  }
}

const unpadded = ({ low }: Convolution) => ({ low: low.map(() => 0), high: low.map(() => 0) })
const total = (axes: readonly Axis[]) => sizeOf(axes.map(({ size }) => size))

/** Windows of x along axes that all are in x. */
function windowsAlong(x: Tensor, axes: readonly Axis[]): Tensor {
  return unfoldAxes(x, {
    size: axes.map(({ size }) => size),
    axis: axes.map((each) => each.x!.axis),
    step: axes.map((each) => each.x!.step),
  })
}

/** The rows of a contraction are windows, and its columns kernels. */
function product(x: Tensor, w: Tensor, { group, rows, columns, summed }: Axes): Tensor {
  const batch = group.length > 0 ? [total(group)] : []
  const [m, k, n] = [total(rows), total(summed), total(columns)]
  const left = reshaped(windowsAlong(x, [...group, ...rows, ...summed]), [...batch, m, k])
  const right = reshaped(
    ordered(
      w,
      [...group, ...summed, ...columns].map((axis) => axis.w!),
    ),
    [...batch, k, n],
  )
  const all = [...group, ...rows, ...columns]
  const result = reshaped(
    contract(left, right),
    all.map(({ size }) => size),
  )
  return ordered(
    result,
    all.map((_, y) => all.findIndex((axis) => axis.y === y)),
  )
}

/** Where each channel is a group, there is nothing to contract: products, and their sum over the window. */
function sumOfProducts(x: Tensor, w: Tensor, axes: Axes): Tensor {
  const kept = [...axes.group, ...axes.rows, ...axes.columns].sort((a, b) => a.y! - b.y!)
  // Sums run over rows of adjacent elements if the groups stay last.
  const isLast = (axis: Axis) => axis.size === 1 || (axes.group.includes(axis) && axis.y! > 0)
  const lead = kept.findLastIndex((axis) => !isLast(axis)) + 1
  const all = [...kept.slice(0, lead), ...axes.summed, ...kept.slice(lead)]
  const spread = (tensor: Tensor, isIn: (axis: Axis) => boolean) =>
    reshaped(
      tensor,
      all.map((axis) => (isIn(axis) ? axis.size : 1)),
    )
  const inX = all.filter((axis) => axis.x !== undefined)
  const inW = all.flatMap((axis) => (axis.w === undefined ? [] : [axis.w]))
  const left = spread(windowsAlong(x, inX), (axis) => axis.x !== undefined)
  const right = spread(ordered(w, inW), (axis) => axis.w !== undefined)
  return sumAxes(mul(left, right), { axes: axes.summed.map((_, i) => lead + i) })
}

function reshaped(x: Tensor, shape: readonly number[]): Tensor {
  const isSame = x.rank === shape.length && shape.every((size, axis) => size === x.shape[axis])
  return isSame ? x : reshapeTo(x, { shape })
}

function ordered(x: Tensor, axes: readonly number[]): Tensor {
  return axes.every((axis, i) => axis === i) ? x : permuteAxes(x, { axes })
}

import { sameShape, sizeOf } from '../../values/shape'
import type { Tensor } from '../../values/tensor'
import { mul } from '../arithmetic'
import { sumAxes } from '../broadcasting'
import { permuteAxes, reshapeTo } from '../movement'
import { sliceWindow } from '../slicing'
import { type Step, united } from './path'
import { einsumPair } from './product'

/** A tensor with a letter for each axis. */
export interface Term {
  readonly letters: string
  readonly tensor: Tensor
}

/** The letters of `list` that are in `of`, or that are not. */
const within = (list: string, of: string) => [...list].filter((letter) => of.includes(letter)).join('')
const without = (list: string, of: string) => [...list].filter((letter) => !of.includes(letter)).join('')

function reshaped(x: Tensor, shape: readonly number[]): Tensor {
  return sameShape(x.shape, shape) ? x : reshapeTo(x, { shape })
}

/** The term with its axes in the order `letters`. */
export function arranged(term: Term, letters: string): Term {
  if (letters === term.letters) return term
  const axes = [...letters].map((letter) => term.letters.indexOf(letter))
  return { letters, tensor: permuteAxes(term.tensor, { axes }) }
}

/**
 * The diagonal of axes with the same letter. Element i of the diagonal of an n x n matrix is element (n + 1) i of its
 * rows in sequence. So it is a slice, whose transpose writes to the diagonal of zeros.
 */
function diagonal(term: Term): Term {
  const { letters } = term
  const second = [...letters].findIndex((letter, i) => letters.indexOf(letter) < i)
  if (second < 0) return term
  const first = letters.indexOf(letters[second])
  const order = [...letters].map((_, axis) => axis).filter((axis) => axis !== second)
  order.splice(first + 1, 0, second)
  const isInOrder = order.every((axis, i) => axis === i)
  const x = isInOrder ? term.tensor : permuteAxes(term.tensor, { axes: order })
  const n: number = x.shape[first]
  const rest = x.shape.slice(first + 2)
  const flat = reshapeTo(x, { shape: [...x.shape.slice(0, first), n * n, ...rest] })
  const size = [...x.shape.slice(0, first), n, ...rest]
  const step = size.map((_, axis) => (axis === first ? n + 1 : 1))
  const kept = { letters: letters.slice(0, second) + letters.slice(second + 1) }
  return diagonal({ ...kept, tensor: sliceWindow(flat, { start: size.map(() => 0), size, step }) })
}

/**
 * An operand before it meets others: the diagonals of repeated letters, summed over letters that nothing else needs.
 */
export function prepared(operand: Term, needed: string): Term {
  const term = diagonal(operand)
  const axes = [...term.letters].flatMap((letter, axis) => (needed.includes(letter) ? [] : [axis]))
  if (axes.length === 0) return term
  return { letters: within(term.letters, needed), tensor: sumAxes(term.tensor, { axes }) }
}

/** The tensor with its axes in the order `letters`, and with size 1 for the letters that it lacks. */
function aligned(term: Term, letters: string): Tensor {
  const { tensor, letters: own } = arranged(term, within(letters, term.letters))
  const shape = [...letters].map((letter) => (own.includes(letter) ? tensor.shape[own.indexOf(letter)] : 1))
  // Leading axes of size 1 are added by broadcasting.
  return reshaped(tensor, shape.slice([...letters].findIndex((letter) => own.includes(letter))))
}

/**
 * The tensor with its axes in groups: an axis for each letter of `batch`, and one for all letters of each other group.
 */
function grouped(term: Term, batch: string, rows: string, columns: string): Tensor {
  const { tensor } = arranged(term, batch + rows + columns)
  const sizes = [...tensor.shape] as number[]
  const lead = batch.length
  const middle = lead + rows.length
  return reshaped(tensor, [...sizes.slice(0, lead), sizeOf(sizes.slice(lead, middle)), sizeOf(sizes.slice(middle))])
}

/**
 * The product of two terms, summed over the letters that the result of the step lacks. `wanted` is the order of the
 * result if it is known; the product follows it where that saves a copy.
 */
export function multiplied(left: Term, right: Term, step: Step, wanted: string | null): Term {
  const all = united(left.letters, right.letters)
  const summed = without(all, step.result)
  if (summed === '') {
    const letters = wanted ?? all
    return { letters, tensor: mul(aligned(left, letters), aligned(right, letters)) }
  }
  const rows = without(left.letters, right.letters)
  const columns = without(right.letters, left.letters)
  if (rows === '' && columns === '') {
    const axes = [...summed].map((letter) => left.letters.indexOf(letter))
    const products = mul(left.tensor, aligned(right, left.letters))
    return { letters: without(left.letters, summed), tensor: sumAxes(products, { axes }) }
  }
  const { flops } = step
  return exchanges(left, right, rows, columns, wanted)
    ? contracted(right, left, { rows: columns, columns: rows, summed, wanted, flops })
    : contracted(left, right, { rows, columns, summed, wanted, flops })
}

/**
 * Whether the right operand is the better left one. Kernels write rows of the result, and read rows of their right
 * operand: best is a right operand that has the last letter of the result, else one whose own last letter stays.
 */
function exchanges(left: Term, right: Term, rows: string, columns: string, wanted: string | null): boolean {
  const last = rows === '' || columns === '' ? undefined : wanted?.at(-1)
  if (last !== undefined && rows.includes(last)) return true
  if (last !== undefined && columns.includes(last)) return false
  const ends = (letters: string, { letters: own }: Term) => own !== '' && letters.includes(own[own.length - 1])
  return !ends(columns, right) && ends(rows, left)
}

interface Groups {
  readonly rows: string
  readonly columns: string
  readonly summed: string
  readonly wanted: string | null
  readonly flops: number
}

function contracted(left: Term, right: Term, { rows, columns, summed, wanted, flops }: Groups): Term {
  const batch = inOrderOf(without(within(left.letters, right.letters), summed), wanted)
  const m = orderOfGroup(rows, left, wanted)
  const n = orderOfGroup(columns, right, wanted)
  const k = orderOfSum(within(left.letters, summed), within(right.letters, summed), left, right)
  const letters = batch + m + n
  const pair = `${left.letters},${right.letters}->${wanted ?? letters}`
  const product = einsumPair(grouped(left, batch, m, k), grouped(right, batch, k, n), { pair, flops })
  const sizes = [...letters].map((letter) => {
    const { letters: own, tensor } = left.letters.includes(letter) ? left : right
    return tensor.shape[own.indexOf(letter)] as number
  })
  return { letters, tensor: reshaped(product, sizes) }
}

function inOrderOf(letters: string, wanted: string | null): string {
  return wanted === null ? letters : within(wanted, letters)
}

/** Letters that are adjacent in a term become one axis without a copy. Others get the order of the result. */
function orderOfGroup(letters: string, term: Term, wanted: string | null): string {
  return term.letters.includes(letters) ? letters : inOrderOf(letters, wanted)
}

/** The order of the letters that are summed over: that of the operand whose copy would be larger. */
function orderOfSum(ofLeft: string, ofRight: string, left: Term, right: Term): string {
  const copied = (order: string) =>
    [left, right].reduce((sum, { letters, tensor }) => sum + (letters.includes(order) ? 0 : tensor.size), 0)
  return copied(ofRight) < copied(ofLeft) ? ofRight : ofLeft
}

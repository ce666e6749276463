import type { DType, Move, MovePart, Strided } from '@cotangent/core'
import { ExportError } from '../errors'
import { type Box, boxOf, padded, stretchesOf } from './boxes'
import { type Link, read, write } from './links'
import { hasElements, StepList, type StructuredMove } from './steps'
import { viewOf } from './view'

type Shape = readonly number[]

/**
 * A move as steps that array languages have: slices, permutations, pads. Every element keeps its bits where no part
 * adds. A sum is in any order, and a -0 that is added to nothing may stay -0.
 *
 * Parts that write boxes side by side become one concatenation. Other parts are done one after the other: a part that
 * adds by a sum, and another by a selection between it and what was there, with a mask of the places that it writes.
 *
 * @throws ExportError if a part that does not add writes one place several times.
 */
export function structured(
  parts: Move,
  inputShapes: readonly Shape[],
  outputShape: Shape,
  dtype: DType,
): StructuredMove {
  const steps = new StepList(inputShapes, dtype)
  const filled = parts.filter(({ size }) => hasElements(size))
  return steps.ending(filled.length === 0 ? steps.zeros(outputShape) : joined(steps, filled, inputShapes, outputShape))
}

function joined(steps: StepList, parts: Move, from: readonly Shape[], shape: Shape): number {
  const boxes = parts.map((part) => (parts.length > 1 && part.adds ? null : boxOf(part, shape)))
  const pieceOf = (box: Box) => read(steps, viewOf(from[box.input], box.size, box), box.input)
  const row = parts.length > 1 && boxes.every((box) => box !== null) ? stretchesOf(boxes, shape) : null
  if (row !== null)
    return steps.concat(
      row.list.map(({ box, size }) => (box === null ? steps.zeros(size) : pieceOf(box))),
      row.axis,
    )
  const written = parts.flatMap((part, i) => {
    const box = boxes[i]
    if (box === null) return writtenPieces(steps, part, from[part.input], shape)
    const mask = () => padded(steps, steps.trues(box.size), box, shape)
    return [{ value: padded(steps, pieceOf(box), box, shape), mask, adds: part.adds }]
  })
  return written
    .map(({ value }) => value)
    .reduce((before, value, i) => {
      const { mask, adds } = written[i]
      return adds ? steps.add(before, value) : steps.select(mask(), value, before)
    })
}

/** Zeros of the shape of the output with what a part writes; the places that it writes. */
interface Written {
  readonly value: number
  readonly mask: () => number
  readonly adds: boolean
}

function writtenPieces(steps: StepList, part: MovePart, from: Shape, shape: Shape): readonly Written[] {
  const links = viewOf(shape, part.size, part.to)
  if (!part.adds && links.some(addsUp)) return halves(part).flatMap((half) => writtenPieces(steps, half, from, shape))
  const piece = read(steps, viewOf(from, part.size, part.from), part.input)
  const mask = () => write(steps, links, steps.trues(part.size))
  return [{ value: write(steps, links, piece), mask, adds: part.adds }]
}

/** Whether a link, transposed, adds: it would turn -0 into 0. */
function addsUp({ kind }: Link): boolean {
  return kind === 'windows' || kind === 'gather' || kind === 'broadcast'
}

/** A part in pieces, one for each position along its shortest axis. */
function halves({ size, from, to, ...part }: MovePart): MovePart[] {
  const long = [...size.keys()].filter((axis) => size[axis] > 1)
  if (long.some((axis) => to.strides[axis] === 0))
    throw new ExportError(
      'move-overlap',
      `[move] expected a part that writes each place of the output once, got ${JSON.stringify({ size, to })}; let it add`,
    )
  const shortest = long.reduce((best, axis) => (size[axis] < size[best] ? axis : best))
  const at = ({ offset, strides }: Strided, i: number) => ({ offset: offset + i * strides[shortest], strides })
  return Array.from({ length: size[shortest] }, (_, i) => ({
    ...part,
    size: size.map((each, axis) => (axis === shortest ? 1 : each)),
    from: at(from, i),
    to: at(to, i),
  }))
}

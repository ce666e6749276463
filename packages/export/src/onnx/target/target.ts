import type { Target } from '../../lowering/target'
import { writeMove } from '../../moves/write'
import { writeBranch, writeLoop } from './control'
import { writeGather, writeScatter } from './indexing'
import { writeMap } from './maps'
import { moveWriter } from './moves'
import { Operations } from './operations'
import { writeContract, writeConvolve } from './products'
import { writeReduce } from './reductions'
import { writeAccumulate, writeArgsort } from './sequences'
import type { Value } from './values'
import type { Writer } from './writer'

/** ONNX as a language that graphs are written in. */
export function targetOf(writer: Writer): Target<Value> {
  const o = new Operations(writer)
  const moves = moveWriter(o)
  return {
    from: (place) => writer.from(place),
    constant: (tensor) => writer.constant(tensor),
    map: (program, inputs, type) => writeMap(o, program, inputs, type),
    reduce: (combine, x, axes, type) => writeReduce(o, combine, x, axes, type),
    accumulate: (combine, x, axis, type) => writeAccumulate(o, combine, x, axis, type),
    argsort: (x, axis) => writeArgsort(o, x, axis),
    contract: (a, b, type) => writeContract(o, a, b, type),
    convolve: (form, x, w, type) => writeConvolve(o, form, x, w, type),
    move: (parts, inputs, type) => writeMove(moves, parts, inputs, type),
    gather: (indexing, x, indices, type) => writeGather(o, indexing, x, indices, type),
    scatter: (work, updates, indices, type) => writeScatter(o, work, updates, indices, type),
    factor: () => null,
    loop: (loop) => writeLoop(o, loop),
    branch: (index, branches, types) => writeBranch(o, index, branches, types),
    // ONNX Runtime merges equal nodes in any case, which costs memory but no digit.
    fence: (values) => values,
  }
}

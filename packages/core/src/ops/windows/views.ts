import { reading, writing } from '../../kernels/moves'
import { bodyOf } from '../../kernels/work'
import { defineOp, type DefinedOp } from '../../recording/define'
import type { Domain } from '../../recording/domain'
import { linear } from '../../recording/law'
import type { Shape } from '../../types/shapes'
import { stridesOf } from '../../values/shape'

// Windows as moves. They share this file because each is the transpose of the other.

/** Axis i of the windows walks along axis `axis[i]` of the tensor, `step[i]` elements at a time. */
interface Walk {
  readonly axis: readonly number[]
  readonly step: readonly number[]
}

function placesOf(shape: Shape, { axis, step }: Walk): { readonly strides: readonly number[] } {
  const rows = stridesOf(shape)
  return { strides: axis.map((along, i) => rows[along] * step[i]) }
}

/** Whether no two elements of windows of shape `size` lie at the same place: then nothing needs to be added. */
function areApart(size: Shape, { axis, step }: Walk): boolean {
  const order = axis.map((_, i) => i).sort((a, b) => step[a] - step[b])
  const reach = new Map<number, number>()
  return order.every((i) => {
    const before = reach.get(axis[i]) ?? 0
    reach.set(axis[i], before + Math.max(0, size[i] - 1) * step[i])
    return size[i] <= 1 || step[i] > before
  })
}

const lifted = ({ axis, step }: Walk): Walk => ({ axis: [0, ...axis.map((each) => each + 1)], step: [1, ...step] })

/** A tensor `[n, length, c]` and windows of its middle axis, whose elements are the second, third or last axis. */
function sampled<A>(
  attributes: (shape: Shape, size: Shape, walk: Walk) => { inputs: Shape; attributes: A },
): Domain<A> {
  return (draw) => {
    const [kernel, dilation, stride] = [draw.integer(1, 3), draw.integer(1, 2), draw.integer(1, 3)]
    const length = (kernel - 1) * dilation + 1 + draw.integer(0, 4)
    const shape = [draw.integer(0, 2), length, draw.integer(1, 2)]
    const count = Math.floor((length - (kernel - 1) * dilation - 1) / stride) + 1
    const axes = [
      { size: shape[0], axis: 0, step: 1 },
      { size: count, axis: 1, step: stride },
      { size: shape[2], axis: 2, step: 1 },
    ]
    axes.splice(draw.integer(1, 3), 0, { size: kernel, axis: 1, step: dilation })
    const size = axes.map((each) => each.size)
    const given = attributes(shape, size, { axis: axes.map((each) => each.axis), step: axes.map((each) => each.step) })
    return { inputs: [{ shape: given.inputs }], attributes: given.attributes }
  }
}

/**
 * Windows of a tensor: element `index` of the output, whose shape is `size`, is the element of the input at
 * `Σ index[i] · step[i]` along each axis, over the axes i that walk along it.
 */
export const unfoldAxes: DefinedOp<Walk & { readonly size: Shape }> = /* @__PURE__ */ defineOp({
  name: 'unfold',
  inputs: 1,
  infer: ([{ dtype }], { size }) => ({ shape: size, dtype }),
  body: bodyOf('move', (walk, [{ shape }], output) => ({ parts: [reading(output.shape, placesOf(shape, walk))] })),
  law: linear({
    transpose: (g, { inputs: [x], attributes: { axis, step } }) => [foldAxes(g, { shape: x.shape, axis, step })],
  }),
  lift: ({ size, ...walk }, n) => ({ size: [n, ...size], ...lifted(walk) }),
  domain: /* @__PURE__ */ sampled((shape, size, walk) => ({ inputs: shape, attributes: { size, ...walk } })),
})

/**
 * The transpose of `unfold`: adds the elements of windows at their places in zeros of `shape`, in row-major order of
 * the windows.
 */
export const foldAxes: DefinedOp<Walk & { readonly shape: Shape }> = /* @__PURE__ */ defineOp({
  name: 'fold',
  inputs: 1,
  infer: ([{ dtype }], { shape }) => ({ shape, dtype }),
  body: bodyOf('move', (walk, [{ shape }], output) => ({
    parts: [writing(shape, placesOf(output.shape, walk), 0, !areApart(shape, walk))],
  })),
  law: linear({
    transpose: (g, { inputs: [x], attributes: { axis, step } }) => [unfoldAxes(g, { size: x.shape, axis, step })],
    movement: true,
  }),
  lift: ({ shape, ...walk }, n) => ({ shape: [n, ...shape], ...lifted(walk) }),
  domain: /* @__PURE__ */ sampled((shape, size, walk) => ({ inputs: size, attributes: { shape, ...walk } })),
})

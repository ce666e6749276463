import type { Domain } from '../../recording/domain'
import { type Convolution, spanOf } from './convolution-axes'

/** Convolutions of one spatial axis, with and without groups, in both orders of axes. */
export const sampleConvolution: Domain<Convolution> = (draw) => {
  const [kernel, dilation, stride, gaps] = [1, 2, 3, 4].map((which) => draw.integer(1, which === 1 ? 3 : 2))
  const isDepthwise = draw.pick([false, true])
  const [n, c, o] = [draw.integer(0, 2), isDepthwise ? 1 : draw.integer(1, 2), isDepthwise ? 1 : draw.integer(1, 2)]
  const groups = draw.integer(1, 2)
  const [low, high] = [draw.integer(-1, 2), draw.integer(-1, 2)]
  const window = spanOf(kernel, dilation)
  const least = Math.max(1, Math.ceil((window - low - high - 1) / gaps) + 1)
  const length = least + draw.integer(0, 3)
  const given = { stride: [stride], dilation: [dilation], gaps: [gaps], low: [low], high: [high], isDepthwise }
  const isLast = draw.pick([true, false])
  const roles = isLast
    ? {
        x: { group: [2], batch: [0], channel: [3], space: [1] },
        w: { group: [2], batch: [3], channel: [1], space: [0] },
        y: { group: [2], batch: [0], channel: [3], space: [1] },
      }
    : {
        x: { group: [1], batch: [0], channel: [2], space: [3] },
        w: { group: [0], batch: [1], channel: [2], space: [3] },
        y: { group: [1], batch: [0], channel: [2], space: [3] },
      }
  const x = isLast ? [n, length, groups, c] : [n, groups, c, length]
  const w = isLast ? [kernel, c, groups, o] : [groups, o, c, kernel]
  return { inputs: [{ shape: x }, { shape: w }], attributes: { ...given, ...roles } }
}

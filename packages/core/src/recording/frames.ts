import { CallSite } from '../values/call-site'
import { type Frame, runningRepetition } from './node'
import { observing } from './observer'

let frames: readonly Frame[] = []

/** The frames that are running, outermost first. They are known under an observer only. */
export function runningFrames(): readonly Frame[] {
  return frames
}

function withFrames<T>(list: readonly Frame[], body: () => T): T {
  const before = frames
  frames = list
  try {
    return body()
  } finally {
    frames = before
  }
}

/** Runs `body` as a trace of its own: frames around it are those of whoever runs the graph. */
export function outsideFrames<T>(body: () => T): T {
  return withFrames([], body)
}

/** Runs the subgraphs of one application of a region. Without an observer, frames cost nothing. */
export type RunInFrame = <T>(role: string, iteration: number | null, body: (frame: Frame | null) => T) => T

/** How an application of a region runs its subgraphs. */
export function framesOf(region: string): RunInFrame {
  if (observing() === null) return (_, __, body) => body(null)
  const site = runningRepetition()?.site ?? new CallSite()
  return (role, iteration, body) => {
    const frame = { region, role, iteration, site }
    return withFrames([...frames, frame], () => body(frame))
  }
}

/** `iteration 17 of the scan at line: `, with the frames around it; empty without frames. */
export function framesText(list: readonly Frame[]): string {
  return list.length === 0 ? '' : `${[...list].reverse().map(describeFrame).join(', in ')}: `
}

function describeFrame({ region, role, iteration, site }: Frame): string {
  const line = site?.line
  const what = iteration === null ? role : `${role === 'body' ? '' : `the ${role} of `}iteration ${iteration}`
  return `${what} of the ${region}${line === undefined ? '' : ` at ${line}`}`
}

import { type Kind, kinds } from '@cotangent/core'

/** A connection between devices. */
export interface Connection {
  /** Bytes that a device sends in a second; it receives as many at the same time. */
  readonly bandwidth: number
  /** Seconds from the start of a message to the arrival of its first byte. */
  readonly latency: number
}

/** Hosts with the same number of devices each, as data sheets describe them. */
export interface Machine {
  /** Scalar operations that a device does in a second, at most, in the dtype of the step. */
  readonly peak: number
  /** The share of the peak that a step reaches, above 0 and at most 1. It is measured, or assumed. */
  readonly efficiency: number
  /** Bytes that a device reads from and writes to its memory in a second. */
  readonly memory: number
  /** Devices of one host. */
  readonly hostSize: number
  /** Between devices of one host. */
  readonly inside: Connection
  /** Between hosts. Each device has a connection of this bandwidth of its own. */
  readonly across: Connection
  /** The share of the time of computing during which messages travel too: 0 for none, 1 for all of it. */
  readonly overlap: number
}

const aConnection: Kind = /* @__PURE__ */ required(() => ({
  bandwidth: kinds.positiveNumber,
  latency: kinds.nonNegativeNumber,
}))

const aShare: Kind = {
  expected: 'a number above 0 and at most 1',
  accepts: (value) => typeof value === 'number' && value > 0 && value <= 1,
}

/** A machine, each part of which must be given. */
export const aMachine: Kind = /* @__PURE__ */ required(() => ({
  peak: kinds.positiveNumber,
  efficiency: aShare,
  memory: kinds.positiveNumber,
  hostSize: kinds.integerFrom(1),
  inside: aConnection,
  across: aConnection,
  overlap: kinds.numberFrom(0, 1),
}))

/** Options that must all be given. They are made by a call, so that a bundle that does not use them drops them. */
/* @__NO_SIDE_EFFECTS__ */
function required(make: () => Readonly<Record<string, Kind>>): Kind {
  const fields = make()
  return kinds.options(fields, Object.keys(fields))
}

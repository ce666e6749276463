import type { Connection, Machine } from './machine'

/** What an exchange between devices takes: the bytes that each device sends, and the time. */
export interface Exchange {
  readonly bytes: number
  readonly seconds: number
}

/** No exchange. */
export const nothing: Exchange = { bytes: 0, seconds: 0 }

/** Exchanges one after the other. */
export function inTurn(list: readonly Exchange[]): Exchange {
  return list.reduce(
    (sum, { bytes, seconds }) => ({ bytes: sum.bytes + bytes, seconds: sum.seconds + seconds }),
    nothing,
  )
}

/** One way round a ring: n - 1 messages, each an n-th of the bytes. */
function round(bytes: number, devices: number, { bandwidth, latency }: Connection): Exchange {
  const sent = ((devices - 1) / devices) * bytes
  return { bytes: sent, seconds: (devices - 1) * latency + sent / bandwidth }
}

/**
 * Each of `devices` devices ends with its share of the sum of what they had, `bytes` each: (n - 1)/n of the bytes are
 * sent, in n - 1 messages. Devices of several hosts first do so inside of each host, and then, each with its share,
 * across: rings of h and of n/h devices send as many bytes as one of n. The time of adding is not counted.
 *
 * Thakur, Rabenseifner & Gropp 2005, Optimization of collective communication operations in MPICH, section 4 (α is the
 * latency, β the inverse bandwidth).
 */
export function reduceScatter(bytes: number, devices: number, { hostSize, inside, across }: Machine): Exchange {
  if (devices <= hostSize) return round(bytes, devices, inside)
  return inTurn([round(bytes, hostSize, inside), round(bytes / hostSize, devices / hostSize, across)])
}

/** Each device has a share of a tensor of `bytes` bytes, and ends with the whole: `reduceScatter` backwards. */
export function allGather(bytes: number, devices: number, machine: Machine): Exchange {
  return reduceScatter(bytes, devices, machine)
}

/**
 * Each device ends with the sum of what they had: a reduce-scatter, and an all-gather of the shares. The bytes that a
 * device sends, 2 (n - 1)/n of its own, are the fewest possible: Patarasuk & Yuan 2009, Bandwidth optimal all-reduce
 * algorithms for clusters of workstations.
 */
export function allReduce(bytes: number, devices: number, machine: Machine): Exchange {
  return inTurn([reduceScatter(bytes, devices, machine), allGather(bytes, devices, machine)])
}

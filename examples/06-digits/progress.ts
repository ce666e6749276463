import { SingleBar } from 'cli-progress'
import type { Moment } from './train'

/** Displays the progress of training. */
export interface Progress {
  /** Shows a moment of a run of so many steps. */
  readonly show: (moment: Moment, steps: number) => void
  /** Ends the display; restores the cursor. May be called more than once. */
  stop(): void
}

/** A destination for text: `process.stdout`, or a stand-in. */
export interface Output {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** A progress bar on a terminal; elsewhere one line for each epoch. */
export function makeProgress(output: Output, epochs: number): Progress {
  return output.isTTY ? bar(output as NodeJS.WriteStream, epochs) : lines(output, epochs)
}

const payloadOf = ({ epoch, loss, accuracy }: Pick<Moment, 'epoch' | 'loss' | 'accuracy'>, epochs: number) => ({
  epoch: `${String(epoch).padStart(String(epochs).length)}/${epochs}`,
  loss: loss.toFixed(4),
  accuracy: `${(100 * accuracy).toFixed(1)} %`,
})

function bar(stream: NodeJS.WriteStream, epochs: number): Progress {
  const single = new SingleBar({
    stream,
    format: '{bar} epoch {epoch}  loss {loss}  accuracy {accuracy}  {eta_formatted} left',
    barCompleteChar: '#',
    barIncompleteChar: '.',
    barsize: 24,
    fps: 10,
    etaBuffer: 100,
    hideCursor: true,
  })
  let running = false
  return {
    show(moment, steps) {
      const payload = payloadOf(moment, epochs)
      if (!running) single.start(steps, 0, payload)
      running = true
      single.update(moment.step, payload)
    },
    stop() {
      if (running) single.stop()
      running = false
    },
  }
}

function lines(output: Output, epochs: number): Progress {
  return {
    show(moment) {
      if (!moment.epochEnds) return
      const { epoch, loss, accuracy } = payloadOf(moment, epochs)
      output.write(`epoch ${epoch}  loss ${loss}  accuracy ${accuracy}\n`)
    },
    stop() {},
  }
}

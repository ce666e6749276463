/** The progress of a check. */
export interface Progress {
  /** `order 2: args[0].weight`, or `law 3 of 9: ...`. */
  readonly stage: string
  /** Steps of this stage that are done. */
  readonly done: number
  /** All steps of this stage. */
  readonly total: number
  readonly elapsedMs: number
}

/** After this many milliseconds, a terminal shows the progress. */
const patience = 2000
const interval = 200

/** Follows one check: reports its progress, and says when its time is up. */
export class Watch {
  readonly #start = Date.now()
  #next = patience
  #isShown = false
  #stage = ''
  #done = 0
  #total = 0

  constructor(
    private readonly operation: string,
    private readonly budgetMs = Infinity,
    private readonly onProgress?: (progress: Progress) => void,
  ) {}

  get elapsedMs(): number {
    return Date.now() - this.#start
  }

  get isOver(): boolean {
    return this.elapsedMs > this.budgetMs
  }

  /** Begins a stage with this many steps. */
  begin(stage: string, total: number): void {
    ;[this.#stage, this.#done, this.#total] = [stage, 0, total]
    this.#report()
  }

  /** Records that steps of the stage are done. */
  advance(steps = 1): void {
    this.#done += steps
    this.#report()
  }

  /** Removes the line in the terminal. */
  end(): void {
    if (this.#isShown) terminal()?.write('\r\x1b[K')
    this.#isShown = false
  }

  #report(): void {
    const { elapsedMs } = this
    this.onProgress?.({ stage: this.#stage, done: this.#done, total: this.#total, elapsedMs })
    if (elapsedMs < this.#next) return
    this.#next = elapsedMs + interval
    const line = `[${this.operation}] ${this.#stage}, ${this.#done} of ${this.#total}, ${(elapsedMs / 1000).toFixed(0)} s`
    this.#isShown = terminal()?.write(`\r\x1b[K${line}`) !== undefined
  }
}

interface Terminal {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** Standard error, if it is a terminal. */
function terminal(): Terminal | undefined {
  const { process } = globalThis as { readonly process?: { readonly stderr?: Terminal } }
  return process?.stderr?.isTTY === true ? process.stderr : undefined
}

/** A run that may still need the storage that it shares. */
export interface Tenant {
  /** Keeps what it may keep in memory, as the storage is about to go. */
  storageGoes(): Promise<void>;
}

interface Tenancy {
  readonly tenant: Tenant;
  readonly before: Tenant | undefined;
  /** Whether it was read to the end. */
  read: boolean;
}

/**
 * The runs that share a job and its storage. They go when the last runs, those that no other one goes on with, were read: who
 * reads these has what the ones before were for.
 */
export class Tenants {
  readonly #tenancies = new Map<Tenant, Tenancy>();
  readonly #takeAway: () => Promise<void>;
  #readers = 0;
  #filesGivenOut = false;
  #failures = false;
  #going = false;

  constructor(takeAway: () => Promise<void>) {
    this.#takeAway = takeAway;
  }

  /** Whether the storage goes, or is gone: no run can go on with another one any more. */
  get going(): boolean {
    return this.#going;
  }

  /** Whether an item of any run failed. */
  get failures(): boolean {
    return this.#failures;
  }

  /** Takes a run in, which goes on with the one `before`. */
  join(tenant: Tenant, before?: Tenant): void {
    this.#tenancies.set(tenant, { tenant, before, read: false });
  }

  /** Lets a run go that needs nothing any more: it was refused, or it stopped alone. The one before it is as it was. */
  async leave(tenant: Tenant): Promise<void> {
    this.#tenancies.delete(tenant);
    await this.#goIfRead();
  }

  /** Whether nobody goes on with the run, or has read it to the end. */
  isIdle(tenant: Tenant): boolean {
    return this.#readers === 0 && this.#tenancies.get(tenant)?.read !== true && this.#isLast(tenant);
  }

  /** Takes note of a reader; gives what says that it ended. */
  beginReading(): () => void {
    this.#readers += 1;
    return () => {
      this.#readers -= 1;
    };
  }

  giveOutFile(): void {
    this.#filesGivenOut = true;
  }

  noteFailures(): void {
    this.#failures = true;
  }

  /** A run was read to the end. */
  async readToTheEnd(tenant: Tenant): Promise<void> {
    const tenancy = this.#tenancies.get(tenant);
    if (tenancy !== undefined) tenancy.read = true;
    await this.#goIfRead();
  }

  /** Lets no run in any more: the job ends. */
  close(): void {
    this.#going = true;
  }

  /** The storage is about to go, for whatever reason. */
  async go(): Promise<void> {
    this.close();
    await Promise.all([...this.#tenancies.keys()].map((tenant) => tenant.storageGoes()));
  }

  /** When no reader is at it, and no file that was given out waits to be read. */
  async #goIfRead(): Promise<void> {
    if (this.#readers > 0 || this.#filesGivenOut || this.#tenancies.size === 0) return;
    const last = [...this.#tenancies.values()].filter(({ tenant }) => this.#isLast(tenant));
    if (last.every(({ read }) => read)) await this.#takeAway();
  }

  #isLast(tenant: Tenant): boolean {
    return ![...this.#tenancies.values()].some(({ before }) => before === tenant);
  }
}

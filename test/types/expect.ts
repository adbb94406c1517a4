/** Compiles only for `true`. These tests are compiled and never run. */
export declare function expectTrue<T extends true>(): T;

/** Whether two types are the same, `any` and optional properties included. */
export type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;

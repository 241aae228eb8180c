export interface Request {
  readonly id: number;
  readonly n: number;
}

export interface Reply {
  readonly id: number;
  readonly value: number;
}

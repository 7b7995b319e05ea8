// The parts of a parsed template.
import type { Value } from "./values.ts";

export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipe: Pipe }
  | { readonly kind: "if" | "with"; readonly pipe: Pipe; readonly body: Block; readonly otherwise: Block }
  | { readonly kind: "range"; readonly pipe: Pipe; readonly body: Block; readonly otherwise: Block }
  | { readonly kind: "template"; readonly name: string; readonly pipe: Pipe | undefined; readonly at: number }
  | { readonly kind: "break" }
  | { readonly kind: "continue" };

export type Block = readonly Node[];

export interface Pipe {
  /** Slots of the variables that take the result: one, or two for `range $i, $v`. */
  readonly targets: readonly number[];
  /** False for `$x = …`: of a range only the declared variables are set per element. */
  readonly declares: boolean;
  readonly commands: readonly Command[];
}

export interface Command {
  readonly operands: readonly Operand[];
}

export type Operand =
  | { readonly kind: "constant"; readonly value: Value; readonly isNil: boolean }
  | { readonly kind: "dot" }
  | { readonly kind: "variable"; readonly slot: number }
  | { readonly kind: "pipe"; readonly pipe: Pipe }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "fields"; readonly of: Operand; readonly names: readonly string[] };

export interface ParsedTemplate {
  readonly main: Definition;
  readonly definitions: ReadonlyMap<string, Definition>;
}

/** A body and the number of variable slots that it needs; slot 0 is `$`. */
export interface Definition {
  readonly body: Block;
  readonly slots: number;
}

// Turns a parsed template into closures: what can be decided once is decided here, not for every line.
import { BUILTINS, type TemplateFunction } from "./builtins.ts";
import { GoTime } from "./go-time.ts";
import { printValue } from "./print.ts";
import type { Block, Command, Definition, Node, Operand, ParsedTemplate, Pipe } from "./syntax.ts";
import { GoMap, isList, isStruct, isTrue, TemplateRunError, typeName, type Value } from "./values.ts";

type Flow = "next" | "break" | "continue";

interface Run {
  out: string;
  vars: Value[];
  depth: number;
}

type Exec = (run: Run, dot: Value) => Flow;
type Eval = (run: Run, dot: Value) => Value;

const MAX_DEPTH = 1000;

/** Names that are handled here, because they do not evaluate every argument. */
export const SHORT_CIRCUIT: ReadonlySet<string> = new Set(["and", "or"]);

export function compile(parsed: ParsedTemplate, extra: ReadonlyMap<string, TemplateFunction>): (data: Value) => string {
  const compiler = new Compiler(parsed, extra);
  const main = compiler.definition(parsed.main);
  return (data) => {
    const run: Run = { out: "", vars: [], depth: 0 };
    main(run, data);
    return run.out;
  };
}

class Compiler {
  private readonly parsed: ParsedTemplate;
  private readonly extra: ReadonlyMap<string, TemplateFunction>;
  private readonly compiled = new Map<string, Exec>();

  constructor(parsed: ParsedTemplate, extra: ReadonlyMap<string, TemplateFunction>) {
    this.parsed = parsed;
    this.extra = extra;
  }

  definition({ body, slots }: Definition): Exec {
    const block = this.block(body);
    return (run, dot) => {
      const outer = run.vars;
      run.vars = new Array<Value>(slots).fill(null);
      run.vars[0] = dot;
      block(run, dot);
      run.vars = outer;
      return "next";
    };
  }

  private block(nodes: Block): Exec {
    const steps = nodes.map((node) => this.node(node));
    if (steps.length === 1) return steps[0]!;
    return (run, dot) => {
      for (const step of steps) {
        const flow = step(run, dot);
        if (flow !== "next") return flow;
      }
      return "next";
    };
  }

  private node(node: Node): Exec {
    switch (node.kind) {
      case "text": {
        const { text } = node;
        return (run) => {
          run.out += text;
          return "next";
        };
      }
      case "action": {
        const pipe = this.pipe(node.pipe);
        const isSilent = node.pipe.targets.length > 0;
        return (run, dot) => {
          const value = pipe(run, dot);
          if (!isSilent) run.out += typeof value === "string" ? value : printValue(value);
          return "next";
        };
      }
      case "if":
      case "with": {
        const pipe = this.pipe(node.pipe);
        const body = this.block(node.body);
        const otherwise = this.block(node.otherwise);
        const narrows = node.kind === "with";
        return (run, dot) => {
          const value = pipe(run, dot);
          return isTrue(value) ? body(run, narrows ? value : dot) : otherwise(run, dot);
        };
      }
      case "range":
        return this.range(node);
      case "template":
        return this.call(node.name, node.pipe);
      case "break":
      case "continue": {
        const { kind } = node;
        return () => kind;
      }
    }
  }

  private call(name: string, argument: Pipe | undefined): Exec {
    const pipe = argument === undefined ? undefined : this.pipe(argument);
    return (run, dot) => {
      const value = pipe === undefined ? null : pipe(run, dot);
      if (++run.depth > MAX_DEPTH) throw new TemplateRunError(`template ${JSON.stringify(name)} calls itself too deep`);
      this.named(name)(run, value);
      run.depth--;
      return "next";
    };
  }

  /** Compiled at the first call, so that a template may call itself. */
  private named(name: string): Exec {
    let exec = this.compiled.get(name);
    if (exec === undefined) {
      exec = this.definition(this.parsed.definitions.get(name)!);
      this.compiled.set(name, exec);
    }
    return exec;
  }

  private range(node: Extract<Node, { kind: "range" }>): Exec {
    const pipe = this.pipe({ ...node.pipe, targets: [] });
    const body = this.block(node.body);
    const otherwise = this.block(node.otherwise);
    const { targets } = node.pipe;
    const keySlot = targets.length === 2 ? targets[0] : undefined;
    const valueSlot = targets.at(-1);
    return (run, dot) => {
      let isEmpty = true;
      for (const [key, value] of elements(pipe(run, dot))) {
        isEmpty = false;
        if (keySlot !== undefined) run.vars[keySlot] = key;
        if (valueSlot !== undefined) run.vars[valueSlot] = value;
        if (body(run, value) === "break") break;
      }
      return isEmpty ? otherwise(run, dot) : "next";
    };
  }

  private pipe({ targets, commands }: Pipe): Eval {
    let evaluate = this.command(commands[0]!, undefined);
    for (const command of commands.slice(1)) evaluate = this.command(command, evaluate);
    if (targets.length === 0) return evaluate;
    return (run, dot) => {
      const value = evaluate(run, dot);
      for (const slot of targets) run.vars[slot] = value;
      return value;
    };
  }

  /** `piped` gives the last argument. */
  private command({ operands }: Command, piped: Eval | undefined): Eval {
    const [first, ...rest] = operands;
    const args = rest.map((operand) => this.operand(operand));
    if (piped !== undefined) args.push(piped);
    if (first!.kind === "function") return this.invoke(first!.name, args);
    if (first!.kind === "fields") return this.fields(first!, args);
    return this.operand(first!);
  }

  private operand(operand: Operand): Eval {
    switch (operand.kind) {
      case "constant": {
        const { value } = operand;
        return () => value;
      }
      case "dot":
        return (_run, dot) => dot;
      case "variable": {
        const { slot } = operand;
        return (run) => run.vars[slot]!;
      }
      case "pipe":
        return this.pipe(operand.pipe);
      case "function":
        return this.invoke(operand.name, []);
      case "fields":
        return this.fields(operand, []);
    }
  }

  private fields({ of, names }: Extract<Operand, { kind: "fields" }>, args: readonly Eval[]): Eval {
    const receiver = this.operand(of);
    const last = names.length - 1;
    return (run, dot) => {
      let value = receiver(run, dot);
      names.forEach((name, i) => {
        value = member(value, name, i === last ? args.map((arg) => arg(run, dot)) : []);
      });
      return value;
    };
  }

  private invoke(name: string, args: readonly Eval[]): Eval {
    if (SHORT_CIRCUIT.has(name)) {
      const stopsAt = name === "or";
      return (run, dot) => {
        if (args.length === 0) throw new TemplateRunError(`wrong number of args for ${name}: want at least 1 got 0`);
        let value: Value = null;
        for (const arg of args) {
          value = arg(run, dot);
          if (isTrue(value) === stopsAt) break;
        }
        return value;
      };
    }
    const { call, min, max } = (this.extra.get(name) ?? BUILTINS.get(name))!;
    if (args.length < min || args.length > max) {
      const want = max === min ? `${min}` : args.length < min ? `at least ${min}` : `at most ${max}`;
      return () => {
        throw new TemplateRunError(`wrong number of args for ${name}: want ${want} got ${args.length}`);
      };
    }
    return (run, dot) => {
      try {
        return call(args.map((arg) => arg(run, dot)));
      } catch (error) {
        if (error instanceof TemplateRunError && !error.message.startsWith("error calling")) {
          throw new TemplateRunError(`error calling ${name}: ${error.message}`);
        }
        throw error;
      }
    };
  }
}

function* elements(value: Value): Generator<readonly [Value, Value]> {
  if (value === null) return;
  if (isList(value)) {
    for (const [i, item] of value.entries()) yield [BigInt(i), item];
  } else if (value instanceof GoMap) {
    for (const key of value.sortedKeys()) yield [key, value.get(key)];
  } else if (typeof value === "bigint") {
    for (let i = 0n; i < value; i++) yield [i, i];
  } else throw new TemplateRunError(`range can't iterate over ${printValue(value)}`);
}

function member(value: Value, name: string, args: readonly Value[]): Value {
  if (value instanceof GoTime) return timeMethod(value, name, args);
  if (args.length > 0) throw new TemplateRunError(`${name} has arguments but cannot be invoked as function`);
  if (value === null) return null;
  if (value instanceof GoMap) return value.get(name);
  const field = isStruct(value) ? value.field(name) : undefined;
  if (field !== undefined) return field;
  const known = isStruct(value) ? ` (it has ${value.fieldNames.join(", ")})` : "";
  throw new TemplateRunError(`can't evaluate field ${name} in type ${typeName(value)}${known}`);
}

function timeMethod(time: GoTime, name: string, args: readonly Value[]): Value {
  const [layout] = args;
  if (name === "Format" && args.length === 1 && typeof layout === "string") return time.format(layout);
  if (args.length === 0) {
    switch (name) {
      case "UTC":
      case "Local":
        return time.in(name);
      case "Unix":
        return BigInt(time.sec);
      case "UnixMilli":
        return BigInt(time.sec) * 1000n + BigInt(Math.floor(time.nsec / 1e6));
      case "UnixNano":
        return BigInt(time.sec) * 1_000_000_000n + BigInt(time.nsec);
    }
  }
  throw new TemplateRunError(
    `can't evaluate ${name} of a time (it has Format "layout", UTC, Local, Unix, UnixMilli, UnixNano)`,
  );
}

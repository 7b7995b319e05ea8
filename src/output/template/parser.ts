// Parses a template: control structures, pipelines, operands; variables are resolved to slots here, so that running is cheap.
import { type Piece, type Token, tokenize } from "./lexer.ts";
import type { Block, Command, Definition, Node, Operand, ParsedTemplate, Pipe } from "./syntax.ts";
import { templateError } from "./template-error.ts";

type Ending = "end" | "else" | "eof";

/** `isFunction` says which names may be called. Throws KlogError TEMPLATE_INVALID. */
export function parseTemplate(source: string, isFunction: (name: string) => boolean): ParsedTemplate {
  const parser = new Parser(source, isFunction);
  const main = parser.definition(undefined);
  parser.checkReferences();
  return { main, definitions: parser.definitions };
}

class Parser {
  readonly definitions = new Map<string, Definition>();
  private readonly source: string;
  private readonly isFunction: (name: string) => boolean;
  private readonly pieces: readonly Piece[];
  private next = 0;
  /** Of the action that is being read. */
  private tokens: readonly Token[] = [];
  private position = 0;
  private scope: string[] = [];
  private slots = 0;
  private loops = 0;
  private readonly references: { name: string; at: number }[] = [];

  constructor(source: string, isFunction: (name: string) => boolean) {
    this.source = source;
    this.isFunction = isFunction;
    this.pieces = tokenize(source);
  }

  /** The whole template (`opened` undefined), or what stands between {{define}} and its {{end}}. */
  definition(opened: Token | undefined): Definition {
    const outer = { scope: this.scope, slots: this.slots, loops: this.loops };
    this.scope = ["$"];
    this.slots = 1;
    this.loops = 0;
    const { body, ending } = this.block(opened);
    if (ending === "else") throw this.unexpected("{{else}} without {{if}}, {{with}} or {{range}}");
    const definition = { body, slots: this.slots };
    this.scope = outer.scope;
    this.slots = outer.slots;
    this.loops = outer.loops;
    return definition;
  }

  checkReferences(): void {
    for (const { name, at } of this.references) {
      if (!this.definitions.has(name))
        throw templateError(this.source, at, `no template is named ${JSON.stringify(name)}`);
    }
  }

  /** Nodes up to {{end}}, {{else}} or the end of the template. Without `opened` only the last is right. */
  private block(opened: Token | undefined): { body: Block; ending: Ending } {
    const body: Node[] = [];
    for (;;) {
      const piece = this.pieces[this.next++];
      if (piece === undefined) {
        if (opened !== undefined) throw templateError(this.source, opened.at, `this ${opened.text} has no {{end}}`);
        return { body, ending: "eof" };
      }
      if (piece.kind === "text") {
        body.push(piece);
        continue;
      }
      this.tokens = piece.tokens;
      this.position = 0;
      const word = this.peek().type === "word" ? this.peek().text : "";
      if (word === "end" || word === "else") {
        if (opened === undefined)
          throw this.unexpected(`{{${word}}} without {{if}}, {{with}}, {{range}} or {{define}}`);
        this.take();
        if (word === "end") this.finish();
        return { body, ending: word };
      }
      const node = this.action(word);
      if (node !== undefined) body.push(node);
    }
  }

  private action(word: string): Node | undefined {
    switch (word) {
      case "if":
      case "with":
      case "range":
        return this.control(this.take(), word);
      case "define":
        this.define(this.take());
        return undefined;
      case "block": {
        const opened = this.take();
        const name = this.name();
        const pipe = this.pipeline();
        this.finish();
        this.definitions.set(name, this.definition(opened));
        return { kind: "template", name, pipe, at: opened.at };
      }
      case "template": {
        const { at } = this.take();
        const name = this.name();
        const pipe = this.peek().type === "end" ? undefined : this.pipeline();
        this.finish();
        this.references.push({ name, at });
        return { kind: "template", name, pipe, at };
      }
      case "break":
      case "continue":
        if (this.loops === 0) throw this.unexpected(`{{${word}}} outside {{range}}`);
        this.take();
        this.finish();
        return { kind: word };
      default: {
        const pipe = this.pipeline();
        this.finish();
        return { kind: "action", pipe };
      }
    }
  }

  private define(opened: Token): void {
    const name = this.name();
    this.finish();
    this.definitions.set(name, this.definition(opened));
  }

  private control(opened: Token, kind: "if" | "with" | "range"): Node {
    const depth = this.scope.length;
    const pipe = this.pipeline(kind === "range");
    this.finish();
    if (kind === "range") this.loops++;
    const { body, ending } = this.block(opened);
    if (kind === "range") this.loops--;
    const otherwise = ending === "else" ? this.otherwise(opened, kind) : [];
    this.scope.length = depth;
    return { kind, pipe, body, otherwise };
  }

  private otherwise(opened: Token, kind: "if" | "with" | "range"): Block {
    const token = this.peek();
    if (token.type === "word" && token.text === kind && kind !== "range") return [this.control(this.take(), kind)];
    this.finish();
    const depth = this.scope.length;
    const { body, ending } = this.block(opened);
    if (ending === "else") throw this.unexpected("a second {{else}}");
    this.scope.length = depth;
    return body;
  }

  private name(): string {
    const token = this.take();
    if (typeof token.value !== "string") throw this.unexpected("a template's name in quotes is expected here", token);
    return token.value;
  }

  private pipeline(isRange = false): Pipe {
    const first = this.peek();
    const names: Token[] = [];
    let declares = false;
    if (first.type === "variable") {
      const second = this.tokens[this.position + 1]!;
      const third = this.tokens[this.position + 3];
      if (second.text === ":=" || second.text === "=") names.push(first);
      else if (isRange && second.text === "," && (third?.text === ":=" || third?.text === "=")) {
        names.push(first, this.tokens[this.position + 2]!);
      }
      if (names.length > 0) {
        this.position += names.length * 2;
        declares = this.tokens[this.position - 1]!.text === ":=";
      }
    }
    const known = declares ? [] : names.map((name) => this.slotOf(name));
    const commands: Command[] = [this.command(false)];
    while (this.peek().text === "|" && this.peek().type === "mark") {
      this.take();
      // Go lets a pipeline end in a bar.
      if (this.peek().type !== "end") commands.push(this.command(true));
    }
    // Declared only now: in `$x := $x` the right one is the outer variable.
    const targets = declares ? names.map((name) => this.newVariable(name)) : known;
    return { targets, declares, commands };
  }

  private newVariable(name: Token): number {
    if (name.type !== "variable" || name.text === "$")
      throw this.unexpected("a variable such as $x is expected here", name);
    const slot = this.slots++;
    this.scope.push(`${name.text} ${slot}`);
    return slot;
  }

  private slotOf(name: Token): number {
    if (name.text === "$") return 0;
    for (let i = this.scope.length - 1; i > 0; i--) {
      const [known, slot] = this.scope[i]!.split(" ");
      if (known === name.text) return Number(slot);
    }
    throw this.unexpected(`the variable ${name.text} is not defined`, name);
  }

  private command(isPiped: boolean): Command {
    const start = this.peek();
    const operands: Operand[] = [];
    for (;;) {
      const token = this.peek();
      if (token.type === "end" || (token.type === "mark" && token.text !== "(")) break;
      operands.push(this.operand());
    }
    const [first] = operands;
    if (first === undefined) throw this.unexpected("a value is missing here", start);
    if (first.kind === "constant" && first.isNil) throw this.unexpected("nil is not a command", start);
    if (first.kind !== "function" && first.kind !== "fields" && (operands.length > 1 || isPiped)) {
      throw this.unexpected(`${start.text} is not a function and takes no arguments`, start);
    }
    return { operands };
  }

  private operand(): Operand {
    let operand = this.term();
    const names: string[] = [];
    while (this.peek().type === "field" && this.peek().joined) names.push(this.take().text);
    if (names.length === 0) return operand;
    if (operand.kind === "constant") throw this.unexpected("a constant has no fields");
    if (operand.kind === "fields") operand = { ...operand, names: [...operand.names, ...names] };
    else operand = { kind: "fields", of: operand, names };
    return operand;
  }

  private term(): Operand {
    const token = this.take();
    switch (token.type) {
      case "dot":
        return { kind: "dot" };
      case "field":
        return { kind: "fields", of: { kind: "dot" }, names: [token.text] };
      case "variable":
        return { kind: "variable", slot: this.slotOf(token) };
      case "constant":
        return { kind: "constant", value: token.value ?? null, isNil: false };
      case "word":
        if (token.text === "nil") return { kind: "constant", value: null, isNil: true };
        if (!this.isFunction(token.text)) throw this.unexpected(`the function ${token.text} is not defined`, token);
        return { kind: "function", name: token.text };
      default: {
        if (token.text !== "(") throw this.unexpected(`unexpected ${token.text}`, token);
        const pipe = this.pipeline();
        const close = this.take();
        if (close.text !== ")" || close.type !== "mark") throw this.unexpected("this ( is never closed", token);
        return { kind: "pipe", pipe };
      }
    }
  }

  private peek(): Token {
    return this.tokens[this.position]!;
  }

  private take(): Token {
    const token = this.tokens[this.position]!;
    if (token.type !== "end") this.position++;
    return token;
  }

  private finish(): void {
    const token = this.peek();
    if (token.type !== "end") throw this.unexpected(`unexpected ${JSON.stringify(token.text)}`, token);
  }

  private unexpected(problem: string, token: Token = this.peek()): Error {
    return templateError(this.source, token.at, problem);
  }
}

// The steps over records in a row: what one hands on goes into the next.
import type { QueryRecord } from "../query-record.ts";
import type { PipeContext } from "./pipe-context.ts";
import { createRecordStage, type RecordStage, type RecordStagePipe } from "./record-pipe.ts";

export class RecordSteps<R extends QueryRecord> {
  private readonly stages: readonly RecordStage<R>[];

  constructor(pipes: readonly RecordStagePipe[], context: PipeContext) {
    this.stages = pipes.map((pipe, i) => {
      const next = pipes[i + 1];
      return createRecordStage<R>(pipe, next?.kind === "head" ? next.count : undefined, context);
    });
  }

  get isDone(): boolean {
    return this.stages.some((stage) => stage.isDone);
  }

  get notes(): readonly string[] {
    return this.stages.flatMap((stage) => stage.note() ?? []);
  }

  push(record: R, out: (record: R) => void, from = 0): void {
    const stage = this.stages[from];
    if (stage === undefined) out(record);
    else stage.push(record, (passed) => this.push(passed, out, from + 1));
  }

  end(out: (record: R) => void): void {
    this.stages.forEach((stage, i) => {
      stage.end((kept) => this.push(kept, out, i + 1));
    });
  }
}
